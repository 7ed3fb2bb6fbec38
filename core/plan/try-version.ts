import type { FoundItem } from '../change/change.ts';
import { collidingInserts, insertTargets } from '../change/insert-targets.ts';
import { TeamFunctions } from '../change/team-functions.ts';
import { type Trial, trialOf } from '../change/trial/trial.ts';
import type { Clock } from '../clock.ts';
import { ItemError } from '../errors.ts';
import { imageAsRead, isDeclaredName } from '../transformation/attributes-read.ts';
import type { BoundContext, Declared, Transformation } from '../transformation/contract.ts';
import { declarationLines, mergeDeclarations } from '../transformation/declarations.ts';
import type { Image } from '../values/attribute-value.ts';
import { keyOf } from '../values/table-shape.ts';
import { contradictionIn, missingDeclarations } from './declarations.ts';
import { type FigureOptions, figuresOf, type TrialFigures } from './estimate/tried-figures.ts';
import { type FailureCause, FailureCauses } from './findings/failure-causes.ts';
import { type TakenItem, takenItems } from './findings/unguarded.ts';
import { showImage } from './mask-value.ts';
import type { SampledItem, TriedItem } from './tried-item.ts';
import { noWayBack, tryWayBack, type WayBack } from './try-way-back.ts';

/** The result of a version on a sample. */
export interface VersionTrial extends TrialFigures {
  failures: FailureCause[];
  /** Lines for the file that would permit everything the function does; empty if no change is undeclared. */
  lines: string[];
  /** The reason, as a clause, why these lines cannot be added to the file. */
  contradiction?: string | undefined;
  wayBack: WayBack;
  /** Items of the sample that the version deletes, or from which it removes attributes. */
  taken: TakenItem[];
}

export interface TryVersionOptions extends FigureOptions {
  /** The context of the way up. */
  context: BoundContext;
  /** Ends functions that never return. */
  clock: Clock;
  /** Reads items of the table, those that exist: of the keys under which functions insert. */
  readItems?: (keys: readonly Image[]) => Promise<Image[]>;
  /** Reads items of this and other tables, those that exist: of the keys that functions ask for by `insert`. */
  readTargets?: (targets: readonly FoundItem[]) => Promise<FoundItem[]>;
  /** False to leave out the way back, as for a version that is applied; true if left out. */
  wayBack?: boolean;
}

/** Max items that are read to see whether inserts meet them. */
const maxTargets = 100;
/** Max items of the sample, and max keys, for which a look is taken at what they ask for. */
const maxAsking = 1000;
const maxAsked = 1000;

/**
 * Applies a version to a sample in memory.
 *
 * 1. Transform each item as a run would.
 * 2. For undeclared changes, collect the missing declarations, and try those items again as if the file had them. So further problems of
 *    these items show in the same plan, and the next version gets its real input.
 * 3. Look at what is under the keys of inserted items, and fail items whose inserts meet other items.
 * 4. Take items back down, and compare.
 */
export async function tryVersion(
  transformation: Transformation,
  sample: readonly SampledItem[],
  options: TryVersionOptions,
): Promise<VersionTrial> {
  const functions = new TeamFunctions(options.clock);
  const failures = new FailureCauses();
  const up = trialOf(transformation, options.shape, options.context);
  const unlooked = await Promise.all(sample.map((item) => tryItem(item, up, functions)));
  const first = await knowingTargets(unlooked, up, functions, options);
  const fail = (error: ItemError, { image }: SampledItem): void =>
    failures.add(error.namingOnly(isKnown), options.showValues ? showImage(keyOf(options.shape, image), true) : undefined);
  const missing = await missingOf(transformation, first, options);
  const isKnown = knownNames(transformation, sample, missing, options);
  for (const { item, error } of first) if (error) fail(error, item);

  const declared = missing.reduce(mergeDeclarations, transformation.declared);
  const lines = declarationLines(declared, transformation.declared, isKnown);
  const contradiction = lines.length > 0 ? contradictionIn(declared, transformation) : undefined;
  // Only tables that the file names in `writes` were described.
  const areTablesKnown = (declared.writes ?? []).every((name) => Object.hasOwn(options.shape.others ?? {}, name));
  const assumed = lines.length > 0 && !contradiction && areTablesKnown ? { ...transformation, declared } : transformation;
  const upAgain = assumed === transformation ? undefined : trialOf(assumed, options.shape, options.context);
  const judged = await Promise.all(
    first.map(async (made): Promise<TriedItem> => {
      if (!upAgain || made.error?.name !== 'UndeclaredChange') return made;
      const { error, tried } = await tryItem(made.item, upAgain, functions);
      if (error) fail(error, made.item);
      return { ...made, tried };
    }),
  );

  const trials = await withCollisions(judged, options, fail);
  const wayBack = options.wayBack === false ? noWayBack() : await tryWayBack(assumed, trials, { ...options, isKnown }, functions);
  return { ...figuresOf(trials, options), failures: failures.list(), lines, contradiction, wayBack, taken: takenItems(trials) };
}

