import type { Chain, ChainNote } from '../change/decide-chain.ts';
import type { ItemDecider } from '../change/decide-change.ts';
import type { MaybePromise } from '../change/maybe-promise.ts';
import { TeamFunctions } from '../change/team-functions.ts';
import type { Clock } from '../clock.ts';
import type { ItemError } from '../errors.ts';
import type { FailedKey, FollowedSequence } from '../ledger/follow.ts';
import { signatureLifetimeMs } from '../ledger/late-requests.ts';
import { MeasuredTable } from '../segment/measured-table.ts';
import { notingTable } from '../segment/noting-table.ts';
import type { Pacing } from '../segment/pacing/pacing.ts';
import { RequestsInFlight } from '../segment/pacing/requests-in-flight.ts';
import { Halted } from '../segment/segment-gate.ts';
import { type SettledItem, type SettleItemPorts, settleItem } from '../segment/settle-item.ts';
import type { TablePort } from '../segment/table-port.ts';
import { TargetReads } from '../segment/target-reads.ts';
import { WriteBatches } from '../segment/writes/write-batches.ts';
import type { Image } from '../values/attribute-value.ts';
import { isPredecessorItem } from '../values/predecessor-item.ts';
import { keyOf, keyText, type TableShape } from '../values/table-shape.ts';
import { FollowGate } from './follow-gate.ts';
import type { FollowLease, FollowState } from './follow-lease.ts';
import type { FollowRecordsPort } from './follow-ports.ts';

/** An item that was written. */
export interface Written {
  key: Image;
  /** As the stream shows it; undefined if it is to be read. */
  image: Image | undefined;
  /** ISO 8601 */
  at: string;
}

export interface BringUpPorts {
  /** Logical name. */
  table: string;
  shape: TableShape;
  state: FollowState;
  lease: FollowLease;
  chain: Chain;
  wire: TablePort;
  /** What one container may spend, kept over its invocations. */
  writes: Pacing;
  reads: Pacing;
  records: FollowRecordsPort;
  clock: Clock;
  /** Monotonic milliseconds after which nothing is decided or written. */
  deadline: number;
  /** Attribute of an item that says who wrote it. */
  writerAttribute?: string | undefined;
  /** How long a signed request can be delivered. */
  signatureLifetimeMs?: number | undefined;
}

/** What became of the items of a batch. */
export interface BroughtUp {
  /** Indexes of the items that must be looked at again. */
  unsettled: number[];
  /** Indexes of the items that are in the newest shape, and of those that are not there. */
  inShape: number[];
  gone: number[];
  failed: FailedKey[];
  /** By version, in their order. */
  sequences: readonly FollowedSequence[];
  unchanged: number;
  changed: number;
  /** Lost races against other writers. */
  conflicts: number;
  writeUnits: number;
  readUnits: number;
  /** The error that ended the batch early; undefined if none did. */
  fault: unknown;
}

/** Requests with writes at the same time. */
const maxInFlight = 4;
/** Items are handed out without a break for up to this time: then answers get their turn. */
const maxBusyMs = 20;

/**
 * Brings items into the newest shape, each under the condition that it is as it was decided on.
 *
 * 1. An item of which the stream shows no image is read, strongly consistent. If there is none, there is nothing to do.
 * 2. The chain decides on the image. If it has nothing to do, as for the follower's own writes, no request is made.
 * 3. The change is sent, up to 25 in a request, within the lease. If the item has changed since, the chain decides again on the fresh item. After ten
 *    lost races it is left: each of them was lost to a write that the stream will show.
 * 4. What was brought up, and which items failed, is recorded once for the batch.
 *
 * An item is unsettled if time is short, the ledger says something else since, or AWS is at fault.
 */
export async function bringUp(items: readonly Written[], ports: BringUpPorts): Promise<BroughtUp> {
  const batch = new Batch(items, ports);
  await batch.settle();
  await batch.record();
  return batch.result();
}

