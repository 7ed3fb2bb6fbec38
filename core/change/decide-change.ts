import { ItemError } from '../errors.ts';
import type { BoundContext, Transformation } from '../transformation/contract.ts';
import { type Footprint, footprintOf, onlyAdds } from '../transformation/footprint.ts';
import type { Place } from '../transformation/look.ts';
import { sourceLocation } from '../transformation/thrown-error.ts';
import { type Image, sameImage } from '../values/attribute-value.ts';
import { encodeInsert } from '../values/encode-insert.ts';
import { encodesTo } from '../values/encodes-to.ts';
import { keyOf, keyText, type TableShape } from '../values/table-shape.ts';
import { callTransform } from './call-transform.ts';
import { type CalledWith, contextOpener } from './called-with.ts';
import { afterUpdate, type Change, type ItemDecision } from './change.ts';
import { itemDifference } from './item-difference.ts';
import { andThen, type MaybePromise, orElse } from './maybe-promise.ts';

/** A transformation bound to a table and a direction. */
export interface ItemDecider {
  footprint: Footprint;
  /**
   * Rejects with ItemError if the item fails, and with another error if a look-up ended the segment; does not throw.
   *
   * @param place left while look-ups are waited for
   */
  decide(image: Image, place?: Place): MaybePromise<ItemDecision>;
}

/**
 * Binds a transformation to a table and a direction. For each image:
 *
 * 1. Decode it and call the function.
 * 2. The change is the difference between the result and the raw image. A value that means the same is never written again.
 * 3. A change outside the footprint fails the item, and the message says its name.
 * 4. If the version does more than add attributes, the function must find nothing to do in its own result, since a page can be read
 *    again and a pass repeated. Look-ups give the same answers in both calls.
 */
export function bindTransformation(transformation: Transformation, shape: TableShape, context: BoundContext): ItemDecider {
  const footprint = footprintOf(transformation.declared, context.direction);
  if (context.direction === 'down' && transformation.seed) {
    const { seed, ...rest } = transformation;
    return takeBackSeeds(seed, shape, bindTransformation({ ...rest, seed: undefined }, shape, context));
  }
  const open = contextOpener(context);
  const decideDerived = (image: Image, called: CalledWith): MaybePromise<ItemDecision> =>
    refuseUnreadable(transformation.file, [called], () => decideDerivedDown(image, transformation, called));
  const transform = context.direction === 'up' ? transformation.transformUp : transformation.transformDown;
  if (!transform) return { footprint, decide: (image, place) => decideDerived(image, open(place)) };

  const decideOnce = (image: Image, called: CalledWith): MaybePromise<ItemDecision> =>
    refuseUnreadable(transformation.file, [called], () =>
      andThen(callTransform(transform, image, called, transformation.file), (results) =>
        results ? itemDifference(image, results, shape, footprint) : unchanged,
      ),
    );
  if (context.direction === 'up' && onlyAdds(transformation.declared))
    return { footprint, decide: (image, place) => decideOnce(image, open(place)) };
  return {
    footprint,
    decide: (image, place) => {
      const called = open(place);
      return andThen(decideOnce(image, called), (decision) =>
        decision.outcome === 'changed' ? refuseUnlessIdempotent(decision, image, (other) => decideOnce(other, called)) : decision,
      );
    },
  };
}

/** Chains sequences for a dry run, which writes nothing: `last` decides on what the `earlier` ones would have made of the image. */
export function chainDeciders(earlier: readonly ItemDecider[], last: ItemDecider): ItemDecider {
  return {
    footprint: last.footprint,
    decide: async (scanned, place) => {
      let image: Image = scanned;
      for (const { decide } of earlier) {
        const decision = await decide(image, place);
        if (decision.outcome !== 'changed') continue;
        const { item } = decision.change;
        if (item.kind === 'delete') return unchanged;
        image = afterUpdate(image, item.set, item.remove);
      }
      return last.decide(image, place);
    },
  };
}

const unchanged: ItemDecision = { outcome: 'unchanged' };

/** On the way down, deletes an item that is still as it was seeded, or as the version made it of the seed. */
function takeBackSeeds(seed: readonly object[], shape: TableShape, { footprint, decide }: ItemDecider): ItemDecider {
  const seeds = new Map(seed.map((item) => encodeInsert(item, shape)).map((image) => [keyText(keyOf(shape, image)), image]));
  return {
    footprint,
    decide: (image, place) => {
      const seeded = seeds.get(keyText(keyOf(shape, image)));
      if (!seeded) return decide(image, place);
      if (sameImage(seeded, image)) return deleted;
      return andThen(decide(image, place), (decision) => {
        if (decision.outcome === 'unchanged') return { outcome: 'kept', differing: true };
        return decision.outcome === 'changed' && leaves(decision.change, image, seeded) ? deleted : decision;
      });
    },
  };
}

