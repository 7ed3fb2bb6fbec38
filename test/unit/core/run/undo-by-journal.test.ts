import { describe, expect, it } from 'vitest';
import type { RunError } from '../../../../core/errors.ts';
import type { Checkpoint } from '../../../../core/ledger/checkpoint.ts';
import { noCounters } from '../../../../core/ledger/counters.ts';
import type { RunStep } from '../../../../core/ledger/run.ts';
import type { SettledPass } from '../../../../core/ledger/settled-pass.ts';
import type { Version, VersionStatus } from '../../../../core/ledger/versions/version.ts';
import { type Deployed, planRun } from '../../../../core/run/plan-run.ts';
import { recordDecision } from '../../../../core/run/record-decision.ts';
import { parseRunInput } from '../../../../core/run/run-input.ts';
import { settlePass } from '../../../../core/run/settle-pass.ts';
import { undoPartsOf } from '../../../../core/run/undo-by-journal.ts';
import { checkExports } from '../../../../core/transformation/check-exports.ts';
import { type ControlFields, controlOf, runOf } from '../../../support/control-record.ts';
import { checkpoint, memoryLedger } from '../../../support/memory-run-ledger.ts';
import { runErrorOf } from '../../../support/refusal-of.ts';

const appliedAt = '2030-01-01T00:00:00.000Z';
const journaled = { journals: [{ run: 'r0', firstPass: 1, at: appliedAt }] };
const day = 86_400_000;

function file(sequence: number, exported: object = {}): Deployed {
  const name = `Users/v${sequence}.ts`;
  const transformation = checkExports({ sequence, transformUp: () => undefined, removes: ['a'], ...exported }, name);
  return { file: name, checksum: `c${sequence}`, transformation };
}

function version(sequence: number, fields: Partial<Version> = {}): Version {
  const checksum = `c${sequence}`;
  return { table: 'Users', sequence, status: 'applied', checksum, file: `Users/v${sequence}.ts`, run: 'r0', at: appliedAt, ...fields };
}

function plan(deployed: Deployed[], versions: Version[], input: object = {}, days = 1): RunStep[] {
  const time = { now: Date.parse(appliedAt) + days * day, retentionDays: 35 };
  return planRun(parseRunInput({ table: 'Users', direction: 'down', ...input }), deployed, versions, undefined, time);
}

function refusalOf(...args: Parameters<typeof plan>): RunError {
  return runErrorOf(() => plan(...args));
}

const withFunction = { transformDown: () => undefined };