class Batch {
  readonly #items: readonly Written[];
  readonly #ports: BringUpPorts;
  readonly #table: MeasuredTable;
  readonly #settling: SettleItemPorts;
  readonly #counts = new Map<number, FollowedSequence>();
  readonly #failed: (FailedKey & { index: number })[] = [];
  readonly #unsettled = new Set<number>();
  readonly #inShape: number[] = [];
  readonly #gone: number[] = [];
  readonly #late: Promise<unknown>[] = [];
  readonly #sum = { unchanged: 0, changed: 0, writeUnits: 0, readUnits: 0 };
  #fault: unknown;

  constructor(items: readonly Written[], ports: BringUpPorts) {
    this.#items = items;
    this.#ports = ports;
    const { clock, shape, chain, lease, state, deadline, writes, reads } = ports;
    const gate = new FollowGate(lease, state, clock, deadline);
    const table = new MeasuredTable(ports.wire);
    const noted = notingTable(table, clock, () => this.#noteUnanswered());
    this.#table = table;
    this.#settling = {
      shape,
      transformation: chain.transformation,
      decider: chain.decider,
      dryRun: false,
      table: noted,
      targets: new TargetReads({
        table: noted,
        shape,
        reads,
        gate,
        clock,
        count: (units) => {
          this.#sum.readUnits += units;
        },
      }),
      batches: new WriteBatches(noted, writes, gate, new RequestsInFlight(clock, maxInFlight, maxInFlight)),
      functions: new TeamFunctions(clock, gate.waitUntilMayDecide),
      clock,
      gate,
    };
  }