const deleted: ItemDecision = { outcome: 'changed', change: { item: { kind: 'delete' }, inserts: [] }, differing: false };

/** True if the change turns the image into this one, and does nothing else. */
function leaves({ item, inserts }: Change, image: Image, wanted: Image): boolean {
  return item.kind === 'update' && inserts.length === 0 && sameImage(afterUpdate(image, item.set, item.remove), wanted);
}

/**
 * The derived way back of a version that only adds and has no `transformDown`: an added attribute is removed if `transformUp` gives the
 * same value again. Any other value may be newer data of the application and is kept.
 */
function decideDerivedDown(image: Image, transformation: Transformation, called: CalledWith): MaybePromise<ItemDecision> {
  const added = new Set(transformation.declared.adds);
  const present = Object.entries(image).filter(([name]) => added.has(name));
  if (present.length === 0) return unchanged;
  const withoutAdded = Object.fromEntries(Object.entries(image).filter(([name]) => !added.has(name)));
  return andThen(callTransform(transformation.transformUp, withoutAdded, called, transformation.file), (results) => {
    const [given = {}] = results ?? [];
    const remove = present.filter(([name, value]) => Object.hasOwn(given, name) && encodesTo(value, given[name])).map(([name]) => name);
    const differing = remove.length < present.length;
    return remove.length === 0
      ? { outcome: 'kept', differing }
      : { outcome: 'changed', change: { item: { kind: 'update', set: {}, remove }, inserts: [] }, differing };
  });
}

/** A result with accessors or proxies can throw when it is read. That fails the item, not the segment. */
export function refuseUnreadable(
  file: string | undefined,
  called: readonly CalledWith[],
  decide: () => MaybePromise<ItemDecision>,
): MaybePromise<ItemDecision> {
  return orElse(
    decide,
    (error): Promise<never> =>
      Promise.reject(
        error instanceof ItemError || called.some(({ look }) => look.fault?.error === error)
          ? error
          : new ItemError('InvalidValue', 'The result of the function cannot be read: return plain objects with plain values.', {
              place: sourceLocation(error, file),
            }),
      ),
  );
}

/** Max decisions on one image whose look-ups were answered differently each time. */
const maxDecisions = 5;

/**
 * Applies the function to its own results, which it must not change. If it does, a look-up may have been answered differently in between: then
 * the function decides otherwise on the image, too, and that decision is examined. It is the function's fault if it decides the same.
 *
 * @param decideOnResult the decision on its own results, if it is another one
 * @throws ItemError NotIdempotent
 */
export async function refuseUnlessIdempotent(
  first: ChangedDecision,
  image: Image,
  decideOnce: Decide,
  decideOnResult = decideOnce,
): Promise<ItemDecision> {
  let decision = first;
  for (let decisions = 1; decisions <= maxDecisions; decisions++) {
    if (!(await changesItsResults(decision, image, decideOnResult))) return decision;
    const fresh = await decideOnce(image);
    if (fresh.outcome !== 'changed') return fresh;
    if (isSameDecision(fresh, decision, image)) break;
    decision = fresh;
  }
  throw new ItemError(
    'NotIdempotent',
    'Applied to its own result, the function changes something again. A page can be replayed: guard on an attribute that the first call sets, and return undefined if it is set.',
  );
}

type Decide = (image: Image) => MaybePromise<ItemDecision>;
type ChangedDecision = Extract<ItemDecision, { outcome: 'changed' }>;

async function changesItsResults({ change: { item, inserts } }: ChangedDecision, image: Image, decideOnce: Decide): Promise<boolean> {
  const results = [...inserts];
  if (item.kind === 'update') results.push(afterUpdate(image, item.set, item.remove));
  for (const result of results) if ((await decideOnce(result)).outcome === 'changed') return true;
  return false;
}

function isSameDecision(a: ChangedDecision, b: ChangedDecision, image: Image): boolean {
  const resultsOf = ({ change: { item, inserts } }: ChangedDecision): Image[] => [
    item.kind === 'update' ? afterUpdate(image, item.set, item.remove) : {},
    ...inserts,
  ];
  const [first, second] = [resultsOf(a), resultsOf(b)];
  return first.length === second.length && first.every((result, index) => sameImage(result, second[index] ?? {}));
}
