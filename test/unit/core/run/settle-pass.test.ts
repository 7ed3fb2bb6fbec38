import { describe, expect, it } from 'vitest';
import { RunError } from '../../../../core/errors.ts';
import { type Checkpoint, takeOver } from '../../../../core/ledger/checkpoint.ts';
import { requestTimeoutMs } from '../../../../core/ledger/control.ts';
import { type Counters, noCounters } from '../../../../core/ledger/counters.ts';
import type { Run } from '../../../../core/ledger/run.ts';
import type { FollowerSeen } from '../../../../core/run/left-to-follower.ts';
import { settlePass } from '../../../../core/run/settle-pass.ts';
import type { PassState, Verdict } from '../../../../core/run/verdict.ts';
import { type ControlFields, controlOf, runOf } from '../../../support/control-record.ts';

/** A checkpoint of the present pass: done, clean, signed off, and with one item that is unchanged, unless said otherwise. */
function checkpoint(
  segment: number,
  { counters, ...fields }: Partial<Omit<Checkpoint, 'counters'>> & { counters?: Partial<Counters> } = {},
) {
  return {
    ...takeOver({ run: 'r1', pass: 1, segment }, { sequence: 3, checksum: 'c3' }, undefined),
    done: true,
    signedOff: true,
    counters: { ...noCounters(), scanned: 1, unchanged: 1, ...counters },
    ...fields,
  };
}

function all(fields: Parameters<typeof checkpoint>[1] = {}) {
  return [0, 1, 2, 3].map((segment) => checkpoint(segment, fields));
}

function allBut(...others: Checkpoint[]) {
  return [...all().filter(({ segment }) => others.every((other) => other.segment !== segment)), ...others];
}

interface Given {
  control?: ControlFields;
  run?: Partial<Run>;
  checkpoints?: Checkpoint[];
  deployed?: string | undefined;
  redriveCount?: number;
}

function deployedStep(checksum: string | undefined) {
  return checksum === undefined ? undefined : { sequence: 3, checksum, prepares: false };
}

function stateOf({ control, run, checkpoints = all(), redriveCount = 0, ...given }: Given): PassState {
  return {
    run: runOf(run),
    control: controlOf(control),
    versions: [],
    checkpoints: new Map(checkpoints.map((each) => [each.segment, each])),
    deployed: deployedStep('deployed' in given ? given.deployed : 'c3'),
    redriveCount,
    now: 1000,
    ahead: [],
    failuresInWords: '2 × TransformThrew at Users/v3.ts:12',
  };
}

function settle(given: Given): Verdict {
  return settlePass(stateOf(given));
}

function failureOf(given: Given): RunError {
  try {
    settle(given);
  } catch (error) {
    if (error instanceof RunError) return error;
    throw error;
  }
  throw new Error('It did not fail.');
}

function transforms(verdict: Verdict): Extract<Verdict, { kind: 'transform' }> {
  if (verdict.kind !== 'transform') throw new Error(`The verdict is ${verdict.kind}.`);
  return verdict;
}

const dirty = { dirty: true, counters: { changed: 1, unchanged: 0 } };

function stopped(redriveCount: number) {
  return { by: 'alarm:Errors', since: 'then', redriveCount };
}

const failed = { counters: { scanned: 2, failed: 1 } };

