import type { Clock } from '../clock.ts';
import { ItemError, RunError } from '../errors.ts';
import type { Transformation, TransformContext } from '../transformation/contract.ts';
import type { Image } from '../values/attribute-value.ts';
import type { TableShape } from '../values/table-shape.ts';
import { failuresInWords } from './failures-in-words.ts';
import { TeamFunctions } from './team-functions.ts';
import { trialOf } from './trial.ts';

/** Items from several places of a table. */
export interface Sample {
  images: Image[];
  isWholeTable: boolean;
}

/** One sequence of a chain to try. */
export interface Link {
  file: string;
  transformation: Transformation;
  context: TransformContext;
}

/** Number of items in a sample. */
export const sampleSize = 200;

/**
 * Applies a chain of sequences to a sample in memory, so that a broken file fails now and not 40 million items later.
 *
 * @throws RunError ItemsFailed: when more items fail than the run tolerates, or all of them
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
      {
        fields: { table, sequence: chain.length === 1 ? chain[0]?.transformation.sequence : undefined, limit: maxFailures, count: failed },
      },
    );
}

/**
 * Applies sequences in their order to each image in memory, with the concurrency of a worker.
 *
 * @returns how many images failed, and their causes in words
 */
export async function trySample(
  images: readonly Image[],
  chain: readonly Link[],
  shape: TableShape,
  clock: Clock,
): Promise<{ failed: number; inWords: string }> {
  const trials = chain.map(({ transformation, context }) => trialOf(transformation, shape, context));
  const functions = new TeamFunctions(clock);
  const tryOne = async (scanned: Image): Promise<void> => {
    let images = [scanned];
    for (const trial of trials) {
      const results: Image[] = [];
      for (const image of images) results.push(...(await functions.run(() => trial(image))).images);
      images = results;
    }
  };
  const failures: ItemError[] = [];
  const rememberFailure = (error: unknown): void => {
    if (!(error instanceof ItemError)) throw error;
    failures.push(error);
  };
  await Promise.all(images.map((image) => tryOne(image).catch(rememberFailure)));
  return { failed: failures.length, inWords: failuresInWords(failures) };
}
