import { describe, expect, it } from 'vitest';
import { noCounters } from '../../../../../core/ledger/counters.ts';
import { budgetEvents, endingEvents, refusalEvents, startEvents } from '../../../../../core/run/events/decided-events.ts';
import { detailOf, type RunEvent, RunEventDetail } from '../../../../../core/run/events/run-event.ts';
import { recordDecision } from '../../../../../core/run/record-decision.ts';
import { settlePass } from '../../../../../core/run/settle-pass.ts';
import { controlOf, runOf } from '../../../../support/control-record.ts';
import { checkpoint, memoryLedger } from '../../../../support/memory-run-ledger.ts';

const since = '2030-01-01T00:00:00.000Z';
const now = Date.parse(since);
const clock = { monotonic: () => 0, wall: () => now, random: () => 0, sleep: async () => {} };
const complete = [0, 1, 2, 3].map((segment) => checkpoint(segment, { counters: { ...noCounters(), scanned: 5, unchanged: 5 } }));

function memoryRun(checkpoints = complete) {
  const { ledger, kept } = memoryLedger(checkpoints);
  /** SettlePass is invoked; returns what it told. */
  const settle = async (request: { decisionNumber?: number; redriveCount?: number } = {}): Promise<RunEvent[]> => {
    const told: RunEvent[] = [];
    await recordDecision(
      { table: 'Users', run: 'r1', execution: 'arn:e1', decisionNumber: 1, redriveCount: 0, ...request },
      {
        clock,
        ledger,
        deployedStep: async ({ sequence, checksum, prepares }) => ({ sequence, checksum, prepares }),
        stepsAhead: async () => [],
        tell: async (events) => void told.push(...events),
      },
      settlePass,
    ).catch(() => undefined);
    return told.map(valid);
  };
  const mark = (marks: Parameters<typeof controlOf>[0]) => {
    kept.control = controlOf({ ...marks, decision: kept.control.decision });
  };
  return { kept, ledger, settle, mark };
}

/** The event, if its detail has the fields that are documented and no others. */
function valid(event: RunEvent): RunEvent {
  RunEventDetail.parse(detailOf(event, 'dynamodt', since));
  return event;
}

function kinds(events: readonly RunEvent[]) {
  return events.map(({ kind }) => kind);
}

