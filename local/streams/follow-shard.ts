import type { MappingSettings } from './mapping-settings.ts';
import { type Batch, type Invoked, settleBatch } from './settle-batch.ts';
import { GoneFromStream, type Start, type StreamRecord, type StreamSource } from './stream-source.ts';

/** What following a shard needs of its surroundings. */
export interface ShardWork {
  source: StreamSource;
  arn: string;
  shard: string;
  start: Start;
  /** Records that were written before are left out. Seconds since 1970; as DynamoDB gives it, of the full minute. */
  since: number | undefined;
  settings: MappingSettings;
  invoke(records: StreamRecord[]): Promise<Invoked>;
  /** Called when all records up to this one are settled. */
  settled(sequenceNumber: string): Promise<void>;
  /** Records that are given up. */
  discarded(records: StreamRecord[], why: 'RetryAttemptsExhausted' | 'RecordAgeExceeded', invocations: number): Promise<void>;
  /** Milliseconds since 1970. */
  now(): number;
  /** Rejects if the work shall end. */
  sleep(milliseconds: number): Promise<void>;
}

/** As Lambda polls: four times a second. */
const pollMs = 250;
const firstPauseMs = 200;
const maxPauseMs = 20_000;

/**
 * Hands the records of a shard to the function, in their order, at least once each:
 *
 * 1. Read until there are as many as a batch has, or the batching window since the first one is over.
 * 2. Give up those that are too old.
 * 3. Invoke the function, until all of them are settled: see {@link settleBatch}. Before an invocation that repeats a failed one, pause, up to 20 s.
 * 4. Note how far the shard is settled, so that after a restart it goes on there.
 *
 * @returns when the shard is closed, and all its records are settled
 */
export async function followShard(work: ShardWork): Promise<void> {
  const reader = new ShardReader(work);
  for (;;) {
    const records = await reader.nextBatch();
    if (records.length === 0) return;
    let pending: Batch[] = [{ records, failures: 0 }];
    let pauseMs = firstPauseMs;
    for (let invocations = 1; pending.length > 0; invocations++) {
      const [batch, ...rest] = pending;
      if (!batch) break;
      const young = await withoutOld(batch, work, invocations - 1);
      if (young.records.length === 0) {
        pending = rest;
        await settledUpTo(batch.records.at(-1), work);
        continue;
      }
      const { again, discarded, failed } = settleBatch(young, await work.invoke(young.records), work.settings);
      if (discarded) await work.discarded(discarded.records, 'RetryAttemptsExhausted', invocations);
      pending = [...again, ...rest];
      const [next] = again[0]?.records ?? [];
      await settledUpTo(next ? before(next, young.records) : young.records.at(-1), work);
      if (failed && pending.length > 0) {
        await work.sleep(pauseMs);
        pauseMs = Math.min(2 * pauseMs, maxPauseMs);
      } else pauseMs = firstPauseMs;
    }
  }
}

async function withoutOld(batch: Batch, { settings, now, discarded }: ShardWork, invocations: number): Promise<Batch> {
  const { MaximumRecordAgeInSeconds: max } = settings;
  const isOld = ({ dynamodb }: StreamRecord): boolean => max !== -1 && now() / 1000 - dynamodb.ApproximateCreationDateTime > max;
  const old = batch.records.filter(isOld);
  if (old.length === 0) return batch;
  await discarded(old, 'RecordAgeExceeded', invocations);
  return { ...batch, records: batch.records.filter((record) => !isOld(record)) };
}

function before(next: StreamRecord, records: StreamRecord[]): StreamRecord | undefined {
  return records[records.indexOf(next) - 1];
}

async function settledUpTo(record: StreamRecord | undefined, work: ShardWork): Promise<void> {
  if (record) await work.settled(record.dynamodb.SequenceNumber);
}

class ShardReader {
  readonly #work: ShardWork;
  #iterator: string | undefined;
  #isClosed = false;
  #start: Start;

  constructor(work: ShardWork) {
    this.#work = work;
    this.#start = work.start;
  }

  /** The records of the next invocation; none at the end of the shard. */
  async nextBatch(): Promise<StreamRecord[]> {
    const { settings, now, sleep } = this.#work;
    const records: StreamRecord[] = [];
    let firstAt: number | undefined;
    while (!this.#isClosed) {
      records.push(...(await this.#read(settings.BatchSize - records.length)));
      if (records.length > 0) firstAt ??= now();
      if (records.length >= settings.BatchSize || this.#isClosed) break;
      const left = firstAt === undefined ? pollMs : firstAt + settings.MaximumBatchingWindowInSeconds * 1000 - now();
      if (left <= 0) break;
      await sleep(Math.min(left, pollMs));
    }
    return records;
  }

  async #read(limit: number): Promise<StreamRecord[]> {
    const { source, arn, shard, since } = this.#work;
    try {
      this.#iterator ??= await source.iterator(arn, shard, this.#start);
      const { records, next } = await source.read(this.#iterator, limit);
      this.#iterator = next;
      this.#isClosed = next === undefined;
      const last = records.at(-1)?.dynamodb.SequenceNumber;
      if (last !== undefined) this.#start = { after: last };
      const wanted = records.filter(({ dynamodb }) => since === undefined || dynamodb.ApproximateCreationDateTime >= since);
      // What is left out needs no pause.
      return wanted.length === 0 && records.length > 0 && !this.#isClosed ? this.#read(limit) : wanted;
    } catch (error) {
      if (!(error instanceof GoneFromStream)) throw error;
      // An iterator expires after a while. If what it was made of is gone as well, the shard goes on with the oldest that it has.
      this.#start = this.#iterator === undefined ? 'oldest' : this.#start;
      this.#iterator = undefined;
      return [];
    }
  }
}
