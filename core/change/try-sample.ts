import type { Clock } from '../clock.ts';
import { ItemError, RunError } from '../errors.ts';
import type { Transformation, TransformContext } from '../transformation/contract.ts';
import type { Image } from '../values/attribute-value.ts';
import type { TableShape } from '../values/table-shape.ts';
import { failuresInWords } from './failures-in-words.ts';
import { collidingInserts } from './insert-targets.ts';
import { TeamFunctions } from './team-functions.ts';
import { type Trial, type Tried, trialOf } from './trial.ts';

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
  /** Set if the code is one that the ledger keeps. */
  kept?: { checksum: string; bundleChecksum?: string | undefined; kept: true } | undefined;
}

/** Tries an image in another process, which the team's code can block or end. */
export type TryApart = (image: Image, link: Link, shape: TableShape) => Promise<Tried>;

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
  {
    table,
    maxFailures,
    written,
    clock,
    tryApart,
  }: { table: string; maxFailures: number; written: string; clock: Clock; tryApart?: TryApart | undefined },
): Promise<void> {
  const { failed, inWords } = await trySample(images, chain, shape, clock, tryApart);
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
  tryApart?: TryApart,
): Promise<{ failed: number; inWords: string }> {
  // Another process limits the time itself.
  const functions = tryApart ? new TeamFunctions(clock, undefined, Number.POSITIVE_INFINITY) : new TeamFunctions(clock);
  const failures = new Map<number, ItemError>();
  let items = images.map((image, sampled) => ({ image, sampled }));
  for (const link of chain) {
    const trial: Trial = tryApart ? (image) => tryApart(image, link, shape) : trialOf(link.transformation, shape, link.context);
    const tried = await Promise.all(
      items.map(async ({ image, sampled }) => {
        try {
          return { image, sampled, ...(await functions.run(() => trial(image))) };
        } catch (error) {
          if (!(error instanceof ItemError)) throw error;
          if (!failures.has(sampled)) failures.set(sampled, error);
          return undefined;
        }
      }),
    );
    for (const [position, error] of collidingInserts(tried, shape)) {
      const sampled = tried[position]?.sampled;
      if (sampled !== undefined && !failures.has(sampled)) failures.set(sampled, error);
    }
    items = tried.flatMap((made) =>
      made && !failures.has(made.sampled) ? made.images.map((image) => ({ image, sampled: made.sampled })) : [],
    );
  }
  return { failed: failures.size, inWords: failuresInWords([...failures.values()]) };
}
