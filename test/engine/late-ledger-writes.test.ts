import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Checkpoints } from '../../aws/ledger/checkpoints.ts';
import { LedgerControlMarks } from '../../aws/ledger/control-marks.ts';
import { Ledger } from '../../aws/ledger/ledger.ts';
import { ledgerTable } from '../../aws/ledger/ledger-table.ts';
import type { Checkpoint } from '../../core/ledger/checkpoint.ts';
import { noCounters } from '../../core/ledger/counters.ts';
import { type Pause, withHolder } from '../../core/ledger/pause.ts';
import { startChanges } from '../../core/run/records/ledger-changes.ts';
import { type DynamoDbProxy, type ProxiedRequest, startDynamoDbProxy } from '../support/dynamodb-proxy.ts';
import { aCheckpoint, aControl, aRun } from '../support/run-records.ts';
import { uniqueName } from '../support/service.ts';

/** What a write to the ledger does that arrives late, or whose answer is lost so that the SDK sends it again. */

const name = uniqueName('ledger');
const region = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
const now = '2026-01-02T10:00:00.000Z';
let proxy: DynamoDbProxy;
let client: DynamoDBClient;
let checkpoints: Checkpoints;
let ledger: Ledger;
let marks: LedgerControlMarks;

beforeAll(async () => {
  proxy = await startDynamoDbProxy(process.env['DYNAMODB_URL'] ?? '');
  client = new DynamoDBClient({
    ...region,
    endpoint: proxy.url,
    maxAttempts: 8,
    requestHandler: { requestTimeout: 1000, throwOnRequestTimeout: true },
  });
  checkpoints = new Checkpoints(client, name, Date.now);
  ledger = new Ledger(client, name);
  marks = new LedgerControlMarks(client, name);
  const direct = new DynamoDBClient({ ...region, endpoint: process.env['DYNAMODB_URL'] ?? '' });
  await direct.send(new CreateTableCommand(ledgerTable(name)));
  direct.destroy();
});
afterEach(() => {
  proxy.before = () => {};
  proxy.after = () => {};
});
afterAll(async () => {
  client?.destroy();
  await proxy?.close();
});

async function begun(): Promise<string> {
  const table = uniqueName('Users');
  const run = aRun({ table, id: `run-of-${table}` });
  const control = aControl({ table, run: run.id, sequence: 1, budget: { writeUnits: 1000 } });
  const read = { lock: undefined, holder: undefined, versions: [], hold: undefined };
  expect(await ledger.write(startChanges({ run, control, resumed: false }, read, now))).toBe(true);
  return run.id;
}

function takenBy(takenBy: string, run: string, fields: Partial<Checkpoint> = {}): Checkpoint {
  return { ...aCheckpoint(0, false, {}), run, takenBy, ...fields };
}

function saved(run: string): Promise<Checkpoint | undefined> {
  return checkpoints.read({ run, pass: 3, segment: 0 });
}

/** Holds the next request that `matches` until it is released, long after its client gave up. */
function holdNext(matches: (request: ProxiedRequest) => boolean) {
  let isHeld = false;
  let release = (): void => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  let arrive = (): void => {};
  const arrived = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  let held: ProxiedRequest | undefined;
  proxy.before = async (request) => {
    if (isHeld || !matches(request)) return undefined;
    isHeld = true;
    held = request;
    await released;
    return undefined;
  };
  proxy.after = (request) => {
    if (request === held) arrive();
    return undefined;
  };
  return {
    /** Lets it through, and waits until DynamoDB has answered it. */
    deliver: async (): Promise<void> => {
      expect(isHeld).toBe(true);
      release();
      await arrived;
    },
  };
}

function isWrite({ operation }: ProxiedRequest): boolean {
  return ['PutItem', 'UpdateItem', 'TransactWriteItems'].includes(operation);
}

/** The first `times` writes are made, and their answers are lost. */
function loseAnswers(times: number): void {
  let lost = 0;
  proxy.after = (request) => (isWrite(request) && lost++ < times ? 'lost' : undefined);
}

function failedItems(failed: number): Partial<Checkpoint> {
  return { counters: { ...noCounters(), scanned: failed, failed } };
}

describe('a checkpoint', () => {
  it('does not go back when a save arrives after newer ones of the same attempt', async () => {
    const run = await begun();
    const taken = takenBy('a', run);
    await checkpoints.take(taken);
    const held = holdNext(isWrite);

    await checkpoints.save({ ...taken, saves: 1 }, 0);
    expect(await checkpoints.save({ ...taken, saves: 2, dirty: true, done: true, signedOff: true }, 0)).toBe(true);
    await held.deliver();

    expect(await saved(run)).toMatchObject({ saves: 2, dirty: true, done: true, signedOff: true });
  });

  it('is known to be saved when the answer of its save was lost', async () => {
    const run = await begun();
    const taken = takenBy('a', run);
    await checkpoints.take(taken);
    loseAnswers(2);

    expect(await checkpoints.save({ ...taken, saves: 1 }, 0)).toBe(true);
  });

  it('is not saved by a worker that another one replaced', async () => {
    const run = await begun();
    const taken = takenBy('a', run);
    await checkpoints.take(taken);
    expect(await checkpoints.take(takenBy('b', run, { attempt: 2 }))).toBe(true);

    expect(await checkpoints.save({ ...taken, saves: 1, done: true }, 0)).toBe(false);
    expect(await checkpoints.save({ ...taken, saves: 2, done: true, ...failedItems(1) }, 0)).toBe(false);
    expect(await saved(run)).toMatchObject({ attempt: 2, done: false });
    expect((await ledger.control(run))?.marks.failures).toBe(0);
  });
});

