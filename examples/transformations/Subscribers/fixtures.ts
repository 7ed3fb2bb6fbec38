export const keys = ['id'];

const stay = [
  { id: 's1', email: 'grace@navy.mil', since: 1 },
  { id: 's4', email: 'ada@example.com', since: 3 },
  { id: 's5', since: 1 },
  { id: 's6', email: 'edsger@tue.nl', since: 4 },
];

export const before = [
  ...stay,
  { id: 's2', email: 'grace@navy.mil', since: 5, note: 'again' },
  { id: 's0', email: 'grace@navy.mil', since: 2 },
  { id: 's7', email: 'ada@example.com', since: 3 },
];

export const after = stay;

/** What `prepare` makes of them: for each subscriber that goes, the one that stays. */
export const preparation = { s2: 's1', s0: 's1', s7: 's4' };
