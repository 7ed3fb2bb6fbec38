import { describe, expect, it } from 'vitest';
import type { Version } from '../../../../../core/ledger/versions/version.ts';
import { settledUnseen } from '../../../../../core/run/empty-pass.ts';
import { beginVersion, versionChangesOf } from '../../../../../core/run/records/version-changes.ts';
import type { Verdict } from '../../../../../core/run/verdict.ts';
import { controlOf, runOf } from '../../../../support/control-record.ts';
import { countersWith } from '../../../../support/run-records.ts';

const earlier = { run: 'r0', firstPass: 2, at: 'before' };
const before: Version = { table: 'Users', sequence: 3, status: 'applying', checksum: 'c3', run: 'r0', at: 'before' };

interface Begin {
  version?: Version | undefined;
  journals?: true | undefined;
  direction?: 'up' | 'down';
}

function begun({ version, journals, direction = 'up' }: Begin): Version {
  const control = { ...controlOf({ pass: 4, direction }), journals };
  return versionIn(beginVersion({ run: runOf({ direction }), control, left: undefined }, version ? [version] : [], 'now'));
}

function ended(version: Version, direction: 'up' | 'down'): Version {
  const control = controlOf({ direction });
  const run = runOf({ direction });
  const settledSequence = { sequence: 3, checksum: 'c3', counters: countersWith({}) };
  const [change] = versionChangesOf(
    { kind: 'succeed', control, settledSequence },
    { run, control, versions: [version], checkpoints: [] },
    'now',
  );
  return versionIn(change);
}

function versionIn(change: ReturnType<typeof beginVersion> | undefined): Version {
  if (change?.kind !== 'putVersion') throw new Error('No version was written.');
  return change.version;
}

describe('a version names the runs that journaled it:', () => {
  it('a run that begins it is the first, with its pass and the time', () => {
    const { journals, hasUnjournaled } = begun({ journals: true });

    expect(journals).toEqual([{ run: 'r1', firstPass: 4, at: 'now' }]);
    expect(hasUnjournaled).toBeUndefined();
  });

  it('with the days for which journals were kept when the run began', () => {
    const control = { ...controlOf({ pass: 4 }), journals: true as const };
    const run = { ...runOf(), journalDays: 14 };

    expect(versionIn(beginVersion({ run, control, left: undefined }, [], 'now')).journals).toEqual([
      { run: 'r1', firstPass: 4, at: 'now', days: 14 },
    ]);
  });

  it('a run that goes on with it is added once', () => {
    const once = begun({ version: { ...before, journals: [earlier] }, journals: true });
    const twice = begun({ version: once, journals: true });

    expect(once.journals).toEqual([earlier, { run: 'r1', firstPass: 4, at: 'now' }]);
    expect(twice.journals).toEqual(once.journals);
    expect(twice.hasUnjournaled).toBeUndefined();
  });

  it('a run that begins it anew after it was taken back is the first again', () => {
    const { journals, hasUnjournaled } = begun({
      version: { ...before, status: 'rolledBack', journals: [earlier], hasUnjournaled: true },
      journals: true,
    });

    expect(journals).toEqual([{ run: 'r1', firstPass: 4, at: 'now' }]);
    expect(hasUnjournaled).toBeUndefined();
  });

  it.each<[string, Version, true | undefined]>([
    ['a run without a journal follows one with a journal', { ...before, journals: [earlier] }, undefined],
    ['a run with a journal follows one without', before, true],
    ['a run with a journal follows an operator who declared it applied', { ...before, status: 'applied', run: 'baseline' }, true],
  ])('and says that not all is journaled if %s', (_, version, journals) => {
    expect(begun({ version, journals }).hasUnjournaled).toBe(true);
  });

  it('and says nothing if no run journaled', () => {
    expect(begun({ version: before })).not.toMatchObject({ hasUnjournaled: expect.anything() });
    expect(begun({})).not.toMatchObject({ hasUnjournaled: expect.anything() });
  });

  it('and keeps the earliest, with the mark that not all is journaled, if there are too many', () => {
    const many = Array.from({ length: 100 }, (_, index) => ({ ...earlier, run: `r-${index}` }));

    const { journals, hasUnjournaled } = begun({ version: { ...before, journals: many }, journals: true });

    expect(journals).toEqual(many);
    expect(hasUnjournaled).toBe(true);
  });

  it.each<[string, Version | undefined, readonly object[] | undefined]>([
    ['new', undefined, []],
    ['rolled back', { ...before, status: 'rolledBack', journals: [earlier] }, []],
    ['half-way without a journal', before, undefined],
    ['half-way', { ...before, journals: [earlier] }, [earlier]],
  ])('or none, as the pass of an earlier version met no item, if it was %s', (_, version, journals) => {
    const control = controlOf({ sequence: 2 });
    const run = runOf();
    const counters = countersWith({});
    const step = { sequence: 3, checksum: 'c3', prepares: false, journals: true as const };
    const settledToo = [settledUnseen(step, { run, versions: version ? [version] : [] })];
    const verdict: Verdict = { kind: 'succeed', control, settledSequence: { sequence: 2, checksum: 'c2', counters }, settledToo };
    const begun: Version = { ...before, sequence: 2 };

    const changes = versionChangesOf(verdict, { run, control, versions: version ? [begun, version] : [begun], checkpoints: [] }, 'now');

    expect(changes.map((change) => (change.kind === 'putVersion' ? [change.version.sequence, change.version.journals] : []))).toEqual([
      [2, undefined],
      [3, journals],
    ]);
    expect(changes[1]).not.toHaveProperty('version.isJournaled');
  });

  it('also once it is applied and while it is taken back, and no longer when it is rolled back', () => {
    const journaled: Version = { ...before, journals: [earlier], hasUnjournaled: true };

    expect(ended(journaled, 'up')).toMatchObject({ status: 'applied', journals: [earlier], hasUnjournaled: true });
    expect(begun({ version: { ...journaled, status: 'applied' }, direction: 'down' })).toMatchObject({
      status: 'rollingBack',
      journals: [earlier],
      hasUnjournaled: true,
    });
    const rolledBack = ended({ ...journaled, status: 'rollingBack' }, 'down');
    expect(rolledBack.status).toBe('rolledBack');
    expect(rolledBack.journals).toBeUndefined();
    expect(rolledBack.hasUnjournaled).toBeUndefined();
  });
});