describe('a run down', () => {
  it('takes a version without a function back by its journal', () => {
    expect(plan([file(3)], [version(3, journaled)])).toEqual([
      {
        sequence: 3,
        checksum: 'c3',
        bundleChecksum: undefined,
        packages: undefined,
        file: 'Users/v3.ts',
        prepares: false,
        seeds: false,
        by: 'journal',
      },
    ]);
  });

  it('takes a version that has a function back by that, unless it shall be exact', () => {
    const [deployed, known] = [[file(3, withFunction)], [version(3, journaled)]];

    expect(plan(deployed, known).map(({ by }) => by)).toEqual([undefined]);
    expect(plan(deployed, known, { exact: true }).map(({ by }) => by)).toEqual(['journal']);
  });

  it('crosses versions of both kinds', () => {
    const steps = plan([file(2, withFunction), file(3)], [version(2), version(3, journaled)], { to: 1 });

    expect(steps.map(({ sequence, by }) => [sequence, by])).toEqual([
      [3, 'journal'],
      [2, undefined],
    ]);
  });

  it.each<[string, Deployed[], VersionStatus]>([
    ['is not deployed', [], 'applied'],
    ['is not deployed, and the version is half-way', [], 'applying'],
    [
      'was replaced by another one, and the version is half-way',
      [{ ...file(3, withFunction), file: 'Users/v3_other.ts', checksum: 'other' }],
      'rollingBack',
    ],
    ['was changed, and has no function', [{ ...file(3), checksum: 'other' }], 'applied'],
    [
      'may move items to another table',
      [file(3, { deletes: true, removes: [], writes: ['Archive'], inserts: { onExisting: 'keep' } })],
      'applied',
    ],
  ])('goes by the journal if the file %s', (_, deployed, status) => {
    expect(plan(deployed, [version(3, { ...journaled, status })]).map(({ by }) => by)).toEqual(['journal']);
  });

  it('still compares the code of a version that has a function', () => {
    expect(refusalOf([{ ...file(3, withFunction), checksum: 'other' }], [version(3, journaled)]).name).toBe('ChecksumMismatch');
  });

  it.each<[string, Partial<Version>, number, string]>([
    ['no run kept a journal', {}, 1, 'no run kept a journal'],
    [
      'a run kept none',
      { ...journaled, hasUnjournaled: true },
      1,
      'not every run that changed items for it kept a journal, or the follower of the stream',
    ],
    ['it is too old', journaled, 36, 'older than the 35 days'],
    ['it was kept for fewer days then', { journals: [{ run: 'r0', firstPass: 1, at: appliedAt, days: 14 }] }, 15, 'older than the 14 days'],
  ])('is refused where %s, with the time to which the table can be restored', (_, fields, days, why) => {
    const irreversible = refusalOf([file(3)], [version(3, fields)], {}, days);
    const missing = refusalOf([file(3, withFunction)], [version(3, fields)], { exact: true }, days);

    expect([irreversible.name, missing.name]).toEqual(['Irreversible', 'JournalMissing']);
    expect(irreversible.message).toContain(why);
    expect(missing.message).toContain(why);
    if ('journals' in fields) expect(missing.message).toContain(`a moment before ${appliedAt}`);
  });

  it('takes no squashed version back', () => {
    const squashed = { by: 'someone', at: appliedAt };

    expect(refusalOf([], [version(3, { ...journaled, squashed })], { exact: true }).message).toContain('is squashed');
  });

  it('cannot be tried', () => {
    expect(refusalOf([file(3)], [version(3, journaled)], { dryRun: true })).toMatchObject({ name: 'InvalidInput' });
  });

  it.each([{ direction: 'up' }, { keptCode: true }])('cannot be exact together with %o', (input) => {
    expect(refusalOf([file(3)], [version(3, journaled)], { exact: true, ...input }).name).toBe('InvalidInput');
  });
});

