import { createHash } from 'node:crypto';
import type { SeedChunk } from '../../core/segment/seed-items.ts';
import type { Image } from '../../core/values/attribute-value.ts';
import { keyOf, type TableShape, valuesText } from '../../core/values/table-shape.ts';

/** Characters of the hash that tells the keys of one chunk from those of another. */
const hashLength = 16;

/**
 * What the ledger keeps of a chunk of seeds: `99-198:<hash of the keys>:<a bit for each seed, in hexadecimal>`, up to 50 characters for 99
 * seeds. A bit is set if the seed was inserted, and not set if its key was taken.
 */
export function chunkText(shape: TableShape, { from, images }: SeedChunk, inserted: readonly Image[]): string {
  const bits = images.reduce((sum, image, index) => sum | (inserted.includes(image) ? 1n << BigInt(index) : 0n), 0n);
  return `${from}-${from + images.length}:${hashOf(shape, images)}:${bits.toString(16)}`;
}

/**
 * Which seeds were inserted. If the file of an applied version was changed (`repair`) so that a chunk has other keys, nobody knows, and
 * none of the chunk counts as inserted. Seeds before the position that no chunk holds were inserted when chunks were not recorded: there,
 * all count as inserted.
 */
export function insertedIn(
  chunks: readonly string[],
  position: number,
  { shape, seeds }: { shape: TableShape; seeds: readonly Image[] },
): Set<number> {
  const inserted = new Set(seeds.slice(0, position).keys());
  for (const chunk of chunks) {
    const [range = '', hash, bits = ''] = chunk.split(':');
    const [from = 0, to = 0] = range.split('-').map(Number);
    const isAsRecorded = hashOf(shape, seeds.slice(from, to)) === hash;
    for (let index = from; index < to; index++)
      if (!isAsRecorded || !((BigInt(`0x${bits}`) >> BigInt(index - from)) & 1n)) inserted.delete(index);
  }
  return inserted;
}

function hashOf(shape: TableShape, images: readonly Image[]): string {
  const keys = images.map((image) => valuesText(Object.values(keyOf(shape, image))));
  return createHash('sha256').update(JSON.stringify(keys)).digest('hex').slice(0, hashLength);
}