describe('a clean pass by one code', () => {
  it('ends the run where its sequence was the last', () => {
    const settled = { ...noCounters(), scanned: 10, changed: 10 };

    const verdict = settle({ control: { settled: { run: settled, sequence: settled }, fence: 4, decision: { number: 9 } } });

    expect(verdict).toEqual({
      kind: 'succeed',
      settledSequence: { sequence: 3, checksum: 'c3', counters: settled },
      settledPass: {
        run: 'r1',
        pass: 1,
        sequence: 3,
        counters: { ...noCounters(), scanned: 4, unchanged: 4 },
        timeline: undefined,
        attributes: [],
      },
      control: controlOf({
        settled: { run: { ...noCounters(), scanned: 14, changed: 10, unchanged: 4 }, sequence: settled, isCovered: true },
        fence: 4,
        decision: { number: 10, kind: 'succeed' },
        ended: true,
      }),
    });
  });

  it('ends the run after the second look of a small table, and counts its items once', () => {
    const looked = checkpoint(0, {
      isSecondLook: true,
      counters: { scanned: 5, unchanged: 5 },
      redone: { ...noCounters(), scanned: 4, unchanged: 1, changed: 3, inserted: 1 },
    });

    const verdict = settle({ run: { totalSegments: 1 }, control: { totalSegments: 1 }, checkpoints: [looked] });

    expect(verdict).toMatchObject({ kind: 'succeed', settledSequence: { sequence: 3 } });
    expect(verdict.control.settled.run).toMatchObject({ scanned: 9, changed: 3, unchanged: 6 });
    expect(verdict.control.settled.sequence).toMatchObject({ scanned: 4, changed: 3, unchanged: 1, inserted: 1 });
  });

  it('begins the next sequence under a new fence and with a fresh pass over all segments', () => {
    const steps = [
      { sequence: 3, checksum: 'c3', prepares: false },
      { sequence: 5, checksum: 'c5', prepares: false },
    ];

    const { segments, settledSequence, control } = transforms(
      settle({
        run: { steps },
        control: {
          pass: 4,
          convergence: { firstPass: 2, changedBefore: 7 },
          settled: { sequence: { ...noCounters(), changed: 7 } },
        },
      }),
    );

    expect([...segments].sort()).toEqual([0, 1, 2, 3]);
    expect(settledSequence).toMatchObject({ sequence: 3, checksum: 'c3', counters: { changed: 7, unchanged: 0 } });
    expect(control).toMatchObject({
      step: 1,
      sequence: 5,
      checksum: 'c5',
      fence: 2,
      pass: 5,
      convergence: { firstPass: 5 },
      decision: { number: 2, kind: 'transform' },
      ended: false,
      settled: { run: { unchanged: 4 } },
    });
    expect(control).toMatchObject({ convergence: { changedBefore: undefined }, settled: { sequence: undefined } });
  });

  it('lets old workers run out before the next sequence, unless all of them signed off', () => {
    const steps = [
      { sequence: 3, checksum: 'c3', prepares: false },
      { sequence: 5, checksum: 'c5', prepares: false },
    ];
    const quietAfter = (given: Given) => transforms(settle({ run: { steps }, ...given })).control;
    const quiet = { lease: { quietMs: 10_000 + requestTimeoutMs, mayHaveZombies: false } };

    expect(quietAfter({})).toMatchObject({ lease: { quietMs: 0, mayHaveZombies: false } });
    expect(quietAfter({ control: { lease: { quietMs: 99 } } })).toMatchObject({ lease: { quietMs: 0 } });
    expect(quietAfter({ checkpoints: allBut(checkpoint(2, { abandoned: true })) })).toMatchObject(quiet);
    expect(quietAfter({ checkpoints: allBut(checkpoint(2, { signedOff: false })) })).toMatchObject(quiet);
    expect(quietAfter({ control: { lease: { mayHaveZombies: true } } })).toMatchObject(quiet);
  });

  it('settles a dry run although it would have changed something, as nothing was written', () => {
    const given = { run: { dryRun: true }, control: { dryRun: true } };

    expect(settle({ ...given, checkpoints: all({ counters: { changed: 1, unchanged: 0 } }) }).kind).toBe('succeed');
  });
});