describe('the parts of a journal', () => {
  const written = { journal: [{ attempt: 1, last: 2 }] };

  const now = Date.parse(appliedAt) + day;

  function settledPass(run: string, pass: number, fields: Partial<SettledPass> = {}): SettledPass {
    return { run, pass, sequence: 3, counters: noCounters(), attributes: [], ...fields };
  }

  function ledgerOf(passes: Record<string, Partial<Checkpoint>[]>, controls: Record<string, ControlFields>, settled: SettledPass[] = []) {
    return {
      passes: async (run: string) => settled.filter((each) => each.run === run),
      control: async (run: string) => (controls[run] ? controlOf({ ...controls[run] }) : undefined),
      checkpoints: async (run: string, pass: number) =>
        new Map((passes[`${run}#${pass}`] ?? []).map((fields, segment) => [segment, checkpoint(segment, { run, pass, ...fields })])),
    };
  }

  it('are the passes that changed something, the newest run and pass first', async () => {
    const ledger = ledgerOf(
      { 'a#2': [written, {}], 'a#3': [{}, written, {}], 'a#4': [{}, {}], 'b#1': [written] },
      { a: { pass: 4 }, b: { pass: 1 } },
      [settledPass('a', 2), settledPass('a', 3, { journaled: 1 }), settledPass('a', 4), settledPass('b', 1, { journaled: 1 })],
    );
    const journals = ['a', 'b'].map((run, index) => ({ run, firstPass: 2 - index, at: appliedAt }));

    expect(await undoPartsOf(version(3, { journals }), ledger, now)).toEqual([
      { run: 'b', pass: 1, totalSegments: 1 },
      { run: 'a', pass: 3, totalSegments: 3 },
      { run: 'a', pass: 2, totalSegments: 2 },
    ]);
  });

  it('end where the run went on with another version', async () => {
    const ledger = ledgerOf({ 'a#1': [written], 'a#2': [{ ...written, sequence: 4 }] }, { a: { pass: 2, sequence: 4 } });

    expect(await undoPartsOf(version(3, { journals: [{ run: 'a', firstPass: 1, at: appliedAt }] }), ledger, now)).toHaveLength(1);
  });

  it('are all segments of the last pass of a half-way version, as a worker may begin one just now', async () => {
    const ledger = ledgerOf({ 'a#1': [{}] }, { a: { pass: 1, totalSegments: 8 } });
    const journals = [{ run: 'a', firstPass: 1, at: appliedAt }];

    expect(await undoPartsOf(version(3, { journals, status: 'applying' }), ledger, now)).toEqual([{ run: 'a', pass: 1, totalSegments: 8 }]);
  });

  it('are one in which there is nothing to do, where nothing was changed', async () => {
    const journals = [{ run: 'a', firstPass: 5, at: appliedAt }];

    const ledger = ledgerOf({ 'a#5': [{}] }, { a: { pass: 5 } }, [settledPass('a', 5)]);
    const part = { run: 'a', pass: 5, totalSegments: 1 };

    expect(await undoPartsOf(version(3, { journals }), ledger, now)).toEqual([part]);
    // As the undo of it ends.
    expect(await undoPartsOf(version(3, { journals, status: 'rollingBack', run: 'down' }), ledger, now)).toEqual([part]);
  });

  it('are missing where the ledger does not know the run any more', async () => {
    const journals = [{ run: 'a', firstPass: 1, at: appliedAt }];

    await expect(undoPartsOf(version(3, { journals }), ledgerOf({}, {}), now)).rejects.toMatchObject({ name: 'JournalMissing' });
  });

  it('are the same while the version is taken back, if no run met an item', async () => {
    const [before, after] = [version(3, { journals: [] }), version(3, { journals: [], status: 'rollingBack', run: 'down' })];

    expect(await undoPartsOf(before, ledgerOf({}, {}), now)).toEqual(await undoPartsOf(after, ledgerOf({}, {}), now));
  });

  const journals = [{ run: 'a', firstPass: 1, at: appliedAt, days: 35 }];
  const counters = { ...noCounters(), changed: 1000 };

  it.each<[string, Partial<Checkpoint>[], SettledPass]>([
    ['all checkpoints', [], settledPass('a', 1, { counters, journaled: 8 })],
    ['one checkpoint', [{ ...written, counters }], settledPass('a', 1, { counters, journaled: 2 })],
    ['one checkpoint with a change of unknown outcome', [{}], settledPass('a', 1, { journaled: 1 })],
    [
      'one checkpoint, by what the pass counted',
      [{ ...written, counters: { ...counters, changed: 999 } }],
      settledPass('a', 1, { counters }),
    ],
  ])('are missing where %s of a settled pass expired', async (_, checkpoints, settled) => {
    const parts = undoPartsOf(
      version(3, { journals }),
      ledgerOf({ 'a#1': checkpoints }, { a: { pass: 2 } }, [settled, settledPass('a', 2)]),
      now,
    );

    await expect(parts).rejects.toMatchObject({ name: 'JournalMissing', message: expect.stringContaining('pass 1 of run a') });
  });

  it('are complete where only checkpoints without a journal expired', async () => {
    const ledger = ledgerOf({ 'a#1': [{ ...written, counters }] }, { a: { pass: 1 } }, [settledPass('a', 1, { counters, journaled: 1 })]);

    expect(await undoPartsOf(version(3, { journals }), ledger, now)).toEqual([{ run: 'a', pass: 1, totalSegments: 1 }]);
  });

  it('are missing where checkpoints of a pass that was left can have expired', async () => {
    const ledger = ledgerOf({ 'a#1': [written] }, { a: { pass: 1, totalSegments: 2 } });
    const left = version(3, { journals, status: 'applying' });

    expect(await undoPartsOf(left, ledger, Date.parse(appliedAt) + 42 * day)).toHaveLength(1);
    await expect(undoPartsOf(left, ledger, Date.parse(appliedAt) + 43 * day)).rejects.toMatchObject({ name: 'JournalMissing' });
  });
});