describe('a decision tells', () => {
  it('that a version is applied, and the run succeeded', async () => {
    const told = await memoryRun().settle();

    expect(told).toMatchObject([
      { kind: 'versionApplied', sequence: 3, counters: { scanned: 20 } },
      { kind: 'runSucceeded', run: 'r1', execution: 'arn:e1', table: 'Users', direction: 'up', sequences: [3] },
    ]);
    expect(told[0]?.text).toBe('dynamodt: Users: v3 is applied: 20 items scanned, 0 changed.');
  });

  it('nothing of a Map that follows', async () => {
    expect(await memoryRun([checkpoint(0)]).settle()).toEqual([]);
  });

  it.each([
    ['person', 'user:ann', 'by user:ann.'],
    ['alarm', 'alarm:Errors', 'by alarm:Errors.'],
  ])('by which %s it was paused, and by whom it is resumed', async (why, by, end) => {
    const { settle, mark } = memoryRun();
    mark({ marks: { paused: { by, since } } });
    const paused = await settle();
    expect(paused).toMatchObject([{ kind: 'runPaused', why, by, since, holders: [by], sequence: 3 }]);
    expect(paused[0]?.text.endsWith(end)).toBe(true);

    mark({ marks: { events: [{ kind: 'resumed', by: 'user:bob', at: since }] } });
    expect(await settle({ decisionNumber: 2 })).toMatchObject([
      { kind: 'runResumed', by: 'user:bob', since },
      { kind: 'versionApplied' },
      { kind: 'runSucceeded' },
    ]);
  });

  it('that a run at its limit of changes waits for an approval', async () => {
    const { settle, mark } = memoryRun();
    mark({ marks: { paused: { by: 'pauseAfter 100', since }, pauseAfter: { items: 100, since } } });

    expect(await settle()).toMatchObject([
      { kind: 'runPaused', why: 'limit', by: 'pauseAfter 100' },
      {
        kind: 'runWaiting',
        for: 'approval',
        changes: 100,
        undoneBy: 'dynamodt down Users',
        text: expect.stringContaining('`dynamodt down Users` takes back what it did.'),
      },
    ]);
  });

  it.each([
    ['up', [2, 3, 4], '`dynamodt down Users --to 1` takes back what it did.'],
    ['down', [4, 3], '`dynamodt up Users` applies again what it took back.'],
  ] as const)('by which command all versions of a run %s are undone that waits for an approval', async (direction, sequences, text) => {
    const { settle, kept, mark } = memoryRun();
    const steps = sequences.map((sequence) => ({ sequence, checksum: '1:a', prepares: false }));
    kept.run = { ...kept.run, direction, steps };
    mark({ marks: { paused: { by: 'pauseAfter 100', since }, pauseAfter: { items: 100, since } } });

    expect((await settle()).at(-1)?.text).toContain(text);
  });

  it('that a run at its limit of money waits for an approval', async () => {
    const { settle, mark } = memoryRun();
    const prices = { millionWriteUnits: 1, millionReadUnits: 1, lambdaGigabyteSecond: 1, thousandTransitions: 1 };
    mark({ marks: { paused: { by: 'maxCost 50 USD', since }, maxCost: { amount: 50, currency: 'USD', since, prices } } });

    expect(await settle()).toMatchObject([
      { kind: 'runPaused', why: 'limit', by: 'maxCost 50 USD' },
      {
        kind: 'runWaiting',
        for: 'approval',
        cost: { amount: 50, currency: 'USD' },
        text: expect.stringContaining('cost nearly 50 USD and waits'),
      },
    ]);
  });

  it('that a run waits for its hours, and goes on by itself', async () => {
    const { settle, kept, mark } = memoryRun([checkpoint(0)]);
    const by = 'onlyBetween 12:00-13:00 UTC';
    mark({ marks: { onlyBetween: { hours: '12:00-13:00 UTC' } } });

    const [paused, ...none] = await settle();

    expect(none).toEqual([]);
    expect(paused).toMatchObject({ kind: 'runPaused', why: 'hours', by, holders: [by] });
    expect(paused?.text).toContain('waits in v3 for the hours in which it may write');
    expect(kept.control.decision.kind).toBe('wait');

    mark({ marks: { onlyBetween: { hours: '00:00-01:00 UTC' }, paused: { by, since }, events: [{ kind: 'resumed', by, at: since }] } });
    expect(await settle({ decisionNumber: 2 })).toMatchObject([{ kind: 'runResumed', by }]);
    expect(kept.control.marks.paused).toBeUndefined();
  });

  it('that a version is applied outside of the hours of its run, if nothing is left to do', async () => {
    const { settle, mark } = memoryRun();
    mark({ marks: { onlyBetween: { hours: '12:00-13:00 UTC' } } });
    expect(kinds(await settle())).toEqual(['versionApplied', 'runSucceeded']);
  });

  it('once that it waits for late requests, although the decision is taken anew every few seconds', async () => {
    const { settle, mark } = memoryRun();
    mark({ lease: { quietUntil: now + 60_000 } });

    const told = [...(await settle()), ...(await settle({ decisionNumber: 2 }))];

    expect(told).toMatchObject([{ kind: 'runWaiting', for: 'lateRequests', until: '2030-01-01T00:01:00.000Z' }]);
  });

  it('that it waits for late requests of a follower, after it waited for its lease', async () => {
    const { settle, kept, ledger } = memoryRun();
    ledger.followers.set('Users', {
      table: 'Users',
      since,
      seenAt: since,
      leaseMs: 6000,
      lateUntil: now + 60_000,
      following: [3],
      notFollowed: [],
    });
    kept.control = controlOf({
      lease: { followLeaseMs: 6000, awaitsFollower: true },
      decision: { number: 1, kind: 'quiet', redriveCount: 0 },
    });

    expect(await settle()).toMatchObject([{ kind: 'runWaiting', for: 'lateRequests', until: '2030-01-01T00:01:00.000Z' }]);
  });

  it('nothing of the seconds for which it waits for a follower', async () => {
    const { settle, mark } = memoryRun();
    mark({ lease: { followLeaseMs: 6000 }, decision: { number: 1, kind: 'quiet', redriveCount: 0 } });

    expect(kinds(await settle())).not.toContain('runWaiting');
    expect(kinds(startEvents(runOf(), controlOf({ decision: { number: 1, kind: 'quiet', redriveCount: 0 } })).map(valid))).toEqual([
      'runStarted',
    ]);
  });

  it('by which error it failed, without the message', async () => {
    const failed = checkpoint(1, { counters: { ...noCounters(), scanned: 30, failed: 30 } });
    const { settle, kept } = memoryRun([checkpoint(0), failed, checkpoint(2), checkpoint(3)]);

    const told = await settle();

    expect(told).toMatchObject([{ kind: 'runFailed', error: { name: 'ItemsFailed' }, sequence: 3, counters: { failed: 30 } }]);
    expect(JSON.stringify(told)).not.toContain(kept.run.error?.message);
  });

  it('by whom it was stopped, and that a redrive goes on', async () => {
    const { settle, mark, kept } = memoryRun([checkpoint(0)]);
    mark({ marks: { stopped: { by: 'user:ann', since, redriveCount: 0 } } });
    expect(await settle()).toMatchObject([{ kind: 'runStopped', by: 'user:ann', since }]);
    expect(kept.run.status).toBe('stopped');

    expect(await settle({ redriveCount: 1 })).toMatchObject([{ kind: 'runContinued', part: 2, sequences: [3] }]);
  });

  it('of all versions that are swept together that they were paused, resumed, stopped or throttled', async () => {
    const together = [4, 6].map((sequence) => ({ sequence, checksum: '1:a', prepares: false }));
    const { settle, mark, kept } = memoryRun([checkpoint(0)]);
    mark({ together, marks: { paused: { by: 'user:ann', since } } });
    expect(await settle()).toMatchObject([
      { kind: 'runPaused', sequence: 3, together: [4, 6], text: expect.stringContaining('in v3, v4, v6 by') },
    ]);
    kept.control = { ...kept.control, marks: { ...kept.control.marks, paused: undefined } };
    expect(await settle({ decisionNumber: kept.control.decision.number })).toMatchObject([
      { kind: 'runResumed', sequence: 3, together: [4, 6], text: expect.stringContaining('in v3, v4, v6') },
    ]);
    const [changed] = budgetEvents(kept.control, 'arn:e1', { writeUnits: 5 }, { by: 'user:ann', since }).map(valid);
    expect(changed).toMatchObject({ kind: 'budgetChanged', sequence: 3, together: [4, 6] });
    kept.control = { ...kept.control, marks: { ...kept.control.marks, stopped: { by: 'user:ann', since, redriveCount: 0 } } };
    expect(await settle({ decisionNumber: kept.control.decision.number })).toMatchObject([
      { kind: 'runStopped', sequence: 3, together: [4, 6], text: expect.stringContaining('in v3, v4, v6') },
    ]);
  });

  it('the same ids if the invocation is repeated, and others in a redrive', async () => {
    const { settle } = memoryRun();
    const ids = (events: RunEvent[]) => events.map(({ id }) => id);
    const first = await settle();
    expect(new Set(ids(first)).size).toBe(2);
    expect(ids(await settle())).toEqual(ids(first));

    const stopped = memoryRun();
    stopped.mark({ marks: { stopped: { by: 'user:ann', since, redriveCount: 9 } } });
    const tries = [await stopped.settle(), await stopped.settle(), await stopped.settle({ redriveCount: 1 })].map(ids);
    expect(tries[1]).toEqual(tries[0]);
    expect(tries[2]).not.toEqual(tries[0]);
  });

  it('once more that a run was resumed, under the same id, if the invocation is repeated', async () => {
    const { settle, mark, kept } = memoryRun([checkpoint(0)]);
    mark({ marks: { paused: { by: 'user:ann', since } } });
    await settle();
    mark({ marks: { events: [{ kind: 'resumed', by: 'user:bob', at: since }] } });

    const first = await settle({ decisionNumber: 2 });
    expect(first).toMatchObject([{ kind: 'runResumed', by: 'user:bob' }]);
    expect(await settle({ decisionNumber: 2 })).toEqual(first);

    kept.control = { ...kept.control };
    expect(kinds(await settle({ decisionNumber: 3 }))).toEqual([]);
    expect(kinds(await settle({ decisionNumber: 3 }))).toEqual([]);
  });

  it('nothing of versions in a dry run', async () => {
    const { settle, kept } = memoryRun();
    kept.run = runOf({ dryRun: true });
    kept.control = controlOf({ dryRun: true });

    expect(kinds(await settle())).toEqual(['runSucceeded']);
  });
});

