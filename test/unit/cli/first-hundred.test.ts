import { expect, it } from 'vitest';
import { firstHundredLines } from '../../../cli/plan/first-hundred.ts';

const nothing = { adds: [], overwrites: [], removes: [], inserts: false, deletes: false };
const many = { estimated: { changed: 25_000 } };

it('proposes to change a hundred items first if versions overwrite, remove or delete', () => {
  const versions = [
    { sequence: 2, declared: { ...nothing, adds: ['a'] }, trial: many },
    { sequence: 3, declared: { ...nothing, overwrites: ['a'] }, trial: many },
    { sequence: 4, declared: { ...nothing, removes: ['a'], deletes: true }, trial: many },
  ];
  expect(firstHundredLines({ table: 'Users', versions })).toEqual([
    'v3, v4 overwrite, remove and delete: `dynamodt up Users --pause-after 100` changes a hundred items first, and pauses for a look at them',
  ]);
  expect(firstHundredLines({ table: 'Users', versions: versions.slice(1, 2) })[0]).toMatch(/^v3 overwrites: /);
});

it.each([
  ['adds only', { ...nothing, adds: ['a'], inserts: true }, many],
  ['changes no more than a hundred items', { ...nothing, removes: ['a'] }, { estimated: { changed: 100 } }],
  ['was not tried', { ...nothing, removes: ['a'] }, null],
])('proposes nothing for a version that %s', (_, declared, trial) => {
  expect(firstHundredLines({ table: 'Users', versions: [{ sequence: 2, declared, trial }] })).toEqual([]);
});
