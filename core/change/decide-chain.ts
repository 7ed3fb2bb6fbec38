import { ItemError } from '../errors.ts';
import { imageAsRead } from '../transformation/attributes-read.ts';
import type { Transformation } from '../transformation/contract.ts';
import { mergeDeclarations, noDeclarations } from '../transformation/declarations.ts';
import { footprintOf } from '../transformation/footprint.ts';
import type { Place } from '../transformation/look.ts';
import { type Image, sameAttribute, sameImage } from '../values/attribute-value.ts';
import type { TableShape } from '../values/table-shape.ts';
import { afterUpdate, type ItemDecision, updateBetween } from './change.ts';
import type { ItemDecider } from './decide-change.ts';
import { andThen, type MaybePromise, orElse } from './maybe-promise.ts';

/** One version of a chain, bound to its table on the way up. It changes only the item that its function is called for. */
export interface ChainLink {
  /** Also reading the attributes by which items of its scope are found. */
  transformation: Transformation;
  decider: ItemDecider;
  /** Whether an item is in its scope; undefined if it is about all items of the table. */
  contains?: ((image: Image) => boolean) | undefined;
}

/** What the versions of a chain did to one item, for counts and failures. */
export interface ChainNote {
  /** The sequences that changed it, in their order. */
  changedBy: readonly number[];
  /** The sequence whose function failed. */
  failedAt?: number | undefined;
}

/** Several versions, which make one change of an item together. */
export interface Chain {
  /** What the versions may change together. The condition of a change is made of it, and of `transformation`. */
  decider: ItemDecider;
  /** Reads what any of the versions reads. Its functions are never called. */
  transformation: Transformation;
  /** @param note called when it is known which versions changed the item, or which one failed */
  decide(image: Image, place: Place | undefined, note: (note: ChainNote) => void): MaybePromise<ItemDecision>;
}

/**
 * Makes one decider of several versions. For each image:
 *
 * 1. Each version decides in its order on what the versions before it made of the image, by all rules of a run: it sees only what it reads,
 *    stays in its footprint, and finds nothing to do in its own result.
 * 2. The change is the difference between the image and the last result. So a value that one version sets and another one takes back is not
 *    written.
 * 3. The chain must find nothing to do in its own result: a later version can remove what an earlier one looks at to see that it is done.
 * 4. If an attribute is neither in the image nor in the result, but between two versions, the item may have had the newest shape already. Then what
 *    the item has must not depend on that attribute.
 *
 * @param links at least one
 */
export function decideChain(links: readonly ChainLink[], shape: TableShape): Chain {
  const transformation = unionOf(links);
  const footprint = footprintOf(transformation.declared, 'up');
  const decide: Chain['decide'] = (image, place, note) =>
    andThen(applied(links, image, shape, place, note), (first) => {
      if (first.changedBy.length === 0) return unchanged;
      const { set, remove } = updateBetween(image, first.image);
      if (Object.keys(set).length === 0 && remove.length === 0) return unchanged;
      const changed = (): ItemDecision => {
        note({ changedBy: first.changedBy });
        return { outcome: 'changed', change: { item: { kind: 'update', set, remove }, inserts: [] }, differing: first.differing };
      };
      return links.length === 1 ? changed() : andThen(refuseUnsafe(links, image, first, shape, place), changed);
    });
  return { decider: { footprint, decide: (image, place) => decide(image, place, () => {}) }, transformation, decide };
}

const unchanged: ItemDecision = { outcome: 'unchanged' };

interface Applied {
  image: Image;
  changedBy: number[];
  /** By sequence, the names that it added. */
  added: Map<number, string[]>;
  differing: boolean;
}

/**
 * What the links make of an image, one after the other. Most functions are synchronous, and then it makes no promise.
 *
 * @param hidden names that no link is shown, whichever sets them
 */