describe('a segment', () => {
  it.each([1, 2])('is known to be taken as attempt %i when the answer was lost', async (attempt) => {
    const run = await begun();
    if (attempt === 2) await checkpoints.take(takenBy('a', run));
    loseAnswers(1);

    expect(await checkpoints.take(takenBy('b', run, { attempt }))).toBe(true);
    expect(await saved(run)).toMatchObject({ attempt, takenBy: 'b' });
  });

  it('is taken only with all that the worker before it saved', async () => {
    const run = await begun();
    const before = takenBy('a', run);
    await checkpoints.take(before);
    const read = await saved(run);
    await checkpoints.save({ ...before, saves: 1, dirty: true }, 0);

    const taken = takenBy('b', run, { attempt: 2 });
    expect(await checkpoints.take(taken, read?.saves)).toBe(false);
    expect(await saved(run)).toMatchObject({ attempt: 1, takenBy: 'a', dirty: true });
    expect(await checkpoints.take({ ...taken, dirty: true }, 1)).toBe(true);
  });

  it('is taken by one of two workers', async () => {
    const run = await begun();

    const taken = await Promise.all(['a', 'b', 'c'].map((worker) => checkpoints.take(takenBy(worker, run))));

    expect(taken.filter(Boolean)).toHaveLength(1);
  });
});

describe('the failures of a run', () => {
  it('are counted once when answers are lost', async () => {
    const run = await begun();
    const taken = takenBy('a', run);
    await checkpoints.take(taken);
    loseAnswers(3);

    await checkpoints.save({ ...taken, saves: 1, ...failedItems(12) }, 0);

    expect((await ledger.control(run))?.marks.failures).toBe(12);
  });

  it('are counted once when a save was made of which the worker never learnt', async () => {
    const run = await begun();
    const taken = takenBy('a', run);
    await checkpoints.take(taken);
    loseAnswers(8);
    await expect(checkpoints.save({ ...taken, saves: 1, ...failedItems(12) }, 0)).rejects.toThrow();
    proxy.after = () => undefined;

    expect(await checkpoints.save({ ...taken, saves: 2, ...failedItems(15) }, 0)).toBe(true);

    expect((await ledger.control(run))?.marks.failures).toBe(15);
    expect(await saved(run)).toMatchObject({ saves: 2, counters: { failed: 15 } });
  });

  it('are those of the checkpoints when a worker dies before it saves, and its segment is done again', async () => {
    const run = await begun();
    const first = takenBy('a', run);
    await checkpoints.take(first);
    await checkpoints.recordFailures({ ...first, ...failedItems(12) }, [], 20);
    const second = takenBy('b', run, { attempt: 2 });
    await checkpoints.take(second);

    await checkpoints.save({ ...second, saves: 1, ...failedItems(12) }, 0);

    expect((await ledger.control(run))?.marks.failures).toBe(12);
  });

  it('of many workers at the same time are all counted', async () => {
    const run = await begun();
    const all = Array.from({ length: 8 }, (_, segment) => takenBy(`w${segment}`, run, { segment }));
    await Promise.all(all.map((taken) => checkpoints.take(taken)));

    await Promise.all(all.map((taken) => checkpoints.save({ ...taken, saves: 1, ...failedItems(2) }, 0)));

    expect((await ledger.control(run))?.marks.failures).toBe(16);
  });
});

const byAda: Pause = withHolder(undefined, { by: 'ada', since: now });

function pause(run: string): Promise<boolean> {
  return marks.setPause(run, undefined, byAda, byAda);
}

function resume(run: string): Promise<boolean> {
  return marks.setPause(run, byAda, undefined, byAda);
}

describe('what an operator asked for', () => {
  it('is not undone by a pause that arrives after the run was resumed', async () => {
    const run = await begun();
    const held = holdNext(isWrite);
    expect(await pause(run)).toBe(true);
    expect(await resume(run)).toBe(true);

    await held.deliver();

    expect((await ledger.control(run))?.marks.paused).toBeUndefined();
  });

  it('is not undone by a budget that arrives after a newer one', async () => {
    const run = await begun();
    const held = holdNext(isWrite);
    expect(await marks.throttle(run, { writeUnits: 5000 }, { by: 'ada', since: now })).toBe(true);
    expect(await marks.throttle(run, { writeUnits: 10 }, { by: 'ada', since: now })).toBe(true);

    await held.deliver();

    expect((await ledger.control(run))?.budget.writeUnits).toBe(10);
  });

  it('is known to be done when the answer was lost', async () => {
    const run = await begun();
    loseAnswers(1);
    expect(await pause(run)).toBe(true);
    loseAnswers(1);
    expect(await resume(run)).toBe(true);
  });

  it('holds when several ask at the same time', async () => {
    const run = await begun();

    const asked = await Promise.all([
      pause(run),
      marks.throttle(run, { writeUnits: 10 }, { by: 'ada', since: now }),
      marks.throttle(run, { readUnits: 20 }, { by: 'ada', since: now }),
      marks.stop(run, { by: 'ada', since: now, redriveCount: 0 }),
    ]);

    expect(asked).toEqual([true, true, true, true]);
    expect(await ledger.control(run)).toMatchObject({
      budget: { writeUnits: 10, readUnits: 20 },
      marks: { paused: { by: 'ada' }, stopped: { by: 'ada' } },
    });
  });
});

describe('a waiting execution', () => {
  it('keeps its token when that of an earlier wait arrives late', async () => {
    const run = await begun();
    await pause(run);
    const held = holdNext(isWrite);
    await marks.keepToken(run, 'token 1');
    await resume(run);
    await marks.removeToken(run, 'token 1');
    await pause(run);
    await marks.keepToken(run, 'token 2');

    await held.deliver();

    expect((await ledger.control(run))?.marks.taskToken).toBe('token 2');
  });
});
