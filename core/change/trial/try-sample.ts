import type { Clock } from '../../clock.ts';
import { countOf } from '../../count-of.ts';
import { ItemError, RunError } from '../../errors.ts';
import type { LookupSource } from '../../lookup/lookup-port.ts';
import { Lookups, type OwnTable } from '../../lookup/lookups.ts';
import type { BoundContext, Transformation } from '../../transformation/contract.ts';
import { isInScope, readingScope, type Scope } from '../../transformation/scope.ts';
import type { Image } from '../../values/attribute-value.ts';
import { keyOf, keyText, type TableShape } from '../../values/table-shape.ts';
import { failuresInWords } from '../failures-in-words.ts';
import { collidingInserts } from '../insert-targets.ts';
import { andThen } from '../maybe-promise.ts';
import { seenThrough } from '../seen-through.ts';
import { TeamFunctions } from '../team-functions.ts';
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
  context: BoundContext;
  /** Which items it is about; undefined for all items of the table. */
  scope?: Scope | undefined;
  /** A run would sweep it together with the sequence before it. */
  joins?: true | undefined;
  /** Set if the code is one that the ledger keeps. */
  kept?: { checksum: string; bundleChecksum?: string | undefined; kept: true } | undefined;
}

/** Tries an image in another process, which the team's code can block or end. `earlier` are the links before; `inserted` as for {@link trialAfter}. */
export type TryApart = (
  image: Image,
  link: Link,
  shape: TableShape,
  earlier: readonly Link[],
  inserted: readonly (readonly Image[])[],
) => Promise<Tried>;

/** What is tried, and by what. */
export interface SampleOptions {
  /** Logical name of the table. */
  table: string;
  clock: Clock;
  /** How an image is tried; in this process if it is left out. */
  tryApart?: TryApart | undefined;
  /** What functions look things up in; if left out, they find no table in `look`. */
  lookups?: LookupSource | undefined;
}

/** Reads about `count` items from several places of the table, or of a scope. */
export type ReadSample = (shape: TableShape, count: number, scope?: Scope) => Promise<Sample>;

/** Number of items in a sample. */
const sampleSize = 200;

/** Items of each scope of a chain; of the table, if a sequence is about all items. */
export async function sampleFor(
  chain: readonly Pick<Link, 'scope' | 'file' | 'transformation' | 'context'>[],
  shape: TableShape,
  read: ReadSample,
): Promise<Sample> {
  const byScope = new Map(chain.map((link) => [link.scope && `${link.scope.ref.index} ${link.scope.ref.checksum}`, link]));
  const all = [...byScope.values()];
  const count = Math.ceil(sampleSize / Math.max(1, all.length));
  const samples = await Promise.all(all.map((link) => readOf(link, () => read(shape, count, link.scope))));
  const images = new Map(samples.flatMap((sample) => sample.images.map((image) => [keyText(keyOf(shape, image)), image] as const)));
  return { images: [...images.values()], isWholeTable: samples.every(({ isWholeTable }) => isWholeTable) };
}

/** @throws RunError InvalidScope: when the functions may not read the index of the scope */
async function readOf(
  { scope, file, transformation, context }: Parameters<typeof sampleFor>[0][number],
  read: () => Promise<Sample>,
): Promise<Sample> {
  try {
    return await read();
  } catch (error) {
    const index = scope?.index?.name;
    if (index === undefined || !(error instanceof Error && /^AccessDenied/.test(error.name))) throw error;
    const { table } = context;
    const { sequence } = transformation;
    throw new RunError(
      'InvalidScope',
      `The functions may not read index "${index}" of ${table}, which "only" of ${table} v${sequence} names: the stack grants them the indexes of a table while a deployed file names one. Put the file of v${sequence} (${file}) back, deploy it, and start again, also to take the version back with \`--kept-code\`. If the file is there, see which policy denies dynamodb:Query and dynamodb:Scan on the index.`,
      { fields: { table, sequence, file }, cause: error },
    );
  }
}

/**
 * Applies a chain of sequences to a sample in memory, so that a broken file fails now and not 40 million items later.
 *
 * @returns the sequences that must not be swept together with others, see {@link trySample}
 * @throws RunError ItemsFailed: when more items fail than the run tolerates, or all of them
 */