describe('a pass that is not clean', () => {
  it.each<[string, Checkpoint]>([
    ['a segment was written to', checkpoint(2, dirty)],
    ['a write was about to be sent, whatever became of it', checkpoint(2, { dirty: true })],
    ['an item was contended', checkpoint(2, { counters: { contended: 1, unchanged: 0 } })],
  ])('is followed by another over all segments, where %s', (_, one) => {
    const { segments, control, settledSequence } = transforms(settle({ checkpoints: allBut(one) }));

    expect([...segments].sort()).toEqual([0, 1, 2, 3]);
    expect(settledSequence).toBeUndefined();
    expect(control).toMatchObject({
      pass: 2,
      convergence: { firstPass: 1, changedBefore: one.counters.contended > 0 ? undefined : one.counters.changed },
      fence: 1,
      decision: { number: 2 },
      sequence: 3,
    });
    expect(control.settled.run).toEqual(control.settled.sequence);
    expect(control.settled.run.scanned).toBe(4);
  });

  it('does not make old workers wait, as they make the same compare-and-sets', () => {
    const { control } = transforms(settle({ checkpoints: allBut(checkpoint(2, { ...dirty, signedOff: false })) }));

    expect(control).toMatchObject({ lease: { quietMs: 0, mayHaveZombies: true } });
  });

  const changing = (changed: number) => allBut(checkpoint(0, { dirty: true, counters: { scanned: changed, changed, unchanged: 0 } }));

  it.each([
    [undefined, 100, true],
    [100, 89, true],
    [100, 90, false],
    [100, 100, false],
    [100, 200, false],
    [0, 1, true],
    [1, 0, true],
    [0, 0, true],
  ])('converges or not: after %s changes, %s more', (changedBefore, changed, converges) => {
    const given = { control: { pass: 2, convergence: { changedBefore } }, checkpoints: changing(changed) };

    if (converges) expect(settle(given).kind).toBe('transform');
    else expect(failureOf(given).name).toBe('NotConverging');
  });

  describe('of a followed table', () => {
    const at = '1970-01-01T00:00:00.500Z';
    const follower: FollowerSeen = {
      control: { table: 'Users', since: at, seenAt: at, leaseMs: 0, following: [3], followingSince: { 3: at }, notFollowed: [] },
      versions: [{ sequence: 3, lastAt: at }],
    };
    const off: FollowerSeen = { control: undefined, versions: [] };
    const ofFew = { sequence: 3, name: 'otherCode', reason: 'its file is other code' } as const;
    const broken: FollowerSeen = follower.control ? { ...follower, control: { ...follower.control, notFollowed: [ofFew] } } : off;
    const second = { pass: 2, convergence: { firstPass: 1, changedBefore: 100, begunAt: 600 }, lease: { followLeaseMs: 6000 } };
    const met = (changed: number) =>
      allBut(checkpoint(0, { dirty: true, counters: { scanned: 1000, changed, unchanged: 1000 - changed } }));
    const verdict = (control: ControlFields, seen: FollowerSeen, changed: number, run: Partial<Run> = {}) =>
      settlePass({ ...stateOf({ control, run, checkpoints: met(changed) }), follower: seen });

    it('ends the version if the follower brings the rest up, and records how much that was', () => {
      expect(verdict(second, follower, 200)).toMatchObject({ kind: 'succeed', settledSequence: { sequence: 3, leftToFollower: 200 } });
    });

    it('is followed by another one on the way down', () => {
      expect(() => verdict(second, follower, 200, { direction: 'down' })).toThrow('still changed 200 items');
    });

    it.each<[string, FollowerSeen, number, number, 'transform' | 'fails']>([
      ['what keeps it from that can pass', off, 2, 200, 'transform'],
      ['it cannot, and few items are found', broken, 2, 100, 'fails'],
      ['it cannot, and so few that the next pass can find none', broken, 2, 10, 'transform'],
      ['it is the tenth pass', off, 10, 1, 'fails'],
    ])('goes on, or fails by naming the follower, if that does not bring the rest up: %s', (_, seen, pass, changed, what) => {
      const control = { ...second, pass, convergence: { ...second.convergence, changedBefore: changed } };

      if (what === 'transform') expect(verdict(control, seen, changed).kind).toBe('transform');
      else
        expect(() => verdict(control, seen, changed)).toThrow(
          /could not leave that to the follower .*: it (was not called yet|does not follow v3: its file)/,
        );
    });
  });

  it('does not hold against a pass what the one before left to it', () => {
    const contended = allBut(checkpoint(0, { dirty: true, counters: { scanned: 9, changed: 4, contended: 5, unchanged: 0 } }));
    const { control } = settle({ control: { pass: 2, convergence: { changedBefore: 100 } }, checkpoints: contended });

    expect(control.convergence.changedBefore).toBeUndefined();
    expect(settle({ control, checkpoints: changing(9) }).kind).toBe('transform');
  });

  it('fails with NotConverging at the tenth pass of its sequence, and not before', () => {
    const given = (pass: number) => ({ control: { pass, convergence: { firstPass: 5, changedBefore: 1000 } }, checkpoints: changing(1) });

    expect(settle(given(13)).kind).toBe('transform');
    const error = failureOf(given(14));
    expect(error.name).toBe('NotConverging');
    expect(error.message).toContain('Pass 10 over Users v3 still changed 1 item, after 1,000 in the one before.');
    expect(error.message).toContain('A writer still produces the old shape.');
    expect(error.message).toContain('dynamodt up Users');
  });
});

