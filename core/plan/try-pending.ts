import { isInScope, readingScope } from '../transformation/scope.ts';
import type { Image } from '../values/attribute-value.ts';
import { encodeInsert } from '../values/encode-insert.ts';
import { writeUnits } from '../values/item-size.ts';
import { keyOf, keyText, type TableShape } from '../values/table-shape.ts';
import type { TrialCounters } from './estimate/tried-figures.ts';
import { type AtHand, isLoaded, type LoadedFile, type LocalFile, whyNotTried } from './local-file.ts';
import type { PlannedScope } from './plan-scopes.ts';
import type { PendingVersion } from './table-plan.ts';
import type { SampledItem } from './tried-item.ts';
import { type TryVersionOptions, tryVersion, type VersionTrial } from './try-version.ts';

/** One pending version with its trial, or the reason why it was not tried. */
export type PendingTrial = { file: LocalFile; seeds: number } /** `before`: the items as it finds them. */ & (
  | { file: LoadedFile; trial: VersionTrial; writeUnits: number; before: readonly SampledItem[] }
  | { trial: undefined; notTried: string }
);

/** What pending versions are tried on. */
export interface PendingSample {
  items: readonly SampledItem[];
  shape: TableShape;
  scopes: ReadonlyMap<number, Pick<PlannedScope, 'scope' | 'items'>>;
}

/**
 * Applies pending versions to a sample in memory, in their order: each gets the results of the versions before it. If one cannot be tried,
 * later ones are not tried either, since their input is not known.
 *
 * @param sample `scopes`: of versions that are about some items only, by sequence: each is tried on a sample of its own
 */
export async function tryPending(
  files: readonly LocalFile[],
  { items: sample, shape, scopes }: PendingSample,
  atHand: AtHand,
  optionsOf: (sequence: number, before: readonly LoadedFile[], inserted: readonly (readonly Image[])[]) => TryVersionOptions,
): Promise<PendingTrial[]> {
  const trials: PendingTrial[] = [];
  let items = sample;
  /** The samples of scopes: those of later versions, as the versions before make them. */
  const inScopes = new Map([...scopes].map(([sequence, scope]) => [sequence, scope.items]));
  let untried: number | undefined;
  /** What was inserted before each version. */
  const inserted: Image[][] = [];
  const textOf = (image: Image): string => keyText(keyOf(shape, image));
  const sampled = new Set([...sample, ...[...inScopes.values()].flat()].map(({ image }) => textOf(image)));
  const isInserted = (image: Image): boolean => !sampled.has(textOf(image));
  for (const file of files) {
    const reason = untried === undefined ? whyNotTried(file, atHand) : `v${untried} comes before it and was not tried`;
    const seeds = isLoaded(file) ? (file.transformation.seed?.length ?? 0) : 0;
    if (reason !== undefined || !isLoaded(file)) {
      untried ??= file.sequence;
      trials.push({ file, seeds, trial: undefined, notTried: reason ?? '' });
      continue;
    }
    const before = trials.map((trial) => trial.file).filter(isLoaded);
    inserted.push([...items, ...[...inScopes.values()].flat()].map(({ image }) => image).filter(isInserted));
    const options = optionsOf(file.sequence, before, inserted);
    const scope = scopes.get(file.sequence)?.scope;
    const seeded = newSeeds(file, items, options.shape);
    const own = scope ? (inScopes.get(file.sequence) ?? []) : items;
    const contains = scope ? isInScope(scope) : () => true;
    const transformation = readingScope(file.transformation, scope);
    const trial = await tryVersion(
      transformation,
      [...own, ...seeded].filter(({ image }) => contains(image)),
      options,
    );
    const after = async (others: readonly SampledItem[]): Promise<SampledItem[]> => {
      const affected = others.filter(({ image }) => contains(image));
      const made = await tryVersion(transformation, affected, { ...options, diffs: 0, wayBack: false });
      return [...others.filter(({ image }) => !contains(image)), ...made.items];
    };
    // Each seed is inserted in a transaction.
    const seedUnits = seeded.reduce((sum, { image }) => sum + 2 * writeUnits({}, image), 0);
    trials.push({ file, seeds, trial, writeUnits: trial.writeUnits + seedUnits, before: items });
    items = scope ? await after(items) : trial.items;
    for (const [later, others] of inScopes) if (later > file.sequence) inScopes.set(later, await after(others));
  }
  return trials;
}

/** Seeds whose keys are free, as far as the sample shows. Each represents only itself. */
function newSeeds({ transformation }: LoadedFile, items: readonly SampledItem[], shape: TableShape): SampledItem[] {
  if (!transformation.seed) return [];
  const taken = new Set(items.map(({ image }) => keyText(keyOf(shape, image))));
  return transformation.seed
    .map((seed) => ({ image: encodeInsert(seed, shape), weight: 1 }))
    .filter(({ image }) => !taken.has(keyText(keyOf(shape, image))));
}

/** The trial in the form that is printed: whole numbers and shares, without items. */
export function printedTrial({ items: _, contradiction: __, taken: ___, ...trial }: VersionTrial, total: number): PendingVersion['trial'] {
  const { scanned, ...counters } = trial.counters;
  const share = mapNumbers(counters, (count) => count / Math.max(1, scanned));
  return {
    ...trial,
    share,
    estimated: mapNumbers(trial.estimated, Math.round),
    writeUnits: Math.ceil(total),
    indexUnits: Object.fromEntries(Object.entries(trial.indexUnits).map(([name, units]) => [name, Math.ceil(units)])),
    ...(trial.otherUnits
      ? { otherUnits: Object.fromEntries(Object.entries(trial.otherUnits).map(([name, units]) => [name, Math.ceil(units)])) }
      : {}),
    ...(trial.severalTransactions ? { severalTransactions: rounded(trial.severalTransactions) } : {}),
    ...(trial.expiry ? { expiry: { past: rounded(trial.expiry.past), ignored: rounded(trial.expiry.ignored) } } : {}),
    leftIndexes: Object.fromEntries(Object.entries(trial.leftIndexes).map(([name, left]) => [name, rounded(left)])),
  };
}

function rounded({ items, estimated }: { items: number; estimated: number }) {
  return { items, estimated: Math.round(estimated) };
}

function mapNumbers<K extends keyof TrialCounters>(
  counters: Pick<TrialCounters, K>,
  of: (count: number) => number,
): Pick<TrialCounters, K> {
  const mapped = { ...counters };
  for (const name in mapped) mapped[name] = of(mapped[name]);
  return mapped;
}