describe('a start tells', () => {
  const startedBy = 'arn:aws:sts::123456789012:assumed-role/Deploy/ann';

  it('who started which versions, and why', () => {
    const [event] = startEvents(runOf({ startedBy, reason: '#12' }), controlOf()).map(valid);
    expect(event).toMatchObject({ kind: 'runStarted', sequences: [3], startedBy, reason: '#12' });
    expect(event?.text).toBe(`dynamodt: Users: a run up of v3 started by ${startedBy}, for this reason: #12.`);
  });

  it('that it goes on with a run, and that this waits for late requests', () => {
    const events = startEvents(runOf({ part: 2 }), controlOf({ decision: { kind: 'quiet' }, lease: { quietUntil: now } })).map(valid);
    expect(kinds(events)).toEqual(['runContinued', 'runWaiting']);
  });

  it('why it was refused', () => {
    const { table, direction, dryRun, prepareOnly, execution } = runOf();
    const error = { name: 'TableBusy' as const, message: 'Users is held by run r0.', table };
    const refused = { id: 'r1', table, direction, dryRun, prepareOnly, execution, redriveCount: 0, at: since, error };
    const [event] = refusalEvents(refused).map(valid);
    expect(event).toMatchObject({ kind: 'startRefused', run: 'r1', error: { name: 'TableBusy', meaning: 'Another run holds the table.' } });
  });
});

