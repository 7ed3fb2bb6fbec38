import { backOff, throttleBackoff } from '../backoff.ts';
import { insertUnits } from '../change/change-units.ts';
import type { Clock } from '../clock.ts';
import type { Counters } from '../ledger/counters.ts';
import { type Image, sameImage } from '../values/attribute-value.ts';
import { itemSize } from '../values/item-size.ts';
import type { TableShape } from '../values/table-shape.ts';
import type { Pacing } from './pacing/pacing.ts';
import type { SegmentGate } from './segment-gate.ts';
import type { ChangeTokens } from './writes/change-tokens.ts';

/** Inserts seeds. The position in a version's seeds outlives the run, so that a seed which the application deletes stays deleted. */
export interface SeedPort {
  /** The number of the version's seeds that are done. */
  position(): Promise<number>;
  /**
   * Inserts the images, moves the position behind the chunk and records which seeds of the chunk were inserted, in one transaction, under
   * the condition that the keys are free and the position is where the chunk begins.
   */
  insert(images: readonly Image[], chunk: SeedChunk, mayWrite: () => boolean): Promise<SeedResult>;
  /** Which seeds were inserted by us, by their place in the version's seeds. The other ones had their key taken. @param seeds all of them */
  inserted(seeds: readonly Image[]): Promise<ReadonlySet<number>>;
}

/** Seeds of a version that follow each other, and the place of the first. */
export interface SeedChunk {
  from: number;
  images: readonly Image[];
}

export type SeedResult =
  | { kind: 'done' }
  /** Nothing was done: keys are taken. `images[index]` is the item that has the key of the seed, undefined if its key is free. */
  | { kind: 'taken'; images: readonly (Image | undefined)[] }
  /** Nothing was done: another worker moved the position. */
  | { kind: 'moved' }
  /** Nothing was done, or if `isUnanswered`, the outcome is unknown and the request may still be applied later. */
  | { kind: 'throttled'; isUnanswered?: boolean | undefined };

export interface SeedItemsPorts {
  port: SeedPort;
  shape: TableShape;
  gate: Pick<SegmentGate, 'waitUntilMayWrite' | 'mayWriteNow'>;
  clock: Clock;
  writes: Pick<Pacing, 'maxAffordable' | 'pay' | 'correct'>;
  /** Called with what was done, chunk by chunk: the worker may have to leave before the last one. */
  count: (counters: Partial<Counters>) => void;
  /** Each seed takes one; undefined if the run may insert any number. */
  tokens?: ChangeTokens | undefined;
  /** Called before images are inserted. Resolves with what notes that none of them was. If left out, they are not journaled. */
  record?: ((images: readonly Image[]) => Promise<() => void>) | undefined;
}

/** A transaction has up to 100 actions, one of them for the position, and up to 4 MB. */
const maxItems = 99;
const maxBytes = 3_500_000;

/**
 * Inserts the seeds that are not inserted yet.
 *
 * @throws Halted: when the segment must stop
 * @throws Error: when an error ends the segment
 */
export async function seedItems(seeds: readonly Image[], ports: SeedItemsPorts): Promise<void> {
  for (let from = await ports.port.position(); from < seeds.length; ) {
    const chunk = await permitted(firstThatFit(seeds.slice(from, from + maxItems), ports), ports);
    const to = from + chunk.length;
    const result = await insertChunk({ from, images: chunk }, ports);
    if (!result) {
      from = await ports.port.position();
      continue;
    }
    ports.count(result);
    from = to;
  }
}

function firstThatFit(images: readonly Image[], { shape, writes }: SeedItemsPorts): readonly Image[] {
  let bytes = 0;
  let units = 0;
  const end = images.findIndex((image, index) => {
    bytes += itemSize(image);
    units += insertUnits([image], shape);
    return index > 0 && (bytes > maxBytes || units > writes.maxAffordable);
  });
  return end === -1 ? images : images.slice(0, end);
}

async function permitted(images: readonly Image[], { tokens }: SeedItemsPorts): Promise<readonly Image[]> {
  return tokens ? images.slice(0, await tokens.takeUpTo(images.length)) : images;
}

/** @returns undefined if another worker moved the position */
async function insertChunk(chunk: SeedChunk, { port, shape, gate, clock, writes, tokens, record }: SeedItemsPorts) {
  let free = chunk.images;
  let differing = 0;
  // Seeds that are inserted, or may be: their tokens are used.
  let used = 0;
  let isUncertain = false;
  let noteNotInserted: (() => void) | undefined;
  try {
    noteNotInserted = await record?.(chunk.images);
    for (let retry = 0; ; ) {
      const units = insertUnits(free, shape);
      const paid = await writes.pay(units, () => gate.waitUntilMayWrite());
      await gate.waitUntilMayWrite();
      used = Math.max(used, free.length);
      const result = await port.insert(free, chunk, gate.mayWriteNow);
      if (result.kind === 'done') return { inserted: free.length, differing, writeUnits: units };
      if (result.kind === 'throttled') {
        writes.correct(paid, 0);
        isUncertain ||= result.isUnanswered === true;
      }
      if (!isUncertain) used = 0;
      if (result.kind === 'moved') return undefined;
      if (result.kind === 'throttled') await backOff(clock, retry++, throttleBackoff);
      if (result.kind === 'taken') {
        const { images } = result;
        differing += free.filter((image, index) => images[index] && !sameImage(image, images[index])).length;
        free = free.filter((_, index) => !images[index]);
      }
    }
  } finally {
    if (used === 0) noteNotInserted?.();
    tokens?.putBack(chunk.images.length - used);
  }
}