function applied(
  links: readonly ChainLink[],
  image: Image,
  shape: TableShape,
  place: Place | undefined,
  note: (note: ChainNote) => void,
  hidden: ReadonlySet<string> = new Set(),
): MaybePromise<Applied> {
  const made: Applied = { image, changedBy: [], added: new Map(), differing: false };
  const apply = (link: ChainLink, decision: ItemDecision): void => {
    if (decision.outcome !== 'changed') return;
    const { item } = decision.change;
    if (item.kind !== 'update' || decision.asks) throw new TypeError('a version of a chain changes its own item only');
    const { sequence } = link.transformation;
    made.changedBy.push(sequence);
    made.added.set(
      sequence,
      Object.keys(item.set).filter((name) => !Object.hasOwn(made.image, name)),
    );
    const after = afterUpdate(made.image, item.set, item.remove);
    for (const name of hidden) delete after[name];
    made.image = after;
    made.differing ||= decision.differing;
  };
  const from = (start: number): MaybePromise<Applied> => {
    for (let index = start; index < links.length; index++) {
      const link = links[index] as ChainLink;
      const decision = decideOne(link, made.image, shape, place, note);
      if (decision instanceof Promise)
        return decision.then((later) => {
          apply(link, later);
          return from(index + 1);
        });
      if (decision.outcome === 'changed') apply(link, decision);
    }
    return made;
  };
  return from(0);
}

function decideOne(
  { transformation, decider, contains }: ChainLink,
  image: Image,
  shape: TableShape,
  place: Place | undefined,
  note: (note: ChainNote) => void,
): MaybePromise<ItemDecision> {
  if (contains && !contains(image)) return unchanged;
  const { sequence } = transformation;
  return orElse(
    () => decider.decide(transformation.reads ? imageAsRead(image, transformation, 'up', shape) : image, place),
    (error) => {
      note({ changedBy: [], failedAt: sequence });
      throw error;
    },
  );
}

/**
 * @throws ItemError NotIdempotent: when the chain changes its own result, or may have taken an item of the newest shape for an old one
 */
async function refuseUnsafe(
  links: readonly ChainLink[],
  image: Image,
  first: Applied,
  shape: TableShape,
  place: Place | undefined,
): Promise<void> {
  const again = await applied(links, first.image, shape, place, () => {});
  if (!sameImage(first.image, again.image))
    throw new ItemError(
      'NotIdempotent',
      `Applied one after the other to their own result, ${versionsOf(first.changedBy)} change something again: a later version removes what an earlier one looks at. Let the earlier one also return undefined for an item of the newest shape.`,
    );
  const between = [...first.added].filter(([, names]) => names.some((name) => !Object.hasOwn(first.image, name)));
  if (between.length === 0) return;
  const hidden = new Set(between.flatMap(([, names]) => names.filter((name) => !Object.hasOwn(first.image, name))));
  const without = await applied(links, image, shape, place, () => {}, hidden);
  if (Object.keys(image).every((name) => sameAttribute(first.image, without.image, name))) return;
  throw new ItemError(
    'NotIdempotent',
    `${versionsOf(between.map(([sequence]) => sequence))} adds an attribute that a later version removes, and what the item has would be changed by it. Whether the item has the newest shape already cannot be told. Let that version return undefined for such an item.`,
  );
}

function versionsOf(sequences: readonly number[]): string {
  return sequences.map((sequence) => `v${sequence}`).join(', ');
}

/** If all of the versions name what they read, the condition is on that; if one does not, on the whole item. A version attribute is not used. */
export function unionOf(links: readonly Pick<ChainLink, 'transformation'>[]): Transformation {
  const reads = links.every(({ transformation }) => transformation.reads)
    ? links.flatMap(({ transformation }) => transformation.reads ?? [])
    : undefined;
  const versionAttributes = links.flatMap(({ transformation: { versionAttribute } }) => versionAttribute ?? []);
  return {
    file: links.at(-1)?.transformation.file,
    sequence: links.at(-1)?.transformation.sequence ?? 0,
    declared: links.reduce((all, { transformation }) => mergeDeclarations(all, transformation.declared), noDeclarations),
    reads: reads && [...new Set([...reads, ...versionAttributes])],
    versionAttribute: undefined,
    seed: undefined,
    prepare: undefined,
    transformUp: () => undefined,
    transformDown: undefined,
  };
}