describe('an execution that ended without a decision', () => {
  it.each([
    ['Aborted', 'Aborted'],
    ['States.Timeout', 'States.Timeout'],
    ['Sandbox.Timedout', 'Sandbox.Timedout'],
    ['a name that the team made of an item', 'OtherError'],
    ['States.DataLimitExceeded of an item', 'OtherError'],
  ])('with %j is told as %s', (name, told) => {
    const ending = { status: 'aborted', endedAt: since, error: { name, message: 'x' } } as const;
    expect(endingEvents(runOf(), ending).map(valid)).toMatchObject([{ kind: 'runFailed', status: 'aborted', error: { name: told } }]);
  });
});

it('says who changed the budget, from what to what', () => {
  const read = controlOf({ budget: { writeUnits: 1000 } });
  const [event] = budgetEvents(read, 'arn:e1', { writeUnits: 50, readUnits: 'unlimited' }, { by: 'user:ann', since }).map(valid);
  expect(event).toMatchObject({
    kind: 'budgetChanged',
    by: 'user:ann',
    writeUnits: { from: 1000, to: 50 },
    readUnits: { from: 'unlimited', to: 'unlimited' },
  });
  expect(event?.text).toBe(
    'dynamodt: Users: user:ann changed the budget of the run up: 1,000 to 50 write units a second, unlimited to unlimited read units a second.',
  );
});

it('never has item data, keys, preparations or values of parameters', () => {
  const canary = 'canary';
  const given = { parameters: JSON.stringify({ days: canary }), startedAt: 0 };
  const steps = [{ sequence: 3, checksum: canary, file: `Users/v3_${canary}.ts`, prepares: true, given, packages: [canary] }];
  const run = runOf({ steps, error: { name: 'ItemsFailed', message: canary, attribute: canary, parameter: canary } });
  const control = controlOf({
    given,
    preparation: { version: canary, table: canary, sequence: 3, checksum: canary },
    marks: { paused: { by: 'user:ann', since }, taskToken: canary },
  });
  const refused = { ...run, redriveCount: 0, at: since, error: { name: canary, message: canary, attribute: canary } };
  const ending = { status: 'failed', endedAt: since, error: { name: canary, message: canary } } as const;
  const told = [
    ...startEvents(run, control),
    ...refusalEvents(refused),
    ...endingEvents(run, ending),
    ...budgetEvents(control, 'arn:e1', { writeUnits: 1 }, { by: 'user:ann', since }),
  ];
  expect(told).toHaveLength(4);
  expect(JSON.stringify(told.map(valid))).not.toContain(canary);
});
