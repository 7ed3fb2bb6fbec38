import { describe, expect, it } from 'vitest';
import { RunError } from '../../../../core/errors.ts';
import { budgetFor } from '../../../../core/ledger/budget.ts';
import { type Checkpoint, takeOver } from '../../../../core/ledger/checkpoint.ts';
import { requestTimeoutMs } from '../../../../core/ledger/control.ts';
import { noCounters } from '../../../../core/ledger/counters.ts';
import type { Lock } from '../../../../core/ledger/lock.ts';
import type { Run } from '../../../../core/ledger/run.ts';
import { parseRunInput } from '../../../../core/run/run-input.ts';
import { takeTable } from '../../../../core/run/take-table.ts';
import type { Holder } from '../../../../core/run/taking/holder.ts';
import type { RunRequest } from '../../../../core/run/taking/run-request.ts';
import { type ControlFields, controlOf, runOf, withFields } from '../../../support/control-record.ts';
import { usersShape } from '../../../support/transformations.ts';

function planned({ input = {}, ...fields }: Partial<Omit<RunRequest, 'input'>> & { input?: object } = {}): RunRequest {
  return {
    id: 'r2',
    execution: 'arn:e2',
    redriveCount: 0,
    now: '2030-01-02T00:00:00.000Z',
    input: parseRunInput({ table: 'Users', ...input }),
    shape: usersShape,
    tableId: 'this table',
    wasReset: false,
    steps: [{ sequence: 3, checksum: 'c3', prepares: false }],
    totalSegments: 8,
    maxConcurrency: 6,
    budget: budgetFor(parseRunInput({ table: 'Users', ...input }), [], []),
    itemUnits: 1,
    leaseMs: 10_000,
    controlIntervalMs: 3000,
    ...fields,
  };
}

const lock: Lock = { table: 'Users', run: 'r1', execution: 'arn:e1', fence: 7 };

function holder(fields: ControlFields = {}, { checkpoints = [], ...more }: Partial<Holder> = {}): Holder {
  return {
    run: runOf({ status: 'failed', endedAt: 'then', error: { name: 'ItemsFailed', message: 'x' } }),
    control: withFields(controlOf({ fence: 7, decision: { number: 4 }, pass: 3 }), fields),
    checkpoints,
    alive: false,
    ...more,
  };
}

function checkpoint(segment: number, fields: Partial<Checkpoint> = {}): Checkpoint {
  return {
    ...takeOver({ run: 'r1', pass: 3, segment }, { sequence: 3, checksum: 'c3' }, undefined),
    signedOff: true,
    ...fields,
  };
}

it('records who started a run and why; of one that goes on, who started its present part', () => {
  const starter = { startedBy: 'arn:ann', reason: '#12' };
  expect(takeTable(planned({ input: starter }), undefined, undefined).run).toMatchObject(starter);
  const before = holder();
  const resumed = takeTable(planned({ input: starter }), lock, { ...before, run: { ...before.run, startedBy: 'arn:ben' } });
  expect(resumed).toMatchObject({ resumed: true, run: starter });
  const unnamed = takeTable(planned(), lock, { ...before, run: { ...before.run, ...starter } });
  expect(unnamed.run).toMatchObject({ startedBy: undefined, reason: undefined });
});

describe('a table that nobody holds', () => {
  it('is taken by a fresh run', () => {
    const { run, control, resumed, superseded } = takeTable(
      planned({ input: { writeUnits: 100, readUnits: 50, maxFailures: 3, maxConcurrency: 6 } }),
      undefined,
      undefined,
    );

    expect({ resumed, superseded }).toEqual({ resumed: false, superseded: undefined });
    expect(run).toEqual(
      runOf({
        id: 'r2',
        execution: 'arn:e2',
        tableId: 'this table',
        totalSegments: 8,
        part: 1,
        redriveCount: 0,
        startedAt: '2030-01-02T00:00:00.000Z',
        status: 'running',
      }),
    );
    expect(control).toEqual(
      controlOf({
        run: 'r2',
        totalSegments: 8,
        budget: {
          maxConcurrency: 6,
          isConcurrencyAsked: true,
          workers: 6,
          writeUnits: 100,
          readUnits: 50,
          writeUnitsSource: { kind: 'input' },
          readUnitsSource: { kind: 'input' },
          itemUnits: 1,
        },
        marks: { maxFailures: 3 },
      }),
    );
  });

  it('is taken above the fence of whoever held it before', () => {
    expect(takeTable(planned(), { ...lock, endedAt: 'then' }, undefined).control.fence).toBe(8);
  });

  it('has as many workers as its input asks for, otherwise as many as use its budget', () => {
    const workersOf = (input: object) =>
      takeTable(planned({ totalSegments: 64, maxConcurrency: 40, input }), undefined, undefined).control.budget.workers;
    expect(workersOf({ writeUnits: 1000 })).toBe(2);
    expect(workersOf({ writeUnits: 1000, maxConcurrency: 40 })).toBe(40);
  });

  it('shares the budget among no more workers than there are segments', () => {
    expect(takeTable(planned({ totalSegments: 2, maxConcurrency: 40 }), undefined, undefined).control.budget.workers).toBe(2);
  });
});

