export const keys = ['pk', 'sk'];

const comments = [
  { pk: 'POST#1', sk: 'COMMENT#1', text: 'first' },
  { pk: 'POST#1', sk: 'COMMENT#2', text: 'second' },
  { pk: 'POST#3', sk: 'COMMENT#1', text: 'nice' },
];

export const before = [
  { pk: 'POST#1', sk: 'POST', title: 'On counting' },
  { pk: 'POST#2', sk: 'POST', title: 'Unread' },
  // The application counts already.
  { pk: 'POST#3', sk: 'POST', title: 'New', commentCount: 1 },
  ...comments,
];

export const after = [
  { pk: 'POST#1', sk: 'POST', title: 'On counting', commentCount: 2 },
  { pk: 'POST#2', sk: 'POST', title: 'Unread', commentCount: 0 },
  { pk: 'POST#3', sk: 'POST', title: 'New', commentCount: 1 },
  ...comments,
];

/** Down removes each value that up would give again, whoever wrote it. */
export const back = before.map((item) => (item.pk === 'POST#3' && item.sk === 'POST' ? { pk: 'POST#3', sk: 'POST', title: 'New' } : item));
