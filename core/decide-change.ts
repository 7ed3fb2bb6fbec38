import { type Image, sameImage } from './attribute-value.ts';
import { callTransform } from './call-transform.ts';
import { afterUpdate, type Change, type Decision } from './change.ts';
import type { Transformation, TransformContext } from './contract.ts';
import { ItemError } from './errors.ts';
import { type Footprint, footprintOf, onlyAdds } from './footprint.ts';
import { hasMeaning } from './has-meaning.ts';
import { encodeInsert, itemDifference } from './item-difference.ts';
import { placeOf } from './place-of.ts';
import { keyOf, keyText, type TableShape } from './table-shape.ts';

/** A transformation bound to a table and a direction. */
export interface Decider {
  footprint: Footprint;
  /** @throws ItemError for the item's own faults */
  decide(image: Image): Promise<Decision>;
}

/**
 * Binds a transformation to a table and a direction. For each image:
 *
 * 1. Decode it and call the function.
 * 2. The change is the difference between the result and the raw image; a value that means the same is never written again.
 * 3. Everything outside the footprint is refused by name.
 * 4. Where the version does more than add attributes, the function must find nothing to do in its own result, since a page can be
 *    replayed and a pass repeated.
 */
export const bindTransformation = (transformation: Transformation, shape: TableShape, context: TransformContext): Decider => {
  const footprint = footprintOf(transformation.declared, context.direction);
  if (context.direction === 'down' && transformation.seed) {
    const { seed, ...rest } = transformation;
    return takeBackSeeds(seed, shape, bindTransformation({ ...rest, seed: undefined }, shape, context));
  }
  const transform = context.direction === 'up' ? transformation.transformUp : transformation.transformDown;
  if (!transform) return { footprint, decide: (image) => refuseUnreadable(() => decideDerivedDown(image, transformation, context)) };

  const decideOnce = (image: Image): Promise<Decision> =>
    refuseUnreadable(async () => {
      const results = await callTransform(transform, image, context);
      return results ? itemDifference(image, results, shape, footprint) : { outcome: 'unchanged' };
    });
  if (context.direction === 'up' && onlyAdds(transformation.declared)) return { footprint, decide: decideOnce };
  return {
    footprint,
    decide: async (image) => {
      const decision = await decideOnce(image);
      if (decision.outcome === 'changed') await refuseUnlessIdempotent(decision.change, image, decideOnce);
      return decision;
    },
  };
};

/** On the way down, an item that still is as it was seeded is deleted; what a pass restores to that state, the next one deletes. */
const takeBackSeeds = (seed: readonly object[], shape: TableShape, { footprint, decide }: Decider): Decider => {
  const seeds = new Map(seed.map((item) => encodeInsert(item, shape)).map((image) => [keyText(keyOf(shape, image)), image]));
  return {
    footprint,
    decide: async (image) => {
      const seeded = seeds.get(keyText(keyOf(shape, image)));
      if (seeded && sameImage(seeded, image))
        return { outcome: 'changed', change: { item: { kind: 'delete' }, inserts: [] }, differing: false };
      const decision = await decide(image);
      return seeded && decision.outcome === 'unchanged' ? { outcome: 'kept', differing: true } : decision;
    },
  };
};

/**
 * The way back of a version that only adds and leaves out `transformDown`: an added attribute that `transformUp` would give again is
 * removed; any other may be newer data of the application and is kept.
 */
const decideDerivedDown = async (image: Image, transformation: Transformation, context: TransformContext): Promise<Decision> => {
  const added = new Set(transformation.declared.adds);
  const present = Object.entries(image).filter(([name]) => added.has(name));
  if (present.length === 0) return { outcome: 'unchanged' };
  const withoutAdded = Object.fromEntries(Object.entries(image).filter(([name]) => !added.has(name)));
  const [given = {}] = (await callTransform(transformation.transformUp, withoutAdded, context)) ?? [];
  const remove = present.filter(([name, value]) => Object.hasOwn(given, name) && hasMeaning(value, given[name])).map(([name]) => name);
  const differing = remove.length < present.length;
  return remove.length === 0
    ? { outcome: 'kept', differing }
    : { outcome: 'changed', change: { item: { kind: 'update', set: {}, remove }, inserts: [] }, differing };
};

/** A result with accessors or proxies can throw when it is read: the item's fault, not the segment's. */
const refuseUnreadable = async (decide: () => Promise<Decision>): Promise<Decision> => {
  try {
    return await decide();
  } catch (error) {
    if (error instanceof ItemError) throw error;
    throw new ItemError(
      'InvalidValue',
      'The result of the function cannot be read: return plain objects with plain values.',
      placeOf(error),
    );
  }
};

const refuseUnlessIdempotent = async (change: Change, image: Image, decideOnce: (image: Image) => Promise<Decision>): Promise<void> => {
  const results = [...change.inserts];
  if (change.item.kind === 'update') results.push(afterUpdate(image, change.item.set, change.item.remove));
  for (const result of results) {
    const again = await decideOnce(result);
    if (again.outcome === 'changed')
      throw new ItemError(
        'NotIdempotent',
        'Applied to its own result, the function changes something again. A page can be replayed: guard on an attribute that the first call sets, and return undefined where it is set.',
      );
  }
};
