import type { Json } from '../json.ts';
import { followShard } from './follow-shard.ts';
import type { MappingSettings } from './mapping-settings.ts';
import type { KeptState } from './mapping-state.ts';
import type { Invoked } from './settle-batch.ts';
import type { Shard, Start, StreamRecord, StreamSource } from './stream-source.ts';

export interface MappingOptions {
  settings: MappingSettings;
  source: StreamSource;
  kept: KeptState;
  invoke(event: Json): Promise<Invoked>;
  now(): number;
  /** Rejects when the signal aborts. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
  log(line: string): void;
}

/** Between two looks for a stream and for new shards. */
const lookMs = 1000;

/**
 * Hands the records of a table's stream to a function, as Lambda does: shards at the same time, but a shard only when its parent is settled, so that
 * the records of one item stay in their order.
 */
export class EventSourceMapping {
  readonly #options: MappingOptions;
  readonly #readers = new Map<string, Promise<void>>();
  /** Set while the mapping reads. */
  #abort: AbortController | undefined;
  /** Ends the readers of one stream: a table that is created again has another. */
  #stream = new AbortController();
  #looking: Promise<void> | undefined;
  /** Set while invocations that had begun have not ended since it was disabled. */
  #ending: Promise<void> | undefined;
  #closed = false;
  lastResult = 'No records processed';
  /** When it began in this process, was enabled or disabled, or found another stream, in wall-clock milliseconds. */
  changedAt: number;

  constructor(options: MappingOptions) {
    this.#options = options;
    this.changedAt = options.now();
    if (this.isEnabled) this.#begin();
  }

  get isEnabled(): boolean {
    return this.#options.kept.state.enabled;
  }

  get streamArn(): string | undefined {
    return this.#options.kept.state.arn;
  }

  get settings(): MappingSettings {
    return this.#options.settings;
  }

  /** As Lambda names it. */
  get state(): 'Enabled' | 'Disabling' | 'Disabled' {
    if (this.isEnabled) return 'Enabled';
    return this.#ending ? 'Disabling' : 'Disabled';
  }

  /**
   * Lets it read, or no more. It does not wait for an invocation that has begun, which can take minutes: as in Lambda, the mapping is `Disabling` until
   * that has ended, and what it settled is noted.
   */
  async enable(enabled: boolean): Promise<void> {
    const { kept } = this.#options;
    if (kept.state.enabled !== enabled) this.changedAt = this.#options.now();
    kept.state.enabled = enabled;
    await kept.save();
    if (!enabled) this.#ending ??= this.#end();
    else if (!this.#ending) this.#beginIfEnabled();
  }

  /** Ends without waiting for invocations: their processes end, too. */
  close(): void {
    this.#closed = true;
    this.#abort?.abort();
  }

  #begin(): void {
    const abort = new AbortController();
    this.#abort = abort;
    this.#looking = this.#look(abort.signal);
  }

  #beginIfEnabled(): void {
    if (this.isEnabled && !this.#abort && !this.#closed) this.#begin();
  }

  /** If it was enabled meanwhile, it goes on: two readers of one shard would be at the same records. */
  async #end(): Promise<void> {
    this.#abort?.abort();
    this.#abort = undefined;
    await this.#looking;
    await Promise.all(this.#readers.values());
    this.#ending = undefined;
    this.#beginIfEnabled();
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { sleep, log } = this.#options;
    let reason = '';
    while (!signal.aborted) {
      try {
        await this.#startReaders(signal);
        reason = '';
      } catch (error) {
        const text = String(error);
        if (text !== reason && !signal.aborted) log(`event source mapping: ${text}`);
        reason = text;
      }
      await sleep(lookMs, signal).catch(() => {});
    }
  }

  async #startReaders(signal: AbortSignal): Promise<void> {
    const { source, kept, settings, now } = this.#options;
    const { state } = kept;
    const arn = await source.arn();
    if (arn === undefined || signal.aborted) return;
    const shards = await source.shards(arn);
    if (state.arn !== arn) {
      this.#stream.abort();
      await Promise.all(this.#readers.values());
      this.#stream = new AbortController();
      const isLatest = settings.StartingPosition === 'LATEST';
      this.changedAt = now();
      Object.assign(state, { arn, since: isLatest ? Math.floor(now() / 60_000) * 60 : undefined, shards: {} });
      // Only what is written from now on: shards that are there begin with their next record, and those that come later with their first.
      for (const shard of shards) state.shards[shard.id] = {};
      await kept.save();
      for (const shard of shards)
        if (!isWaiting(shard, shards, state.shards)) this.#read(arn, shard, isLatest ? 'latest' : 'oldest', signal);
      return;
    }
    for (const id of Object.keys(state.shards)) if (!shards.some((shard) => shard.id === id)) delete state.shards[id];
    for (const shard of shards) {
      const { after, done } = state.shards[shard.id] ?? {};
      if (done || this.#readers.has(shard.id) || isWaiting(shard, shards, state.shards)) continue;
      this.#read(arn, shard, after === undefined ? 'oldest' : { after }, signal);
    }
  }

  #read(arn: string, { id }: Shard, start: Start, whole: AbortSignal): void {
    const signal = AbortSignal.any([whole, this.#stream.signal]);
    const { settings, source, kept, now, sleep, log } = this.#options;
    const note = (position: { after?: string; done?: boolean }): Promise<void> => {
      kept.state.shards[id] = { ...kept.state.shards[id], ...position };
      return kept.save();
    };
    const reader = followShard({
      ...{ source, arn, shard: id, start, settings, now },
      since: kept.state.since,
      sleep: (milliseconds) => sleep(milliseconds, signal),
      invoke: (records) => this.#invoke(arn, records, signal),
      settled: (after) => note({ after }),
      discarded: async (records, why, invocations) =>
        log(
          `event source mapping: ${records.length} records of ${arn} are given up after ${invocations} invocations (${why}), from ${records[0]?.dynamodb.SequenceNumber} to ${records.at(-1)?.dynamodb.SequenceNumber}`,
        ),
    })
      .then(() => note({ done: true }))
      .catch((error) => {
        if (!signal.aborted) log(`event source mapping: shard ${id}: ${error}`);
      })
      .finally(() => this.#readers.delete(id));
    this.#readers.set(id, reader);
  }

  async #invoke(arn: string, records: StreamRecord[], signal: AbortSignal): Promise<Invoked> {
    signal.throwIfAborted();
    const invoked = await this.#options.invoke({ Records: records.map((record) => ({ ...record, eventSourceARN: arn })) });
    this.lastResult = 'answer' in invoked ? 'OK' : `PROBLEM: ${'error' in invoked ? invoked.error : invoked.notInvoked}`;
    return invoked;
  }
}

/** A shard whose parent is there and not settled. */
function isWaiting({ parent }: Shard, shards: readonly Shard[], known: Readonly<Record<string, { done?: boolean | undefined }>>): boolean {
  return parent !== undefined && shards.some(({ id }) => id === parent) && known[parent]?.done !== true;
}
