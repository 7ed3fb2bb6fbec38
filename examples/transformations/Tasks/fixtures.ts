export const keys = ['pk', 'sk'];

const task = { __edb_e__: 'task', __edb_v__: '1' };

const others = [
  { pk: '$tracker#project_apollo', sk: '$project_1', __edb_e__: 'project', __edb_v__: '1', project: 'Apollo' },
  { pk: '$tracker#project_apollo', sk: '$task_1#id_t-3', ...task, project: 'Apollo', id: 'T-3', title: 'Nobody yet' },
];

export const before = [
  ...others,
  {
    ...{ pk: '$tracker#project_apollo', sk: '$task_1#id_t-1', ...task },
    ...{ project: 'Apollo', id: 'T-1', assignee: 'Margaret', due: '1969-07-16', title: 'Land' },
    // An attribute that the schema does not name.
    legacyNumber: 11,
  },
  {
    ...{ pk: '$tracker#project_apollo', sk: '$task_1#id_t-2', ...task },
    ...{ project: 'Apollo', id: 'T-2', assignee: 'Buzz', due: '1969-07-20' },
  },
];

/** The keys are what ElectroDB 3.9 gives. */
export const after = [
  ...others,
  {
    ...{ pk: '$tracker#project_apollo', sk: '$task_1#id_t-1', ...task },
    ...{ project: 'Apollo', id: 'T-1', assignee: 'Margaret', due: '1969-07-16', title: 'Land' },
    legacyNumber: 11,
    gsi1pk: '$tracker#assignee_margaret',
    gsi1sk: '$task_1#due_1969-07-16',
  },
  {
    ...{ pk: '$tracker#project_apollo', sk: '$task_1#id_t-2', ...task },
    ...{ project: 'Apollo', id: 'T-2', assignee: 'Buzz', due: '1969-07-20' },
    gsi1pk: '$tracker#assignee_buzz',
    gsi1sk: '$task_1#due_1969-07-20',
  },
];
