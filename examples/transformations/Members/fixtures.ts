export const keys = ['pk'];

export const before = [
  { pk: 'm1', email: 'grace@navy.mil' },
  { pk: 'm2' },
  { pk: 'm3', email: 'ada@example.com', name: 'Ada' },
  { pk: 'm4', email: 'edsger@tue.nl' },
  // The application has begun to write such items.
  { pk: 'EMAIL#edsger@tue.nl', member: 'm4' },
];

export const after = [...before, { pk: 'EMAIL#grace@navy.mil', member: 'm1' }, { pk: 'EMAIL#ada@example.com', member: 'm3' }];

/** What down leaves: it also takes back what was there before and is equal. */
export const back = before.filter(({ pk }) => !pk.startsWith('EMAIL#'));
