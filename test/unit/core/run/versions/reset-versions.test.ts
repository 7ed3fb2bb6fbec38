import { describe, expect, it } from 'vitest';
import { RunError } from '../../../../../core/errors.ts';
import type { Version, VersionStatus } from '../../../../../core/ledger/versions/version.ts';
import type { Amendment } from '../../../../../core/run/versions/amend-versions.ts';
import { refuseReplaced } from '../../../../../core/run/versions/replaced-table.ts';
import { adoptTable, baselineAsOf, type Reset, resetVersions } from '../../../../../core/run/versions/reset-versions.ts';

const reset: Reset = { table: 'Users', tableId: 'new', by: 'user:ann', now: '2026-01-09T00:00:00.000Z' };

/** @param day of January 2026, on which it came into this status */
function version(sequence: number, status: VersionStatus, day: number, tableId: string | undefined = 'old'): Version {
  return { table: 'Users', sequence, status, checksum: `c${sequence}`, run: 'r1', at: `2026-01-0${day}T00:00:00.000Z`, tableId };
}

function changes(amendments: readonly Amendment[]) {
  return amendments.map(
    ({ before, after }) => `v${after.sequence} ${before?.status} of ${before?.tableId} → ${after.status} of ${after.tableId}`,
  );
}

describe('a table that has another id', () => {
  const refuse = (tableId: string | undefined, ...versions: Version[]) =>
    refuseReplaced('Users', { tableName: 'app-Users', tableId }, versions);

  it.each<VersionStatus>(['applied', 'applying', 'rollingBack'])('is refused while a version is %s, with three ways on', (status) => {
    expect(() => refuse('new', version(1, status, 1))).toThrow(
      /"app-Users".*Users v1.*baseline Users --as-of.*reset Users`.*reset Users --same-table/,
    );
  });

  it.each<[string, string | undefined, Version[]]>([
    ['has the id that was recorded', 'old', [version(1, 'applied', 1)]],
    ['has no version, as all were rolled back', 'new', [version(1, 'rolledBack', 1)]],
    ['is known to a ledger from before ids were kept', 'new', [{ ...version(1, 'applied', 1), tableId: undefined }]],
    ['has an id that DynamoDB does not tell', undefined, [version(1, 'applied', 1)]],
  ])('is accepted if it %s', (_, tableId, versions) => {
    expect(() => refuse(tableId, ...versions)).not.toThrow();
  });
});

describe('reset', () => {
  it('takes every version back that is in the table, and records who said so', () => {
    const amendments = resetVersions(reset, [version(1, 'applied', 1), version(2, 'applying', 2), version(3, 'rolledBack', 3)]);

    expect(changes(amendments)).toEqual(['v1 applied of old → rolledBack of new', 'v2 applying of old → rolledBack of new']);
    expect(amendments[0]?.after).toMatchObject({ run: 'reset', by: 'user:ann', at: reset.now });
  });

  it('with the same items keeps the status of versions, and records who said so, from which table', () => {
    const amendments = adoptTable(reset, [version(1, 'applied', 1), version(2, 'applied', 2, 'new')]);

    expect(changes(amendments)).toEqual(['v1 applied of old → applied of new']);
    expect(amendments[0]?.after).toMatchObject({ run: 'r1', tableChanged: { by: 'user:ann', at: reset.now, from: 'old' } });
  });
});

describe('a table that was restored as it was at a moment', () => {
  const asOf = '2026-01-05T00:00:00.000Z';

  it('keeps what was applied by then, and what came later is pending', () => {
    const versions = [version(1, 'applied', 1), version(2, 'applied', 5), version(3, 'applied', 6), version(4, 'applying', 7)];

    expect(changes(baselineAsOf(asOf, reset, versions))).toEqual([
      'v1 applied of old → applied of new',
      'v2 applied of old → applied of new',
      'v3 applied of old → rolledBack of new',
      'v4 applying of old → rolledBack of new',
    ]);
  });

  it('makes a version pending that a run had begun by then, and has not ended', () => {
    expect(changes(baselineAsOf(asOf, reset, [version(1, 'applying', 4)]))).toEqual(['v1 applying of old → rolledBack of new']);
  });

  it.each<[string, Version[]]>([
    ['rolled back later', [version(1, 'applied', 1), version(2, 'rolledBack', 6)]],
    ['being rolled back later', [version(1, 'rollingBack', 6)]],
    ['applied once more later, below one that stays', [version(1, 'applied', 6), version(2, 'applied', 2)]],
  ])('is refused if a version was %s, as nobody knows what it was then', (_, versions) => {
    expect(() => baselineAsOf(asOf, reset, versions)).toThrow(RunError);
    expect(() => baselineAsOf(asOf, reset, versions)).toThrow(/reset Users.*baseline Users --to/);
  });
});