export async function refuseBrokenFiles(
  { images, isWholeTable }: Sample,
  chain: readonly Link[],
  shape: TableShape,
  { maxFailures, written, ...options }: SampleOptions & { maxFailures: number; written: string },
): Promise<ReadonlySet<number>> {
  const { table } = options;
  const { failed, inWords, apart } = await trySample(images, chain, shape, options);
  const nothingWorks = failed === images.length && failed > 0 && !isWholeTable;
  if (failed > maxFailures || nothingWorks)
    throw new RunError(
      'ItemsFailed',
      `${failed} of ${countOf(images.length, 'sampled item')} of ${table} failed (${inWords}). ${written} Mend the transformation, deploy it, and start again.`,
      {
        fields: { table, sequence: chain.length === 1 ? chain[0]?.transformation.sequence : undefined, limit: maxFailures, count: failed },
      },
    );
  return apart;
}

/**
 * Applies sequences in their order to each image in memory, with the concurrency of a worker.
 *
 * @returns how many images failed, and their causes in words; and the sequences that find something to do in what they and others, which a run would
 *   sweep together with them, have made of an image: they take the newest shape for an old one
 */
export async function trySample(
  images: readonly Image[],
  chain: readonly Link[],
  shape: TableShape,
  { table, clock, tryApart, lookups: source }: SampleOptions,
): Promise<{ failed: number; inWords: string; apart: ReadonlySet<number> }> {
  const lookups = source && new Lookups({ ...source, clock });
  // Another process limits the time itself.
  const functions = tryApart ? new TeamFunctions(clock, undefined, Number.POSITIVE_INFINITY) : new TeamFunctions(clock);
  const failures = new Map<number, ItemError>();
  let items = images.map((image, sampled) => ({ image, sampled }));
  const inserted: Image[][] = [];
  const keys = new Set(images.map((image) => keyText(keyOf(shape, image))));
  const apart = new Set<number>();
  let group: { sequence: number; trial: Trial }[] = [];
  for (const [index, link] of chain.entries()) {
    const earlier = chain.slice(0, index);
    inserted.push(items.map(({ image }) => image).filter((image) => !keys.has(keyText(keyOf(shape, image)))));
    const trial: Trial = tryApart
      ? withinScope(link, (image) => tryApart(image, link, shape, earlier, inserted))
      : trialAfter(link, earlier, { table, shape }, lookups, inserted);
    const tried = await Promise.all(
      items.map(async ({ image, sampled }) => {
        try {
          return { image, sampled, ...(await functions.run((place) => trial(image, place))) };
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
    group = [...(link.joins ? group : []), { sequence: link.transformation.sequence, trial }];
    if (group.length === 1 || chain[index + 1]?.joins) continue;
    const made = items.map(({ image }) => image);
    for (const { sequence, trial } of group) if (await findsSomething(made, trial, functions)) apart.add(sequence);
  }
  return { failed: failures.size, inWords: failuresInWords([...failures.values()]), apart };
}

async function findsSomething(images: readonly Image[], trial: Trial, functions: TeamFunctions): Promise<boolean> {
  const found = images.map(async (image) => {
    try {
      const { decision } = await functions.run((place) => trial(image, place));
      return decision.outcome === 'changed';
    } catch (error) {
      if (error instanceof ItemError) return true;
      throw error;
    }
  });
  return (await Promise.all(found)).includes(true);
}

/**
 * A link whose look-ups show the table's own items as the links before will make them.
 *
 * @param inserted what the links before each link, and before the last, insert for the items that were tried
 */
export function trialAfter(
  link: Pick<Link, 'transformation' | 'context' | 'scope'>,
  earlier: readonly Pick<Link, 'transformation' | 'context' | 'scope'>[],
  own: OwnTable,
  lookups: Lookups | undefined,
  inserted: readonly (readonly Image[])[] = [],
): Trial {
  const trials: Trial[] = [];
  for (const [index, each] of [...earlier, link].entries()) {
    const before = [...trials];
    const seenAs =
      before.length === 0 ? undefined : seenThrough(before.map((trial) => (image) => andThen(trial(image), ({ decision }) => decision)));
    const looks = lookups?.opener(each.transformation.lookups, own, seenAs, inserted[index]);
    trials.push(withinScope(each, trialOf(readingScope(each.transformation, each.scope), own.shape, { ...each.context, looks })));
  }
  return trials.at(-1) as Trial;
}

/** The trial, which leaves items outside of the scope. */
function withinScope({ scope }: Pick<Link, 'scope'>, trial: Trial): Trial {
  if (!scope) return trial;
  const contains = isInScope(scope);
  return (image, place) => (contains(image) ? trial(image, place) : { decision: { outcome: 'unchanged' }, images: [image] });
}
