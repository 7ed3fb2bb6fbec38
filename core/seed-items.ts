import { type Image, sameImage } from './attribute-value.ts';
import { type Clock, jitter } from './clock.ts';
import type { Counters } from './counters.ts';
import { itemSize } from './item-size.ts';
import type { WriteGate } from './write-batches.ts';

/** Inserts seeds. How far a version's seeds are done outlives the run, so that one which the application deletes stays deleted. */
export interface SeedPort {
  /** So many of the version's seeds are done. */
  position(): Promise<number>;
  /** Inserts the images where their keys are free, and moves the position, all in one transaction. */
  insert(images: readonly Image[], from: number, to: number, mayWrite: () => boolean): Promise<SeedResult>;
}

export type SeedResult =
  | { kind: 'done' }
  /** Nothing was done: these keys are taken, `images[index]` being what is there. */
  | { kind: 'taken'; images: readonly (Image | undefined)[] }
  /** Nothing was done: another worker moved the position. */
  | { kind: 'moved' }
  | { kind: 'throttled' };

export interface SeedItemsPorts {
  port: SeedPort;
  gate: WriteGate;
  clock: Clock;
}

/** A transaction holds 100 actions, of which one is the position, and 4 MB. */
const maxItems = 99;
const maxBytes = 3_500_000;

/** Inserts what is not inserted yet. Rejects with Halted, or with what ends the segment. */
export const seedItems = async (seeds: readonly Image[], ports: SeedItemsPorts): Promise<Partial<Counters>> => {
  let inserted = 0;
  let differing = 0;
  for (let from = await ports.port.position(); from < seeds.length; ) {
    const chunk = firstThatFit(seeds.slice(from, from + maxItems));
    const to = from + chunk.length;
    const result = await insertChunk(chunk, from, to, ports);
    if (!result) {
      from = await ports.port.position();
      continue;
    }
    inserted += result.inserted;
    differing += result.differing;
    from = to;
  }
  return { inserted, differing };
};

const firstThatFit = (images: readonly Image[]): readonly Image[] => {
  let bytes = 0;
  const end = images.findIndex((image, index) => {
    bytes += itemSize(image);
    return index > 0 && bytes > maxBytes;
  });
  return end === -1 ? images : images.slice(0, end);
};

/** @returns undefined where another worker moved the position */
const insertChunk = async (chunk: readonly Image[], from: number, to: number, { port, gate, clock }: SeedItemsPorts) => {
  let free = chunk;
  let differing = 0;
  for (let attempt = 0; ; ) {
    await gate.pass();
    const result = await port.insert(free, from, to, gate.isOpen);
    if (result.kind === 'done') return { inserted: free.length, differing };
    if (result.kind === 'moved') return undefined;
    if (result.kind === 'throttled') await clock.sleep(jitter(clock, attempt++, 50, 5000));
    if (result.kind === 'taken') {
      const { images } = result;
      differing += free.filter((image, index) => images[index] && !sameImage(image, images[index])).length;
      free = free.filter((_, index) => !images[index]);
    }
  }
};