describe('segments that are unfinished', () => {
  it.each<[string, Checkpoint[]]>([
    ['were never begun', all().slice(0, 3)],
    ['are not done', allBut(checkpoint(3, { done: false }))],
    ['were done by other code', allBut(checkpoint(3, { checksum: 'c2' }))],
  ])('get a Map of their own in the same pass, where they %s', (_, checkpoints) => {
    const { segments, control } = transforms(settle({ checkpoints, control: { convergence: { mapsWithoutProgress: 2 } } }));

    expect(segments).toEqual([3]);
    expect(control).toMatchObject({
      pass: 1,
      decision: { number: 2 },
      fence: 1,
      budget: { workers: 1 },
      convergence: { mapsWithoutProgress: 0 },
    });
    expect(control.convergence.progressBefore).toBeGreaterThan(0);
  });

  it('come before failed items, and do not include segments that are done with some', () => {
    expect(transforms(settle({ checkpoints: [checkpoint(0, failed), checkpoint(1), checkpoint(2)] })).segments).toEqual([3]);
  });

  it('share the budget', () => {
    expect(transforms(settle({ checkpoints: [], control: { budget: { workers: 1, maxConcurrency: 3 } } })).control.budget.workers).toBe(3);
  });

  it('count as progress what they scanned', () => {
    const part = (scanned: number) => allBut(checkpoint(3, { done: false, counters: { scanned } }));
    const { control } = transforms(settle({ checkpoints: part(5) }));

    expect(transforms(settle({ checkpoints: part(6), control })).control.convergence.mapsWithoutProgress).toBe(0);
    expect(transforms(settle({ checkpoints: part(5), control })).control.convergence.mapsWithoutProgress).toBe(1);
  });

  it('fail the run after three Maps without progress', () => {
    const checkpoints = all().slice(0, 3);
    let control = transforms(settle({ checkpoints })).control;
    for (let maps = 1; maps < 3; maps++) {
      control = transforms(settle({ checkpoints, control })).control;
      expect(control.convergence.mapsWithoutProgress).toBe(maps);
    }

    const error = failureOf({ checkpoints, control });

    expect(error.name).toBe('SegmentsUnfinished');
    expect(error.fields).toMatchObject({ table: 'Users', sequence: expect.any(Number), run: expect.any(String), limit: 3 });
    expect(error.message).toContain('1 of 4 segments of Users v3 stay unfinished after 3 tries without progress');
  });
});

describe('failed items', () => {
  it('fail the run when all segments are done, with causes and places', () => {
    const error = failureOf({ checkpoints: allBut(checkpoint(1, failed), checkpoint(2, failed)) });

    expect(error.name).toBe('ItemsFailed');
    expect(error.message).toContain('2 items of Users v3 failed (2 × TransformThrew at Users/v3.ts:12)');
    expect(error.message).toContain('dynamodt status Users --failures');
    expect(error.message).toContain('dynamodt up Users');
  });

  it('fail the run before another pass, and in a dry run', () => {
    expect(failureOf({ checkpoints: allBut(checkpoint(1, failed), checkpoint(2, dirty)) }).name).toBe('ItemsFailed');
    expect(failureOf({ run: { dryRun: true }, checkpoints: allBut(checkpoint(1, failed)) }).name).toBe('ItemsFailed');
  });

  it('fail the run early once there are too many, although segments are unfinished', () => {
    const error = failureOf({ control: { marks: { failures: 101, maxFailures: 100 } }, checkpoints: [checkpoint(1, failed)] });

    expect(error.name).toBe('ItemsFailed');
    expect(error.message).toContain('more than 100 items failed');
    expect(settle({ control: { marks: { failures: 100, maxFailures: 100 } }, checkpoints: [] }).kind).toBe('transform');
  });
});

