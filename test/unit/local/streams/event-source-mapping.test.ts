import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { EventSourceMapping } from '../../../../local/streams/event-source-mapping.ts';
import { mappingSettings } from '../../../../local/streams/mapping-settings.ts';
import { openState } from '../../../../local/streams/mapping-state.ts';
import type { Invoked } from '../../../../local/streams/settle-batch.ts';
import { MemoryStreamSource, streamRecords } from './memory-stream-source.ts';

const StreamEvent = z.object({
  Records: z.array(z.object({ eventSourceARN: z.string(), dynamodb: z.object({ SequenceNumber: z.string() }) })),
});

let folder: string;
let source: MemoryStreamSource;
let now: number;
let sleepers: { at: number; wake: () => void }[];
let lines: string[];
/** Sequence numbers of each invocation. */
let invoked: string[][];
let respond: (numbers: string[]) => Invoked | Promise<Invoked>;
let mapping: EventSourceMapping | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mapping-test-'));
  source = new MemoryStreamSource();
  source.open('a');
  now = 60_000_000;
  sleepers = [];
  lines = [];
  invoked = [];
  respond = () => ({ answer: {} });
});
afterEach(async () => {
  mapping?.close();
  await rm(folder, { recursive: true, maxRetries: 10, retryDelay: 20 });
});

