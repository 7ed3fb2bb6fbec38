import type { Clock } from '../clock.ts';
import { RunError } from '../errors.ts';
import type { Image } from '../values/attribute-value.ts';
import type { TableShape } from '../values/table-shape.ts';
import { type Link, trySample } from './try-sample.ts';

/** Items of several places of a table. */
export interface Sample {
  images: Image[];
  isWholeTable: boolean;
}

export const sampleSize = 200;

/**
 * Applies a chain of sequences to a sample in memory, so that a broken file fails now and not 40 million items later.
 *
 * @throws RunError ItemsFailed where more items fail than the run tolerates, or none works
 */
export async function refuseBrokenFiles(
  { images, isWholeTable }: Sample,
  chain: readonly Link[],
  shape: TableShape,
  { table, maxFailures, written, clock }: { table: string; maxFailures: number; written: string; clock: Clock },
): Promise<void> {
  const { failed, inWords } = await trySample(images, chain, shape, clock);
  const nothingWorks = failed === images.length && failed > 0 && !isWholeTable;
  if (failed > maxFailures || nothingWorks)
    throw new RunError(
      'ItemsFailed',
      `${failed} of ${images.length} sampled items of ${table} failed (${inWords}). ${written} Mend the transformation, deploy it, and start again.`,
    );
}
