import { decodeImage, type Image, sameImage } from './attribute-value.ts';
import { afterUpdate, type Decision, namesIn } from './change.ts';
import { checkExports } from './check-exports.ts';
import { conditionFor } from './condition.ts';
import type { Direction, Item, Transformation, TransformContext } from './contract.ts';
import { bindTransformation } from './decide-change.ts';
import { encodeItem } from './encode-value.ts';
import { ItemError } from './errors.ts';
import { onlyAdds } from './footprint.ts';
import type { TableShape } from './table-shape.ts';

export interface CheckOptions {
  /** Names of the table's key attributes, partition key first; needed where items are inserted, deleted or moved. */
  keys?: readonly string[];
  /** What `prepare` would have gathered, a client, and whatever else the functions use of their context. */
  context?: Partial<TransformContext>;
}

/** What became of one fixture. */
export interface Checked {
  before: Item;
  outcome: Decision['outcome'];
  /** The items in its place: itself, changed or not, and those inserted; none where it was deleted. */
  after: Item[];
}

/**
 * Applies a transformation to fixtures under the rules that the engine keeps: its footprint, that it finds nothing to do in its own
 * result, and that down restores what up changed.
 *
 * @param exported the file: `import * as v3 from './v3_split_name.ts'`
 * @returns what became of each item, in the order of `items`
 * @throws Error that lists every problem with the number of its item: for tests, where fixtures are no secret
 */
export const check = async (exported: object, items: readonly object[], options: CheckOptions = {}): Promise<Checked[]> => {
  const { sequence } = exported as { sequence?: unknown };
  const transformation = checkExports(exported, `fixture/v${String(sequence)}.ts`);
  const shape: TableShape = { name: 'fixture', keys: (options.keys ?? []).map((name) => ({ name, type: 'S' })), indexKeys: {} };
  const apply = applier(transformation, shape, options.context);
  const problems: string[] = [];
  const checked: Checked[] = [];
  for (const [index, item] of items.entries()) {
    try {
      const before = encodeItem(item);
      const { outcome, images } = await apply(before, 'up');
      checked.push({ before: decodeImage(before), outcome, after: images.map(decodeImage) });
      const difference = outcome === 'changed' ? await restoreProblem(before, images, transformation, apply) : undefined;
      if (difference) problems.push(`item ${index}: ${difference}`);
    } catch (error) {
      if (!(error instanceof ItemError)) throw error;
      problems.push(`item ${index}: ${error.name}: ${error.message}${error.place ? ` (${error.place})` : ''}`);
    }
  }
  if (problems.length > 0) throw new Error(`v${transformation.sequence} has ${problems.length} problems:\n${problems.join('\n')}`);
  return checked;
};

type Apply = (image: Image, direction: Direction) => Promise<{ outcome: Decision['outcome']; images: Image[] }>;

const applier = (transformation: Transformation, shape: TableShape, context: Partial<TransformContext> = {}): Apply => {
  const { sequence } = transformation;
  const fixed = { table: 'fixture', tableName: 'fixture', sequence, dryRun: false, documentClient: undefined, log: () => {} };
  return async (image, direction) => {
    const { decide, footprint } = bindTransformation(transformation, shape, { ...fixed, ...context, direction });
    const decision = await decide(image);
    if (decision.outcome !== 'changed') return { outcome: decision.outcome, images: [image] };
    const { item, inserts } = decision.change;
    conditionFor(image, namesIn(decision.change), shape, footprint, transformation);
    return { outcome: 'changed', images: [...(item.kind === 'update' ? [afterUpdate(image, item.set, item.remove)] : []), ...inserts] };
  };
};

const restoreProblem = async (
  before: Image,
  after: readonly Image[],
  transformation: Transformation,
  apply: Apply,
): Promise<string | undefined> => {
  const irreversible = !transformation.transformDown && !onlyAdds(transformation.declared);
  // What is deleted can only come back from other items, which the fixtures of one item do not show.
  if (irreversible || after.length === 0) return undefined;
  const restored: Image[] = [];
  for (const image of after) restored.push(...(await apply(image, 'down')).images);
  if (restored.some((image) => sameImage(image, before))) return undefined;
  const [closest = {}] = restored;
  const names = [...new Set([...Object.keys(before), ...Object.keys(closest)])];
  const differing = names.filter((name) => !sameImage(only(before, name), only(closest, name)));
  return `down does not restore ${differing.map((name) => `"${name}"`).join(', ')}`;
};

const only = (image: Image, name: string): Image => (Object.hasOwn(image, name) && image[name] ? { [name]: image[name] } : {});