describe('an operator', () => {
  it('stops the run, whatever else there is to say', () => {
    const error = failureOf({ control: { marks: { stopped: stopped(0), paused: stopped(0) } }, deployed: 'c4', checkpoints: [] });

    expect(error.name).toBe('Stopped');
    expect(error.message).toContain('The run was stopped by alarm:Errors. Go on with `dynamodt up Users`, or redrive the execution.');
  });

  it('pauses the run before anything else is decided, in the same pass', () => {
    for (const checkpoints of [all(), [], allBut(checkpoint(1, failed)), allBut(checkpoint(1, dirty))]) {
      const control = { marks: { paused: { by: 'me', since: 'then' }, failures: 500 } };

      expect(settle({ control, checkpoints })).toEqual({
        kind: 'wait',
        control: controlOf({ ...control, decision: { number: 2, kind: 'wait' } }),
      });
    }
  });
});

describe('a changed code', () => {
  it('fails the run, also while it is paused', () => {
    const error = failureOf({ deployed: 'c4', control: { marks: { paused: stopped(0) } } });

    expect(error.name).toBe('CodeChanged');
    expect(error.message).toContain('The code of Users v3 changed while it ran (from c3 to c4)');
    expect(error.message).toContain('Redrive the execution, or run `dynamodt up Users` again');
  });

  it('fails the run with HalfApplied where another file has its number, also at a redrive, unless it writes nothing', () => {
    const control = { file: 'Users/v3_names.ts' };
    const deployed = { sequence: 3, checksum: 'c4', file: 'Users/v3_emails.ts', prepares: false };
    for (const redriveCount of [0, 1]) {
      const state = stateOf({ control, redriveCount });
      expect(() => settlePass({ ...state, deployed })).toThrow(
        expect.objectContaining({ name: 'HalfApplied', message: expect.stringContaining('`dynamodt down Users --kept-code`') }),
      );
      expect(settlePass({ ...state, deployed: { ...deployed, checksum: 'c3' } }).kind).toBe('succeed');
    }
    const mended = { ...deployed, file: 'Users/v3_names.js' };
    expect(settlePass({ ...stateOf({ control, redriveCount: 1 }), deployed: mended })).toMatchObject({
      kind: 'transform',
      control: { checksum: 'c4' },
    });
    const dryRun = stateOf({ control, run: { dryRun: true }, redriveCount: 1 });
    expect(settlePass({ ...dryRun, deployed })).toMatchObject({ kind: 'transform' });
  });

  it('fails the run with MissingTransformation where the file is gone, also at a redrive', () => {
    for (const redriveCount of [0, 1]) {
      const error = failureOf({ deployed: undefined, redriveCount });

      expect(error.name).toBe('MissingTransformation');
      expect(error.message).toContain('The file of Users v3 is no longer deployed.');
    }
  });
});

