import { expect, it } from 'vitest';
import { journalShown, journalText } from '../../../cli/status/journal-shown.ts';
import type { Version } from '../../../core/ledger/versions/version.ts';

const at = '2030-01-01T00:00:00.000Z';
const day = 86_400_000;
const now = Date.parse(at) + day;
const journals = [{ run: 'r1', firstPass: 1, at, days: 35 }];

function version(fields: Partial<Version> = {}): Version {
  return { table: 'Users', sequence: 3, status: 'applied', checksum: 'c3', run: 'r1', at, ...fields };
}

it('says until when a version goes back by its journal, and which has none', () => {
  const kept = journalShown(version({ journals }), now);
  const expired = journalShown(version({ journals }), now + 35 * day);
  const never = journalShown(version(), now);

  expect([kept, never]).toEqual([{ until: '2030-02-05T00:00:00.000Z' }, { none: 'no run kept a journal of what it changed' }]);
  expect(
    journalText([
      { sequence: 1, journal: never },
      { sequence: 2, journal: expired },
      { sequence: 3, journal: kept },
    ]),
  ).toEqual([
    'v3 has a journal until 2030-02-05 00:00:00 UTC; no journal takes v2 back: its journal is older than the 35 days for which journals are kept; no journal was kept of v1',
  ]);
});

it('says nothing of a table whose versions never needed one, or that were taken back', () => {
  expect(journalText([{ sequence: 1, journal: journalShown(version(), now) }])).toEqual([]);
  expect(journalShown(version({ status: 'rolledBack', journals }), now)).toBeUndefined();
  expect(journalShown(undefined, now)).toBeUndefined();
});
