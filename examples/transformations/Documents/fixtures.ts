export const keys = ['pk', 'sk'];

const settings = { pk: 'SETTINGS', sk: 'default', theme: 'dark' };

export const before = [
  { pk: 'DOC#1', sk: 'v1', tenant: '7', title: 'Draft' },
  { pk: 'DOC#1', sk: 'v2', tenant: '7', title: 'Final', tags: new Set(['a', 'b']) },
  { pk: 'DOC#2', sk: 'v1', tenant: '9' },
  settings,
];

export const after = [
  { pk: 'TENANT#7#DOC#1', sk: 'v1', tenant: '7', title: 'Draft' },
  { pk: 'TENANT#7#DOC#1', sk: 'v2', tenant: '7', title: 'Final', tags: new Set(['a', 'b']) },
  { pk: 'TENANT#9#DOC#2', sk: 'v1', tenant: '9' },
  settings,
];
