export const keys = ['pk'];

const contact = { pk: 'CONTACT#1', kind: 'contact', name: 'Grace Hopper' };

export const before = [
  contact,
  { pk: 'EMAIL#grace@navy.mil', kind: 'email', of: 'CONTACT#1' },
  { pk: 'EMAIL#hopper@example.com', kind: 'email', of: 'CONTACT#1', verified: true },
];

export const after = [contact];

/** Other tables into which the version writes: the keys, what is there before, and after. */
export const writes = {
  Emails: {
    keys: ['address'],
    items: [{ address: 'ada@example.com', of: 'CONTACT#2' }],
    after: [
      { address: 'grace@navy.mil', of: 'CONTACT#1' },
      { address: 'hopper@example.com', of: 'CONTACT#1', verified: true },
      { address: 'ada@example.com', of: 'CONTACT#2' },
    ],
  },
};