describe('a table that a living execution holds', () => {
  it('is refused, naming it', () => {
    const attempt = () => takeTable(planned(), lock, holder({}, { alive: true }));

    expect(attempt).toThrow(RunError);
    expect(attempt).toThrow(/^Users is held by run r1 \(arn:e1\)\. .*dynamodt status Users.*dynamodt stop Users/);
  });
});

describe('a table whose holder ended', () => {
  it('goes on with the same run where only the names of its files differ, or an older record has none', () => {
    const steps = [{ sequence: 3, checksum: 'c3', file: 'Users/v3_names.ts', prepares: false }];

    for (const before of [undefined, 'Users/v3.ts']) {
      const ended = holder({ file: before });
      const run = { ...ended.run, steps: [{ sequence: 3, checksum: 'c3', file: before, prepares: false }] };
      const taken = takeTable(planned({ steps, totalSegments: 4 }), lock, { ...ended, run });

      expect(taken).toMatchObject({ resumed: true, run: { id: 'r1', steps }, control: { file: 'Users/v3_names.ts' } });
    }
  });

  it('goes on with the unfinished pass of the same run, under a new fence and decision number', () => {
    const before = holder({
      marks: { paused: { by: 'alarm', since: 'then' }, stopped: { by: 'me', since: 'then', redriveCount: 2 }, failures: 5 },
      decision: { redriveCount: 2, kind: 'wait' },
      convergence: { mapsWithoutProgress: 2, progressBefore: 9, changedBefore: 100, firstPass: 1 },
      budget: { writeUnits: 1 },
    });

    const { run, control, resumed, superseded } = takeTable(planned({ input: { maxFailures: 7, readUnits: 50 } }), lock, before);

    expect({ resumed, superseded }).toEqual({ resumed: true, superseded: undefined });
    expect(run).toEqual({
      ...before.run,
      part: 2,
      partStartedAt: '2030-01-02T00:00:00.000Z',
      redriveCount: 0,
      status: 'running',
      execution: 'arn:e2',
      endedAt: undefined,
      error: undefined,
    });
    expect(control).toEqual(
      withFields(before.control, {
        fence: 8,
        decision: { number: 5, kind: 'transform', redriveCount: 0 },
        budget: {
          maxConcurrency: 6,
          // The pass verifies, which this budget for reads gives one worker enough to do.
          workers: 1,
          writeUnits: undefined,
          readUnits: 50,
          writeUnitsSource: { kind: 'unknown' },
          readUnitsSource: { kind: 'input' },
          itemUnits: 1,
        },
        marks: {
          ...{ paused: undefined, stopped: undefined, failures: 0, maxFailures: 7 },
          events: [
            {
              ...{ kind: 'throttled', at: '2030-01-02T00:00:00.000Z', by: 'the next start' },
              budget: { writeUnits: { from: 1, to: 'unlimited' }, readUnits: { from: 'unlimited', to: 50 } },
            },
          ],
        },
        convergence: { firstPass: 3, changedBefore: undefined, progressBefore: 0, mapsWithoutProgress: 0 },
      }),
    );
  });

  it('is begun anew if it was a run of a table that is gone', () => {
    const before = holder();
    const of = (tableId: string | undefined) => takeTable(planned(), lock, { ...before, run: { ...before.run, tableId } });

    expect(of('another table')).toMatchObject({ resumed: false, superseded: { run: { id: before.run.id } } });
    expect(of('this table').resumed).toBe(true);
    expect(of(undefined).resumed).toBe(true);
  });

  it('is begun anew if its version was reset since, as finished segments of the old run no longer count', () => {
    expect(takeTable(planned({ wasReset: true }), lock, holder()).resumed).toBe(false);
    expect(takeTable(planned(), lock, holder()).resumed).toBe(true);
  });

  it('takes over the number of segments, not a newly computed one', () => {
    const { run, control } = takeTable(planned({ totalSegments: 8 }), lock, holder());

    expect([run.totalSegments, control.totalSegments]).toEqual([4, 4]);
  });

  it('shares the budget among those workers that will run, also where failed segments are done again', () => {
    const failed = { done: true, counters: { ...noCounters(), failed: 1 } };
    const workersAfter = (checkpoints: Checkpoint[], maxConcurrency = 40) =>
      takeTable(planned({ maxConcurrency }), lock, holder({ budget: { workers: 1, maxConcurrency: 1 } }, { checkpoints })).control.budget
        .workers;

    expect(workersAfter([])).toBe(4);
    expect(workersAfter([checkpoint(0, { done: true }), checkpoint(1, failed), checkpoint(2, failed), checkpoint(3)])).toBe(3);
    expect(workersAfter([], 2)).toBe(2);
    expect(workersAfter([0, 1, 2, 3].map((segment) => checkpoint(segment, { done: true })))).toBe(1);
  });

  it('counts as the same run by what is not settled yet, not by what is', () => {
    const steps = [
      { sequence: 2, checksum: 'changed since', prepares: false },
      { sequence: 3, checksum: 'c3', prepares: false },
    ];
    const before = { ...holder({ step: 1 }), run: runOf({ steps }) };

    expect(takeTable(planned(), lock, before).resumed).toBe(true);
    expect(takeTable(planned({ steps }), lock, before).resumed).toBe(false);
  });

  it.each<[string, Parameters<typeof planned>[0], Holder]>([
    ['another direction', { input: { direction: 'down' } }, holder()],
    ['another sequence', { steps: [{ sequence: 4, checksum: 'c3', prepares: false }] }, holder()],
    [
      'more sequences',
      {
        steps: [
          { sequence: 3, checksum: 'c3', prepares: false },
          { sequence: 4, checksum: 'c4', prepares: false },
        ],
      },
      holder(),
    ],
    ['other code', { steps: [{ sequence: 3, checksum: 'c4', prepares: false }] }, holder()],
    ['another number of segments, asked for', { input: { totalSegments: 8 } }, holder()],
    ['a holder that was closed already', {}, holder({ ended: true })],
  ])('is taken by a fresh run that supersedes the holder, because of %s', (_, plan, before) => {
    const { run, control, resumed, superseded } = takeTable(planned(plan), lock, before);

    expect(resumed).toBe(false);
    expect(superseded).toBe(before);
    expect(run.id).toBe('r2');
    expect(control).toMatchObject({ run: 'r2', fence: 8, decision: { number: 1 }, pass: 1, step: 0 });
  });

  it('lets the leases of its workers run out before other code writes, unless all of them signed off', () => {
    const other = planned({ steps: [{ sequence: 4, checksum: 'c4', prepares: false }] });
    const quietAfter = (before: Holder, plan = other) => takeTable(plan, lock, before).control.lease.quietMs;

    expect(quietAfter(holder({}, { checkpoints: [checkpoint(0), checkpoint(1)] }))).toBe(0);
    expect(quietAfter(holder({}, { checkpoints: [checkpoint(0), checkpoint(1, { signedOff: false })] }))).toBe(10_000 + requestTimeoutMs);
    expect(quietAfter(holder({}, { checkpoints: [checkpoint(0, { abandoned: true })] }))).toBe(10_000 + requestTimeoutMs);
    expect(quietAfter(holder({ lease: { mayHaveZombies: true } }))).toBe(10_000 + requestTimeoutMs);
  });

  it('waits for workers that may not have a checkpoint yet, unless the Map came to its end', () => {
    const other = planned({ steps: [{ sequence: 4, checksum: 'c4', prepares: false }] });
    const quietAfter = (run: Partial<Run>, checkpoints: Checkpoint[], fields: ControlFields = {}) =>
      takeTable(other, lock, holder(fields, { run: runOf({ totalSegments: 2, ...run }), checkpoints })).control.lease.quietMs;
    const aborted: Partial<Run> = { status: 'aborted', error: { name: 'Aborted', message: '' } };
    const both = [checkpoint(0), checkpoint(1)];

    expect(quietAfter(aborted, [checkpoint(0)])).toBe(10_000 + requestTimeoutMs);
    expect(quietAfter({ status: 'running' }, [])).toBe(10_000 + requestTimeoutMs);
    expect(quietAfter(aborted, both)).toBe(0);
    expect(quietAfter(aborted, [], { decision: { kind: 'prepare' } })).toBe(0);
    expect(quietAfter({ status: 'stopped', error: { name: 'Stopped', message: '' } }, [checkpoint(0)])).toBe(0);
  });

  it('needs no wait for the same code in the same pass, but remembers for the next sequence who may be left', () => {
    const { control } = takeTable(planned(), lock, holder({}, { checkpoints: [checkpoint(0, { signedOff: false })] }));

    expect(control).toMatchObject({ lease: { quietMs: 0, mayHaveZombies: true } });
    expect(takeTable(planned(), lock, holder({ lease: { mayHaveZombies: true } })).control.lease.mayHaveZombies).toBe(true);
    expect(takeTable(planned(), lock, holder({}, { checkpoints: [checkpoint(0)] })).control.lease.mayHaveZombies).toBe(false);
  });

  it('waits for the lease that the old run gave its workers, where that is the longer one', () => {
    const before = holder({ lease: { leaseMs: 60_000, mayHaveZombies: true } });

    expect(takeTable(planned({ steps: [{ sequence: 4, checksum: 'c4', prepares: false }] }), lock, before).control.lease.quietMs).toBe(
      60_000 + requestTimeoutMs,
    );
  });
});