describe('a redrive', () => {
  const redriveCount = 1;

  it('clears a stop of a lower count, and no other', () => {
    expect(
      transforms(settle({ redriveCount, control: { marks: { stopped: stopped(0) } }, checkpoints: [] })).control.marks.stopped,
    ).toBeUndefined();
    expect(failureOf({ redriveCount, control: { marks: { stopped: stopped(1) } }, checkpoints: [] }).name).toBe('Stopped');
    expect(
      failureOf({ redriveCount: 1, control: { decision: { redriveCount: 1 }, marks: { stopped: stopped(1) } }, checkpoints: [] }).name,
    ).toBe('Stopped');
  });

  it('raises the fence and resets every bound', () => {
    const control = {
      fence: 3,
      pass: 12,
      convergence: { firstPass: 1, changedBefore: 1, mapsWithoutProgress: 2, progressBefore: 99 },
      marks: { failures: 500 },
    };

    const verdict = transforms(settle({ redriveCount, control, checkpoints: [] }));

    expect(verdict.control).toMatchObject({
      fence: 4,
      decision: { redriveCount: 1 },
      pass: 12,
      convergence: { firstPass: 12, changedBefore: undefined, mapsWithoutProgress: 1 },
      marks: { failures: 0 },
    });
  });

  it('counts its passes and what they change anew', () => {
    const control = { pass: 10, convergence: { firstPass: 1, changedBefore: 1 } };
    const checkpoints = allBut(checkpoint(0, { dirty: true, counters: { scanned: 9, changed: 9, unchanged: 0 } }));

    expect(failureOf({ control, checkpoints }).name).toBe('NotConverging');
    expect(transforms(settle({ redriveCount, control, checkpoints })).control).toMatchObject({
      pass: 11,
      convergence: { firstPass: 10, changedBefore: 9 },
    });
  });

  it('sends the segments with failed items to the Map, beside the unfinished ones', () => {
    const checkpoints = [checkpoint(0), checkpoint(1, failed), checkpoint(2, { done: false })];

    const { segments, control } = transforms(settle({ redriveCount, checkpoints }));

    expect([...segments].sort()).toEqual([1, 2, 3]);
    expect(control).toMatchObject({ pass: 1, budget: { workers: 3 } });
  });

  it('adopts new code with a fresh pass, after old workers can no longer write', () => {
    const before = { ...noCounters(), scanned: 4, unchanged: 4 };

    const verdict = transforms(
      settle({ redriveCount, deployed: 'c4', checkpoints: all({ signedOff: false }), control: { fence: 3, pass: 2 } }),
    );

    expect([...verdict.segments].sort()).toEqual([0, 1, 2, 3]);
    expect(verdict.settledSequence).toBeUndefined();
    expect(verdict.control).toMatchObject({
      checksum: 'c4',
      sequence: 3,
      pass: 3,
      convergence: { changedBefore: undefined },
      settled: { run: before },
      lease: { quietMs: 10_000 + requestTimeoutMs, mayHaveZombies: false },
    });
    expect(verdict.control.fence).toBeGreaterThan(3);
  });

  it('adopts new code without a wait where every worker signed off', () => {
    expect(transforms(settle({ redriveCount, deployed: 'c4' })).control.lease.quietMs).toBe(0);
  });

  it('waits where the run is paused', () => {
    expect(settle({ redriveCount, control: { marks: { paused: { by: 'me', since: 'then' } } } })).toMatchObject({
      kind: 'wait',
      control: { decision: { redriveCount: 1 }, fence: 2 },
    });
  });

  it('ends the run where all was done and clean', () => {
    expect(settle({ redriveCount })).toMatchObject({ kind: 'succeed', control: { fence: 2, decision: { redriveCount: 1 } } });
  });
});

