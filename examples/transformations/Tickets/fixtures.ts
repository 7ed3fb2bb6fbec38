export const keys = ['id'];

const others = [
  { id: 't1', status: 'closed' },
  { id: 't4', status: 'open' },
];

export const before = [
  ...others,
  { id: 't2', status: 'closed', title: 'No light' },
  { id: 't3', status: 'closed' },
  { id: 't5', status: 'closed' },
  { id: 't8', status: 'merged' },
];

export const after = [
  ...others,
  { id: 't2', status: 'open', title: 'No light', reopened: 'closed by mistake on May 4' },
  { id: 't3', status: 'open', reopened: 'closed by mistake on May 4' },
  { id: 't5', status: 'open', reopened: 'closed by mistake on May 4' },
  { id: 't8', status: 'merged' },
];