describe('a write that nobody answered', () => {
  const now = Date.parse('2030-01-02T00:00:00.000Z');
  const until = now + 60_000;
  const other = planned({ input: { direction: 'down' } });

  it('is waited for by whoever takes the table after the run that sent it', () => {
    const { control } = takeTable(planned(), { ...lock, endedAt: 'then', lateUntil: until }, undefined);

    expect(control).toMatchObject({ decision: { kind: 'quiet' }, lease: { lateUntil: until, quietUntil: until } });
  });

  it('is waited for by a run that takes the table over to write something else', () => {
    const { control } = takeTable(
      other,
      lock,
      holder({ lease: { lateUntil: now + 1 } }, { checkpoints: [checkpoint(0, { lateUntil: until })] }),
    );

    expect(control).toMatchObject({ decision: { kind: 'quiet' }, lease: { quietUntil: until } });
  });

  it('does not hold up the same run that goes on, unless that was waiting itself', () => {
    const goesOn = takeTable(planned(), lock, holder({ lease: { lateUntil: until } })).control;
    const waits = takeTable(planned(), lock, holder({ lease: { lateUntil: until, quietUntil: until } })).control;

    expect(goesOn).toMatchObject({ decision: { kind: 'transform' }, lease: { lateUntil: until } });
    expect(waits).toMatchObject({ decision: { kind: 'quiet' }, lease: { quietUntil: until } });
  });

  it('holds up no run that leaves the table alone, and none when its signature is too old', () => {
    const given = { ...lock, endedAt: 'then' };

    expect(takeTable(planned({ input: { dryRun: true } }), { ...given, lateUntil: until }, undefined).control.decision.kind).toBe(
      'transform',
    );
    expect(takeTable(planned(), { ...given, lateUntil: now }, undefined).control).toMatchObject({
      decision: { kind: 'transform' },
      lease: { lateUntil: undefined, quietUntil: undefined },
    });
  });
});

