export const keys = ['id'];

/** A key for tests: 32 zero bytes. */
export const environment = { FIELD_KEY: 'AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=' };

const encrypted = { id: 'p4', diagnosis: 'aes1:Fw2I3gMXIbJ8duRDQ5oOlN7u3LdR6ZoDdgmb4H/tWxBjvFWybw==' };

export const before = [
  { id: 'p1', diagnosis: 'Influenza', ward: 3 },
  { id: 'p2' },
  { id: 'p3', diagnosis: 'Broken arm' },
  // The application has begun to encrypt.
  encrypted,
];

export const after = [
  { id: 'p1', diagnosis: 'aes1:yuaH5sFjvi6fVwlPSWX3peVGjH197jL9/cdS1UcWiZmzgPjgpw==', ward: 3 },
  { id: 'p2' },
  { id: 'p3', diagnosis: 'aes1:iAVTDa3ohE7DfiF/yKniW17xLS2w4lYy6qNS1DcK3qu9Jv10d5c=' },
  encrypted,
];

export const back = [...before.slice(0, 3), { id: 'p4', diagnosis: 'Influenza' }];