describe('a write that nobody answered', () => {
  const steps = [
    { sequence: 3, checksum: 'c3', prepares: false },
    { sequence: 5, checksum: 'c5', prepares: true },
  ];
  /** The state's `now` is 1,000. */
  const late = allBut(checkpoint(2, { lateUntil: 31_000 }));

  it('does not hold up a further pass of the same sequence and code', () => {
    const { control } = transforms(settle({ checkpoints: all({ ...dirty, lateUntil: 31_000 }) }));

    expect(control.lease).toMatchObject({ lateUntil: 31_000, quietUntil: undefined });
  });

  it('is waited for before the next sequence, which is begun in the ledger', () => {
    const verdict = settle({ run: { steps }, checkpoints: late });

    expect(verdict).toMatchObject({
      kind: 'quiet',
      settledSequence: { sequence: 3 },
      control: { sequence: 5, pass: 2, fence: 2, decision: { number: 2, kind: 'quiet' }, lease: { quietUntil: 31_000 } },
    });
  });

  it('is waited for before other code writes', () => {
    expect(settle({ redriveCount: 1, deployed: 'c4', checkpoints: late })).toMatchObject({
      kind: 'quiet',
      control: { checksum: 'c4', lease: { quietUntil: 31_000 } },
    });
  });

  it('of a pass before is remembered, the latest of all', () => {
    const control = { lease: { lateUntil: 41_000 } };

    expect(settle({ run: { steps }, checkpoints: late, control }).control.lease.quietUntil).toBe(41_000);
    expect(settle({ checkpoints: late, control }).control.lease.lateUntil).toBe(41_000);
  });

  it('is forgotten when its signature is too old', () => {
    const verdict = settle({ run: { steps }, checkpoints: allBut(checkpoint(2, { lateUntil: 1000 })) });

    expect(verdict).toMatchObject({ kind: 'prepare', control: { lease: { lateUntil: undefined, quietUntil: undefined } } });
  });

  it('is left to the lock when the run ends', () => {
    expect(settle({ checkpoints: late })).toMatchObject({ kind: 'succeed', control: { lease: { lateUntil: 31_000 } } });
  });

  describe('while the run waits for it', () => {
    const waits = { decision: { kind: 'quiet' as const }, lease: { lateUntil: 31_000, quietUntil: 31_000 } };

    it('nothing is begun', () => {
      expect(settle({ control: waits, checkpoints: [] })).toMatchObject({ kind: 'quiet', control: { lease: { quietUntil: 31_000 } } });
    });

    it('a pause and a stop are followed', () => {
      const paused = { ...waits, marks: { paused: { by: 'me', since: 'then' } } };
      const stopped = { ...waits, marks: { stopped: { by: 'me', since: 'then', redriveCount: 0 } } };

      expect(settle({ control: paused, checkpoints: [] }).kind).toBe('wait');
      expect(failureOf({ control: stopped, checkpoints: [] }).name).toBe('Stopped');
    });
  });

  it.each([
    [true, 'prepare'],
    [false, 'transform'],
  ])('is waited for no longer than it has to: then what was held back follows (prepares: %s)', (prepares, kind) => {
    const control = { prepares, decision: { kind: 'quiet' as const }, lease: { lateUntil: 1000, quietUntil: 1000 } };

    const verdict = settle({ control, checkpoints: [] });

    expect(verdict).toMatchObject({ kind, control: { convergence: { mapsWithoutProgress: 0 }, lease: { quietUntil: undefined } } });
  });
});

describe('a pass about some items only', () => {
  const scope = { kind: 'index' as const, index: 'Open', lagMs: 10_000, segments: 2 };
  const two = () => [0, 1].map((segment) => checkpoint(segment, { dirty: true, counters: { changed: 1, unchanged: 0 } }));

  it('begins when the index shows what was written before, in no more segments than are worth it', () => {
    const verdict = settle({ control: { scope, totalSegments: 2 }, checkpoints: two() });
    expect(verdict).toMatchObject({ kind: 'quiet', control: { pass: 2, totalSegments: 2, lease: { quietUntil: 11_000 } } });
    expect(settle({ control: { scope: { ...scope, lagMs: undefined }, totalSegments: 2 }, checkpoints: two() }).kind).toBe('transform');
  });

  it('goes over all segments of the scope after the wait', () => {
    const control = { scope, totalSegments: 2, pass: 2, lease: { quietUntil: 999 }, decision: { kind: 'quiet' as const } };
    expect(settle({ control, checkpoints: [] })).toMatchObject({ kind: 'transform', segments: [0, 1] });
  });

  it('gives the next sequence its own scope and segments', () => {
    const steps = [
      { sequence: 3, checksum: 'c3', prepares: false, scope },
      { sequence: 4, checksum: 'c4', prepares: false },
    ];
    const verdict = settle({ run: { steps }, control: { scope, totalSegments: 2 }, checkpoints: [checkpoint(0), checkpoint(1)] });
    expect(verdict).toMatchObject({ kind: 'transform', control: { sequence: 4, scope: undefined, totalSegments: 4 } });
  });

  it('says nothing about later versions if it finds no item', () => {
    const ahead = [{ sequence: 4, checksum: 'c4', prepares: false, seeds: false }];
    const steps = [{ sequence: 3, checksum: 'c3', prepares: false, scope }, ...ahead];
    const none = [0, 1].map((segment) => checkpoint(segment, { counters: { scanned: 0, unchanged: 0 } }));
    const state = stateOf({ run: { steps }, control: { scope, totalSegments: 2 }, checkpoints: none });

    expect(settlePass({ ...state, ahead }).settledToo).toBeUndefined();
    expect(
      settlePass({ ...stateOf({ run: { steps }, checkpoints: all({ counters: { scanned: 0, unchanged: 0 } }) }), ahead }).settledToo,
    ).toHaveLength(1);
  });
});