  /** Resolves when each item is settled, or will not be in this batch. */
  async settle(): Promise<void> {
    const { clock, shape } = this.#ports;
    const { batches } = this.#settling;
    const settling: Promise<unknown>[] = [];
    const absent = this.#items.flatMap((item, index) => (item.image ? [] : [index]));
    if (absent.length > 0) settling.push(this.#readAndSettle(absent));
    await batches.deciding(async () => {
      let yieldedAt = clock.monotonic();
      for (const [index, { image }] of this.#items.entries()) {
        if (!image) continue;
        const settled = this.#settleOne(index, image, shape);
        if (settled) settling.push(settled);
        if (batches.isFull) await batches.room();
        if (clock.monotonic() - yieldedAt < maxBusyMs) continue;
        await clock.sleep(1);
        yieldedAt = clock.monotonic();
      }
    });
    await Promise.all(settling);
    await Promise.all(this.#late);
  }

  async record(): Promise<void> {
    const { records, table, clock } = this.#ports;
    try {
      if (this.#failed.length > 0) {
        await records.failed(
          table,
          this.#failed.map(({ index: _, ...failure }) => failure),
        );
      }
    } catch (error) {
      // What is not recorded would be forgotten.
      for (const { index } of this.#failed) this.#unsettled.add(index);
      this.#fault ??= error;
    }
    const sequences = this.#sequences;
    if (sequences.length === 0) return;
    // The items are written, and would change nothing if the batch came again: then these counts are lost.
    await records.broughtUp(table, sequences, new Date(clock.wall()).toISOString()).catch((error: unknown) => {
      this.#fault ??= error;
    });
  }

  get #sequences(): FollowedSequence[] {
    return [...this.#counts.values()].sort((a, b) => a.sequence - b.sequence);
  }

  result(): BroughtUp {
    const failed = this.#failed.map(({ index: _, ...failure }) => failure);
    const unsettled = [...this.#unsettled].sort((a, b) => a - b);
    const [inShape, gone] = [this.#inShape, this.#gone];
    return {
      ...this.#sum,
      unsettled,
      inShape,
      gone,
      failed,
      sequences: this.#sequences,
      conflicts: this.#table.conflicts,
      fault: this.#fault,
    };
  }

  async #readAndSettle(indexes: readonly number[]): Promise<void> {
    const { shape } = this.#ports;
    const keys = indexes.map((index) => ({ image: this.#items[index]?.key ?? {} }));
    try {
      const found = await this.#settling.targets.read(keys, true);
      const byKey = new Map(found.map(({ image }) => [keyText(keyOf(shape, image)), image]));
      await Promise.all(
        indexes.map((index) => {
          const image = byKey.get(keyText(keyOf(shape, this.#items[index]?.key ?? {})));
          if (image) return this.#settleOne(index, image, shape);
          this.#sum.unchanged++;
          this.#gone.push(index);
          return undefined;
        }),
      );
    } catch (error) {
      for (const index of indexes) this.#leave(index, error);
    }
  }

  #settleOne(index: number, image: Image, shape: TableShape): Promise<void> | undefined {
    if (isPredecessorItem(shape, image)) {
      this.#sum.unchanged++;
      return undefined;
    }
    const { chain } = this.#ports;
    let note: ChainNote | undefined;
    const told = (given: ChainNote): void => {
      note = given;
    };
    const decider: ItemDecider = {
      footprint: chain.decider.footprint,
      decide: (current, place) => chain.decide(current, place, told),
    };
    let settled: MaybePromise<SettledItem>;
    try {
      settled = settleItem(image, { ...this.#settling, decider });
    } catch (error) {
      this.#leave(index, error);
      return undefined;
    }
    if (settled instanceof Promise)
      return settled.then(
        (later) => this.#settled(index, image, later, note),
        (error: unknown) => this.#leave(index, error),
      );
    this.#settled(index, image, settled, note);
    return undefined;
  }

  #settled(index: number, image: Image, { outcome, error, writeUnits = 0 }: SettledItem, note: ChainNote | undefined): void {
    this.#sum.writeUnits += writeUnits;
    if (error) this.#fail(index, error, note);
    else if (outcome === 'changed') {
      this.#sum.changed++;
      for (const sequence of note?.changedBy ?? []) this.#count(sequence, index, image);
    } else this.#sum.unchanged++;
    if (outcome === 'changed' || outcome === 'unchanged') this.#inShape.push(index);
    else if (outcome === 'vanished') this.#gone.push(index);
  }

  #count(sequence: number, index: number, image: Image): void {
    const counts = this.#countsOf(sequence);
    const { key, at } = this.#items[index] ?? { key: {}, at: '' };
    const writer = this.#writerOf(image);
    const writers = writer === undefined ? counts.writers : { ...counts.writers, [writer]: (counts.writers[writer] ?? 0) + 1 };
    this.#counts.set(sequence, { ...counts, changed: counts.changed + 1, samples: [{ key, at }, ...counts.samples].slice(0, 10), writers });
  }

  #fail(index: number, error: ItemError, note: ChainNote | undefined): void {
    const { clock } = this.#ports;
    const { key } = this.#items[index] ?? { key: {} };
    const sequence = note?.failedAt ?? note?.changedBy.at(-1);
    const at = new Date(clock.wall()).toISOString();
    this.#failed.push({ index, key, sequence, error: error.name, message: error.message, place: error.place, at });
    if (sequence === undefined) return;
    const counts = this.#countsOf(sequence);
    this.#counts.set(sequence, { ...counts, failed: counts.failed + 1 });
  }

  #countsOf(sequence: number): FollowedSequence {
    return this.#counts.get(sequence) ?? { sequence, changed: 0, failed: 0, samples: [], writers: {} };
  }

  /** A text or a number; of others nothing is told. */
  #writerOf(image: Image): string | undefined {
    const { writerAttribute } = this.#ports;
    const value = writerAttribute !== undefined && Object.hasOwn(image, writerAttribute) ? image[writerAttribute] : undefined;
    if (!value) return undefined;
    const text = 'S' in value ? value.S : 'N' in value ? value.N : undefined;
    return text === undefined || text === '__proto__' ? undefined : text.slice(0, maxWriterLength);
  }

  #leave(index: number, error: unknown): void {
    this.#unsettled.add(index);
    if (!(error instanceof Halted)) this.#fault ??= error;
  }

  /** Saved at once, as the process may be killed: a run that begins waits for it. */
  #noteUnanswered(): void {
    const { records, table, clock } = this.#ports;
    const until = clock.wall() + (this.#ports.signatureLifetimeMs ?? signatureLifetimeMs);
    this.#late.push(records.late(table, until).catch((error: unknown) => (this.#fault ??= error)));
  }
}

/** Characters. */
const maxWriterLength = 100;