describe('a pass that takes back a part of a journal', () => {
  const parts = [
    { run: 'r0', pass: 2, totalSegments: 4 },
    { run: 'r0', pass: 1, totalSegments: 7 },
  ];

  function settle(undoes: { run: string; pass: number }, { counters = {}, steps }: { counters?: object; steps?: RunStep[] } = {}) {
    const control = controlOf({ direction: 'down', undoes });
    const run = runOf({ direction: 'down', steps: steps ?? [{ sequence: 3, checksum: 'c3', prepares: false, by: 'journal' }] });
    const checkpoints = [0, 1, 2, 3].map((segment) =>
      checkpoint(segment, { dirty: true, counters: { ...noCounters(), scanned: 3, changed: 2, kept: 1, differing: 1, ...counters } }),
    );
    return settlePass({
      run,
      control,
      versions: [],
      checkpoints: new Map(checkpoints.map((each) => [each.segment, each])),
      deployed: run.steps[0],
      redriveCount: 0,
      now: 1000,
      ahead: [],
      failuresInWords: '',
      undoParts: new Map([
        [3, parts],
        [2, [{ run: 'r9', pass: 1, totalSegments: 5 }]],
      ]),
    });
  }

  it('is followed by one for the part before, and not by another one for the same', () => {
    const verdict = settle({ run: 'r0', pass: 2 });

    expect(verdict).toMatchObject({ kind: 'transform', control: { undoes: { run: 'r0', pass: 1 }, totalSegments: 7, pass: 2 } });
    expect(verdict.kind === 'transform' && verdict.segments).toHaveLength(7);
  });

  it('ends the version after the oldest part, with the sums of all parts', () => {
    const first = settle({ run: 'r0', pass: 2 }).control.settled.sequence;
    const verdict = settle({ run: 'r0', pass: 1 });

    expect(first).toMatchObject({ scanned: 12, changed: 8, kept: 4, differing: 4 });
    expect(verdict).toMatchObject({ kind: 'succeed', settledSequence: { sequence: 3, counters: { changed: 8, kept: 4 } } });
  });

  it('is not taken for the oldest one if the ledger does not name it any more', () => {
    expect(() => settle({ run: 'r0', pass: 9 })).toThrow(expect.objectContaining({ name: 'JournalMissing' }));
  });

  it('says nothing about the table, also if the journal was empty', () => {
    const steps: RunStep[] = [
      { sequence: 3, checksum: 'c3', prepares: false, by: 'journal' },
      { sequence: 2, checksum: 'c2', prepares: false, seeds: false },
    ];

    const verdict = settle({ run: 'r0', pass: 1 }, { counters: { scanned: 0, changed: 0, kept: 0 }, steps });

    expect(verdict).toMatchObject({ kind: 'transform', control: { sequence: 2, undoes: undefined } });
  });

  it('is followed by the newest part of the next version', () => {
    const steps: RunStep[] = [3, 2].map((sequence) => ({ sequence, checksum: `c${sequence}`, prepares: false, by: 'journal' }));

    expect(settle({ run: 'r0', pass: 1 }, { steps })).toMatchObject({
      kind: 'transform',
      control: { sequence: 2, undoes: { run: 'r9', pass: 1 }, totalSegments: 5 },
    });
  });
});

describe('a run whose undo finds that the ledger forgot the objects of a journal', () => {
  it('fails, and takes nothing for done', async () => {
    const by = 'journal' as const;
    const { kept, ledger } = memoryLedger(
      [checkpoint(0)],
      [version(3, { status: 'rollingBack', run: 'r1', journals: [{ run: 'r0', firstPass: 1, at: appliedAt, days: 35 }] })],
    );
    kept.run = runOf({ direction: 'down', steps: [{ sequence: 3, checksum: 'c3', prepares: false, by }] });
    kept.control = controlOf({ direction: 'down', totalSegments: 1, undoes: { run: 'r0', pass: 1 } });
    ledger.controls.set('r0', controlOf({ run: 'r0', pass: 2, ended: true }));
    ledger.settledPasses.push(
      ...[1, 2].map((pass) => ({
        run: 'r0',
        pass,
        sequence: 3,
        counters: noCounters(),
        attributes: [],
        ...(pass === 1 ? { journaled: 4 } : {}),
      })),
    );
    const clock = { monotonic: () => 0, wall: () => 50 * day + Date.parse(appliedAt), random: () => 0, sleep: async () => {} };
    const { decision } = kept.control;

    const settling = recordDecision(
      { table: 'Users', run: 'r1', decisionNumber: decision.number, execution: kept.run.execution, redriveCount: 0 },
      { clock, ledger, deployedStep: async () => undefined, stepsAhead: async () => [] },
      settlePass,
    );

    await expect(settling).rejects.toMatchObject({ name: 'JournalMissing' });
    expect(kept.failed).toEqual(['JournalMissing']);
    expect(ledger.versionsByKey.get('Users#3')).toMatchObject({ status: 'rollingBack', journals: [{ run: 'r0' }] });
  });
});