describe('the limit of money of a start', () => {
  const prices = { millionWriteUnits: 1, millionReadUnits: 1, lambdaGigabyteSecond: 1, thousandTransitions: 1 };
  const asked = { amount: 50, currency: 'USD', prices };
  const maxCost = { ...asked, since: 'then' };

  it('counts from its start', () => {
    expect(takeTable(planned({ maxCost: asked }), undefined, undefined).control.marks.maxCost).toEqual({
      ...asked,
      since: '2030-01-02T00:00:00.000Z',
    });
  });

  it('stays with a run that goes on, with what is used of it, or is moved', () => {
    expect(takeTable(planned(), lock, holder({ marks: { maxCost } })).control.marks.maxCost).toEqual(maxCost);
    const more = { ...asked, amount: 80 };
    expect(takeTable(planned({ maxCost: more }), lock, holder({ marks: { maxCost } })).control.marks.maxCost).toEqual({
      ...more,
      since: 'then',
    });
  });

  it('goes over to the run of a redrive with other code', () => {
    const mended = { steps: [{ sequence: 3, checksum: 'c4', prepares: false }], goesOnFor: 'arn:e1' };
    expect(takeTable(planned(mended), lock, holder({ marks: { maxCost } })).control.marks.maxCost).toEqual({ ...maxCost, run: 'r1' });
  });
});