/** Tries the items again that asked for others, now that it is known what is there. */
async function knowingTargets(
  trials: readonly TriedItem[],
  up: Trial,
  functions: TeamFunctions,
  { readTargets }: TryVersionOptions,
): Promise<readonly TriedItem[]> {
  const asking = trials.filter(({ tried }) => tried?.asks).slice(0, maxAsking);
  if (asking.length === 0 || !readTargets) return trials;
  const found = await readTargets(asking.flatMap(({ tried }) => tried?.asks ?? []).slice(0, maxAsked));
  const again = new Map(await Promise.all(asking.map(async (made) => [made, await tryItem(made.item, up, functions, found)] as const)));
  return trials.map((made) => again.get(made) ?? made);
}

async function tryItem(item: SampledItem, up: Trial, functions: TeamFunctions, found?: readonly FoundItem[]): Promise<TriedItem> {
  try {
    return { item, tried: await functions.run((place) => up(item.image, place, found)) };
  } catch (error) {
    if (error instanceof ItemError) return { item, error };
    throw error;
  }
}

/** Fails the items whose inserts meet other items: of the sample, or of the table as far as it is read. */
async function withCollisions(
  trials: readonly TriedItem[],
  { shape, readItems }: TryVersionOptions,
  fail: (error: ItemError, item: SampledItem) => void,
): Promise<TriedItem[]> {
  const decided = trials.map(({ item, tried }) => tried && { image: item.image, decision: tried.decision, asks: tried.asks });
  const targets = insertTargets(decided, shape).slice(0, maxTargets);
  const others = targets.length > 0 && readItems ? await readItems(targets) : [];
  const errors = collidingInserts(decided, shape, others);
  return trials.map((made, position) => {
    const error = errors.get(position);
    if (!error) return made;
    fail(error, made.item);
    return { ...made, error: made.error ?? error };
  });
}

/** The missing declarations of each item with an undeclared change. */
async function missingOf(
  transformation: Transformation,
  trials: readonly TriedItem[],
  { shape, context }: TryVersionOptions,
): Promise<Declared[]> {
  const missing: Declared[] = [];
  for (const { item, error } of trials) {
    if (error?.name !== 'UndeclaredChange') continue;
    const seen = imageAsRead(item.image, transformation, 'up', shape);
    missing.push(await missingDeclarations(seen, transformation, shape, context));
  }
  return missing;
}

/**
 * Tells which names of attributes may be shown: those that the file or the table declares, and those that most items of the sample have or would
 * get. Other names may be made from item data.
 */
function knownNames(
  transformation: Transformation,
  sample: readonly SampledItem[],
  missing: readonly Declared[],
  { shape, showValues }: TryVersionOptions,
): (name: string) => boolean {
  const counts = new Map<string, number>();
  for (const name of [...sample.flatMap(({ image }) => Object.keys(image)), ...missing.flatMap(({ adds }) => adds)])
    counts.set(name, (counts.get(name) ?? 0) + 1);
  return (name) => showValues || isDeclaredName(name, transformation, shape) || (counts.get(name) ?? 0) > sample.length / 2;
}