/** Starts a mapping whose clock moves on in {@link turn}. */
async function start(settings: object = {}): Promise<void> {
  mapping = new EventSourceMapping({
    settings: mappingSettings({ StartingPosition: 'TRIM_HORIZON', FunctionResponseTypes: ['ReportBatchItemFailures'], ...settings }),
    source,
    kept: await openState(join(folder, 'state.json'), true),
    invoke: async (event) => {
      const { Records } = StreamEvent.parse(event);
      expect(Records.every(({ eventSourceARN }) => eventSourceARN === 'arn:stream')).toBe(true);
      const numbers = Records.map(({ dynamodb }) => dynamodb.SequenceNumber);
      invoked.push(numbers);
      return respond(numbers);
    },
    now: () => now,
    sleep: (milliseconds, signal) =>
      new Promise((resolve, reject) => {
        if (signal.aborted) reject(signal.reason);
        sleepers.push({ at: now + milliseconds, wake: resolve });
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
    log: (line) => lines.push(line),
  });
}

/** Waits for a condition, as long as the mapping needs. */
async function until(condition: () => boolean): Promise<void> {
  const startedAt = performance.now();
  while (!condition()) {
    if (performance.now() - startedAt > 20_000) throw new Error(`not reached; invoked: ${JSON.stringify(invoked)}; ${lines.join('\n')}`);
    await turn();
  }
}

/** Moves the clock on to when the next one wakes. */
async function turn(): Promise<void> {
  await setImmediate();
  sleepers.sort((a, b) => a.at - b.at);
  const next = sleepers.shift();
  now = Math.max(now, next?.at ?? 0);
  next?.wake();
}

function delivered(): string[] {
  return invoked.flat();
}

describe('batches', () => {
  it('have up to the size of the settings, in the order of the records', async () => {
    source.write('a', streamRecords(1, 5));
    await start({ BatchSize: 2 });
    await until(() => delivered().length === 5);

    expect(invoked).toEqual([['1', '2'], ['3', '4'], ['5']]);
  });

  it('wait for more records until the window is over', async () => {
    await start({ MaximumBatchingWindowInSeconds: 3 });
    await until(() => source.reads > 3);
    source.write('a', streamRecords(1, 1));
    const startedAt = now;
    await until(() => now >= startedAt + 1000);
    source.write('a', streamRecords(2, 2));
    await until(() => invoked.length > 0);

    expect(invoked).toEqual([['1', '2']]);
    expect(now - startedAt).toBeGreaterThanOrEqual(3000);
  });

  it('begin with what is written after the mapping, if it starts at LATEST', async () => {
    source.write('a', streamRecords(1, 2, 1));
    await start({ StartingPosition: 'LATEST' });
    await until(() => source.reads > 1);
    source.write('a', streamRecords(3, 3, now / 1000));
    await until(() => invoked.length > 0);

    expect(invoked).toEqual([['3']]);
  });

  it('go on if an iterator has expired', async () => {
    await start();
    source.write('a', streamRecords(1, 1));
    await until(() => invoked.length === 1);
    source.expired.add('a|1');
    source.write('a', streamRecords(2, 2));
    await until(() => invoked.length === 2);

    expect(invoked).toEqual([['1'], ['2']]);
  });
});

describe('failures', () => {
  it('come again from the lowest failed record', async () => {
    source.write('a', streamRecords(1, 4));
    let failures = 2;
    respond = (numbers) =>
      failures-- > 0 && numbers.includes('3')
        ? { answer: { batchItemFailures: [{ itemIdentifier: '4' }, { itemIdentifier: '3' }] } }
        : { answer: null };
    await start();
    await until(() => invoked.length === 3);

    expect(invoked).toEqual([
      ['1', '2', '3', '4'],
      ['3', '4'],
      ['3', '4'],
    ]);
  });

  it('isolate the record that lets the function fail, and give only that one up', async () => {
    source.write('a', streamRecords(1, 5));
    respond = (numbers) => (numbers.includes('4') ? { error: 'Runtime.ExitError' } : { answer: {} });
    await start({ BisectBatchOnFunctionError: true, MaximumRetryAttempts: 1 });
    await until(() => invoked.at(-1)?.includes('5') === true && !invoked.at(-1)?.includes('4'));

    expect(invoked).toEqual([['1', '2', '3', '4', '5'], ['1', '2', '3'], ['4', '5'], ['4'], ['4'], ['5']]);
    expect(lines).toEqual([
      'event source mapping: 1 records of arn:stream are given up after 5 invocations (RetryAttemptsExhausted), from 4 to 4',
    ]);
  });

  it('are repeated after pauses that grow, and hold back what comes later', async () => {
    source.write('a', streamRecords(1, 1));
    const times: number[] = [];
    respond = () => {
      times.push(now);
      return times.length < 5 ? { notInvoked: 'TooManyRequestsException: Rate Exceeded.' } : { answer: {} };
    };
    await start({ MaximumRetryAttempts: 0 });
    await until(() => times.length === 1);
    source.write('a', streamRecords(2, 2));
    await until(() => delivered().includes('2'));

    expect(delivered()).toEqual(['1', '1', '1', '1', '1', '2']);
    const pauses = times.slice(1, 5).map((time, index) => time - (times[index] ?? 0));
    expect(pauses).toEqual([...pauses].sort((x, y) => x - y));
    expect(pauses.at(-1)).toBeGreaterThan(2 * (pauses[0] ?? 0));
  });

  it('are given up when the record is too old', async () => {
    source.write('a', [...streamRecords(1, 1, now / 1000), ...streamRecords(2, 2, now / 1000 + 1_000_000)]);
    respond = (numbers) => (numbers.includes('1') ? { error: 'Error' } : { answer: {} });
    await start({ MaximumRecordAgeInSeconds: 60 });
    await until(() => delivered().at(-1) === '2' && !invoked.at(-1)?.includes('1'));

    expect(lines.join()).toMatch(/1 records .* are given up after \d+ invocations \(RecordAgeExceeded\), from 1 to 1/);
  });
});

describe('shards', () => {
  it('are read at the same time, but a shard that continues another one only when that is settled', async () => {
    source.write('a', streamRecords(1, 2));
    source.closeShard('a');
    source.open('b', 'a');
    source.open('c', 'a');
    source.open('other');
    source.write('b', streamRecords(11, 11));
    source.write('c', streamRecords(21, 21));
    source.write('other', streamRecords(31, 31));
    let isBroken = true;
    respond = (numbers) => (isBroken && numbers.includes('2') ? { error: 'Error' } : { answer: {} });
    await start({ BatchSize: 1 });
    await until(() => delivered().filter((number) => number === '2').length > 3 && delivered().includes('31'));
    expect(delivered()).not.toEqual(expect.arrayContaining(['11']));
    expect(delivered()).not.toEqual(expect.arrayContaining(['21']));

    isBroken = false;
    await until(() => delivered().includes('11') && delivered().includes('21'));
    expect(delivered().lastIndexOf('2')).toBeLessThan(Math.min(delivered().indexOf('11'), delivered().indexOf('21')));
  });

  it('are read from their beginning if they come later, also at LATEST', async () => {
    await start({ StartingPosition: 'LATEST' });
    await until(() => source.reads > 1);
    source.closeShard('a');
    source.open('b', 'a');
    source.write('b', streamRecords(11, 12, now / 1000));
    await until(() => invoked.length > 0);

    expect(invoked).toEqual([['11', '12']]);
  });

  it('are read if the shard that they continue is gone', async () => {
    source.forget('a');
    source.open('b', 'a');
    source.write('b', streamRecords(11, 11));
    await start();
    await until(() => delivered().includes('11'));
  });
});

describe('a mapping', () => {
  it('goes on after a restart with the first record that is not settled, and hands it over again', async () => {
    source.write('a', streamRecords(1, 2));
    source.closeShard('a');
    source.open('b', 'a');
    source.write('b', streamRecords(11, 13));
    respond = (numbers) => (numbers.includes('12') ? new Promise(() => {}) : { answer: {} });
    await start({ BatchSize: 1 });
    await until(() => delivered().includes('12'));
    mapping?.close();
    respond = () => ({ answer: {} });
    invoked = [];
    await start({ BatchSize: 1 });
    await until(() => delivered().includes('13'));

    expect(invoked).toEqual([['12'], ['13']]);
  });

  it('goes on after a restart with the failed record of a batch, and not with what follows it', async () => {
    source.write('a', streamRecords(1, 3));
    respond = (numbers) => (numbers.includes('2') ? { answer: { batchItemFailures: [{ itemIdentifier: '2' }] } } : { answer: {} });
    await start();
    await until(() => invoked.length > 2);
    mapping?.close();
    respond = () => ({ answer: {} });
    invoked = [];
    await start();
    await until(() => delivered().includes('3'));

    expect(invoked).toEqual([['2', '3']]);
  });

  it('goes on after a restart with what was written meanwhile, also if it began at LATEST and had got nothing', async () => {
    source.write('a', streamRecords(1, 2, 1));
    await start({ StartingPosition: 'LATEST' });
    await until(() => source.reads > 1);
    mapping?.close();
    source.write('a', streamRecords(3, 3, now / 1000));
    await start({ StartingPosition: 'LATEST' });
    await until(() => invoked.length > 0);

    expect(invoked).toEqual([['3']]);
  });

  it('hands nothing over while it is disabled, also after a restart, and nothing is lost', async () => {
    source.write('a', streamRecords(1, 1));
    await start();
    await until(() => invoked.length === 1);
    await mapping?.enable(false);
    source.write('a', streamRecords(2, 2));
    const { reads } = source;
    await start();
    for (let turns = 0; turns < 50; turns++) await turn();
    expect([source.reads, mapping?.isEnabled]).toEqual([reads, false]);

    await mapping?.enable(true);
    await until(() => invoked.length === 2);
    expect(invoked).toEqual([['1'], ['2']]);
  });

  it('is disabled at once, without waiting for an invocation that hangs, and reads on once that has ended', async () => {
    source.write('a', streamRecords(1, 2));
    let end: (invoked: Invoked) => void = () => {};
    const hanging = new Promise<Invoked>((resolve) => {
      end = resolve;
    });
    respond = () => (invoked.length === 1 ? hanging : { answer: {} });
    await start({ BatchSize: 1 });
    await until(() => invoked.length === 1);

    await mapping?.enable(false);
    expect(mapping?.state).toBe('Disabling');
    await mapping?.enable(true);
    expect(mapping?.state).toBe('Enabled');
    await mapping?.enable(false);
    for (let turns = 0; turns < 50; turns++) await turn();
    expect(invoked).toEqual([['1']]);

    end({ answer: {} });
    await until(() => mapping?.state === 'Disabled');
    await mapping?.enable(true);
    await until(() => invoked.length === 2);
    expect(invoked).toEqual([['1'], ['2']]);
  });

  it('waits for the table and its stream, and takes the new stream of a table that is created again', async () => {
    source.currentArn = undefined;
    await start();
    await until(() => now > 60_005_000);
    source.currentArn = 'arn:stream';
    source.write('a', streamRecords(1, 1));
    await until(() => invoked.length === 1);

    source.forget('a');
    source.currentArn = 'arn:stream-2';
    source.open('a2');
    source.currentArn = 'arn:stream-2';
    await until(() => mapping?.streamArn === 'arn:stream-2');
  });

  it('says since when it hands over what is written without a break, also after a restart', async () => {
    const began = now;
    await start();
    expect(mapping?.changedAt).toBe(began);
    now += 5000;
    await until(() => mapping?.streamArn === 'arn:stream');
    const found = mapping?.changedAt ?? 0;
    expect(found).toBeGreaterThanOrEqual(began + 5000);

    now += 1000;
    await mapping?.enable(true);
    expect(mapping?.changedAt).toBe(found);
    const paused = now;
    await mapping?.enable(false);
    expect(mapping?.changedAt).toBe(paused);
    now += 1000;
    await mapping?.enable(true);
    expect(mapping?.changedAt).toBe(paused + 1000);

    now += 1000;
    source.currentArn = 'arn:stream-2';
    source.open('b');
    await until(() => mapping?.streamArn === 'arn:stream-2');
    expect(mapping?.changedAt).toBeGreaterThanOrEqual(paused + 2000);

    mapping?.close();
    now += 1000;
    await start();
    expect(mapping?.changedAt).toBe(now);
  });

  it('says once why it cannot read', async () => {
    source.arn = () => Promise.reject(new Error('refused'));
    await start();
    await until(() => now > 60_010_000);

    expect(lines).toEqual(['event source mapping: Error: refused']);
  });
});