describe('the limit of changes', () => {
  const pauseAfter = { items: 100, since: 'then' };

  it('counts from the start of a fresh run', () => {
    const { control } = takeTable(planned({ input: { pauseAfter: 100 } }), undefined, undefined);

    expect(control.marks.pauseAfter).toEqual({ items: 100, since: '2030-01-02T00:00:00.000Z' });
    expect(control.changesPerSegment).toBe(13);
  });

  it('is kept with what is used of it by a run that goes on, and ends its pause', () => {
    const paused = { by: 'pauseAfter 100', since: 'later' };
    const { control } = takeTable(planned(), lock, holder({ marks: { pauseAfter, paused } }));

    expect(control.marks).toMatchObject({ pauseAfter, paused: undefined });
    expect(takeTable(planned({ input: { pauseAfter: 100 } }), lock, holder({ marks: { pauseAfter } })).control.marks).toMatchObject({
      pauseAfter,
    });
  });

  it('can be moved by a start that goes on, which keeps what is used of it', () => {
    const { control } = takeTable(planned({ input: { pauseAfter: 250 } }), lock, holder({ marks: { pauseAfter } }));

    expect(control.marks.pauseAfter).toEqual({ items: 250, since: 'then' });
  });

  it('can be moved with what is used of it by the run before', () => {
    const carried = { ...pauseAfter, run: 'r0' };
    const { control } = takeTable(planned({ input: { pauseAfter: 250 } }), lock, holder({ marks: { pauseAfter: carried } }));

    expect(control.marks.pauseAfter).toEqual({ items: 250, since: 'then', run: 'r0' });
  });

  it.each([
    ['a lower one', { pauseAfter: 50 }, pauseAfter, 15_000],
    ['one where there was none', { pauseAfter: 50 }, undefined, 15_000],
    ['a higher one', { pauseAfter: 500 }, pauseAfter, 0],
    ['the same', {}, pauseAfter, 0],
  ])('waits for workers that were left behind and do not know it: %s', (_, input, before, quietMs) => {
    const left = holder({ marks: { pauseAfter: before }, lease: { ...controlOf({}).lease, leaseMs: 10_000, mayHaveZombies: true } });

    expect(takeTable(planned({ input }), lock, left).control.lease.quietMs).toBe(quietMs);
  });

  it('counts from a start that gives one to a run without any', () => {
    const { control } = takeTable(planned({ input: { pauseAfter: 250 } }), lock, holder());

    expect(control.marks.pauseAfter).toEqual({ items: 250, since: '2030-01-02T00:00:00.000Z' });
  });

  it('stays as it was left when a redrive hands the run over, whatever the input of its execution says', () => {
    const handedOver = { input: { pauseAfter: 100 }, goesOnFor: 'arn:e1' };

    expect(takeTable(planned(handedOver), lock, holder()).control.marks.pauseAfter).toBeUndefined();
    const next = { items: 10_000, since: 'then' };
    expect(takeTable(planned(handedOver), lock, holder({ marks: { pauseAfter: next } })).control.marks.pauseAfter).toEqual(next);
  });

  it('goes over to the run that goes on with mended code after a redrive, with what is used of it', () => {
    const mended = { steps: [{ sequence: 3, checksum: 'c4', prepares: false }], goesOnFor: 'arn:e1', input: { pauseAfter: 100 } };
    const { run, control } = takeTable(planned(mended), lock, holder({ marks: { pauseAfter } }));

    expect(run.id).toBe('r2');
    expect(control.marks.pauseAfter).toEqual({ ...pauseAfter, run: 'r1' });
  });

  it('counts anew in a run that a person starts with mended code', () => {
    const mended = { steps: [{ sequence: 3, checksum: 'c4', prepares: false }], input: { pauseAfter: 100 } };

    expect(takeTable(planned(mended), lock, holder({ marks: { pauseAfter } })).control.marks.pauseAfter).toEqual({
      items: 100,
      since: '2030-01-02T00:00:00.000Z',
    });
  });
});
