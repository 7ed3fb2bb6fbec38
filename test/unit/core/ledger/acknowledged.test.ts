import { expect, it } from 'vitest';
import { acknowledge, seen } from '../../../../core/ledger/acknowledged.ts';

const fact = { name: 'ChecksumMismatch', sequence: 1, message: 'Users v1 differs: a1 is b2.' };
const ann = { table: 'Users', by: 'user:ann', at: '2030-01-01T00:00:00.000Z' };
const bob = { table: 'Users', by: 'user:bob', at: '2030-01-02T00:00:00.000Z' };

it('knows a warning by its version and text, and none if the text changed', () => {
  const acknowledged = acknowledge([fact], ann, undefined);

  expect(seen(fact, acknowledged)).toEqual({ acknowledged: { by: 'user:ann', at: ann.at } });
  expect(seen({ ...fact, message: 'Users v1 differs: a1 is c3.' }, acknowledged)).toEqual({});
  expect(seen({ ...fact, sequence: 2 }, acknowledged)).toEqual({});
  expect(seen(fact, undefined)).toEqual({});
});

it('keeps who saw a warning first, and forgets those that are over', () => {
  const other = { ...fact, sequence: 2 };
  const before = acknowledge([fact, { ...fact, sequence: 9 }], ann, undefined);

  const after = acknowledge([fact, other], bob, before);

  expect(after).toEqual({
    table: 'Users',
    number: 2,
    warnings: [
      { ...fact, by: 'user:ann', at: ann.at },
      { ...other, by: 'user:bob', at: bob.at },
    ],
  });
});
