import { describe, expect, it } from 'vitest';
import { countPass } from '../../../../../core/ledger/checkpoint.ts';
import { type Counters, noCounters, outcomes } from '../../../../../core/ledger/counters.ts';
import type { Version } from '../../../../../core/ledger/versions/version.ts';
import { carriedOver, type VersionWork, withPass } from '../../../../../core/ledger/versions/version-counters.ts';
import { checkpoint } from '../../../../support/memory-run-ledger.ts';

/** A pass of one segment; `redone` is what it counted before it was begun once more. */
function pass(counters: Partial<Counters>, redone?: Partial<Counters>) {
  return countPass([checkpoint(0, { counters: counted(counters), ...(redone ? { redone: counted(redone) } : {}) })]);
}

function counted(counters: Partial<Counters>): Counters {
  const scanned = outcomes.reduce((sum, outcome) => sum + (counters[outcome] ?? 0), 0);
  return { ...noCounters(), scanned, ...counters };
}

function countersAfter(...passes: [ReturnType<typeof pass>, boolean][]): Counters {
  let work: VersionWork | undefined;
  for (const [each, isWhole] of passes) work = withPass(work, each, isWhole);
  return work?.counters ?? noCounters();
}

describe('the counters of a version', () => {
  it('count an item as changed and not as kept if a later pass finds what an earlier one added', () => {
    const counters = countersAfter(
      [pass({ changed: 39, failed: 1, writeUnits: 39, readUnits: 5 }), false],
      [pass({ changed: 1, kept: 39, writeUnits: 1, readUnits: 5 }), true],
      [pass({ kept: 40, readUnits: 5 }), true],
    );

    expect(counters).toEqual(counted({ changed: 40, kept: 0, writeUnits: 40, readUnits: 15 }));
  });

  it('count items that had the attribute before the version as kept, once', () => {
    expect(countersAfter([pass({ changed: 30, kept: 10 }), true], [pass({ kept: 40 }), true])).toMatchObject({
      scanned: 40,
      changed: 30,
      kept: 10,
    });
    expect(countersAfter([pass({ changed: 30, kept: 4 }), false], [pass({ changed: 20, kept: 40 }), true])).toMatchObject({
      changed: 50,
      kept: 10,
    });
  });

  it('count items that the function leaves as unchanged, once', () => {
    expect(countersAfter([pass({ changed: 30, unchanged: 10 }), true], [pass({ unchanged: 40 }), true])).toMatchObject({
      scanned: 40,
      unchanged: 10,
    });
    expect(countersAfter([pass({ changed: 30, failed: 1 }), false], [pass({ changed: 1, unchanged: 39 }), true])).toMatchObject({
      changed: 31,
      unchanged: 9,
    });
  });

  it('do not count inserted items, which later passes read, as unchanged', () => {
    const moved = { changed: 20, deleted: 20, inserted: 20, moved: 20 };

    expect(
      countersAfter([pass(moved), false], [pass({ changed: 5, deleted: 5, inserted: 5, moved: 5, unchanged: 20 }), true]),
    ).toMatchObject({
      changed: 25,
      moved: 25,
      unchanged: 0,
    });
  });

  it('keep what was counted before a segment was begun once more in its pass', () => {
    expect(countersAfter([pass({ changed: 1, kept: 39, writeUnits: 1 }, { changed: 39, writeUnits: 39 }), true])).toEqual(
      counted({ changed: 40, writeUnits: 40 }),
    );
  });

  it('keep what is kept on the way down, where the written items are unchanged in the second look', () => {
    const first = { changed: 318, unchanged: 1, kept: 1, differing: 1 };
    const second = pass({ unchanged: 319, kept: 1, differing: 1 }, first);

    expect(countersAfter([second, true])).toEqual(counted(first));
  });

  it('have the failed and contended items of the last pass, and the differing ones of the pass that found most', () => {
    expect(
      countersAfter(
        [pass({ failed: 3, contended: 2, differing: 1 }), false],
        [pass({ changed: 5, differing: 4 }), true],
        [pass({ kept: 5 }), true],
      ),
    ).toEqual(counted({ changed: 5, differing: 4 }));
  });
});

describe('a run that begins a version', () => {
  const counters = counted({ changed: 7, kept: 2, differing: 1 });
  const version = (status: Version['status']): Version => ({
    table: 'Users',
    sequence: 1,
    status,
    checksum: 'c',
    run: 'r0',
    at: 'then',
    counters,
  });

  it.each([
    ['applying', 'up'],
    ['applied', 'up'],
    ['rollingBack', 'down'],
  ] as const)('adds to what was counted if the version is %s and the run goes %s', (status, direction) => {
    expect(carriedOver(version(status), direction)?.counters).toEqual({ ...counters, differing: 0 });
  });

  it.each([
    ['rolledBack', 'up'],
    ['rollingBack', 'up'],
    ['applied', 'down'],
    ['applying', 'down'],
  ] as const)('counts from zero if the version is %s and the run goes %s', (status, direction) => {
    expect(carriedOver(version(status), direction)).toBeUndefined();
  });
});
