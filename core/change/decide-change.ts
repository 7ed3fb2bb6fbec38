import { ItemError } from '../errors.ts';
import type { BoundContext, Transformation } from '../transformation/contract.ts';
import { type Footprint, footprintOf, onlyAdds } from '../transformation/footprint.ts';
import type { Place } from '../transformation/look.ts';
import { plainItems } from '../transformation/other-items.ts';
import { sourceLocation } from '../transformation/thrown-error.ts';
import { type Image, sameImage } from '../values/attribute-value.ts';
import { encodeInsert } from '../values/encode-insert.ts';
import { encodesTo } from '../values/encodes-to.ts';
import { keyOf, keyText, type TableShape } from '../values/table-shape.ts';
import { callTransform } from './call-transform.ts';
import { type CalledWith, contextOpener } from './called-with.ts';
import {
  afterUpdate,
  type Change,
  type ChangedDecision,
  changesOwn,
  type FoundItem,
  type ItemDecision,
  leftAsItIs,
  type OtherItem,
} from './change.ts';
import { mergedItem } from './given-inserts.ts';
import { itemDifference } from './item-difference.ts';
import { andThen, type MaybePromise, orElse } from './maybe-promise.ts';
import { Found, targetText, withOthers } from './other-items.ts';

/** A transformation bound to a table and a direction. */
export interface ItemDecider {
  footprint: Footprint;
  /**
   * Rejects with ItemError if the item fails, and with another error if a look-up ended the segment; does not throw.
   *
   * @param place left while look-ups are waited for
   * @param found what was found under the keys of the items that the decision asked for; then the decision asks for nothing any more
   */
  decide(image: Image, place?: Place, found?: readonly FoundItem[]): MaybePromise<ItemDecision>;
}

/**
 * Binds a transformation to a table and a direction. For each image:
 *
 * 1. Decode it and call the function.
 * 2. The change is the difference between the result and the raw image. A value that means the same is never written again.
 * 3. A change outside the footprint fails the item, and the message says its name.
 * 4. If the version does more than add attributes, the function must find nothing to do in its own result, since a page can be read
 *    again and a pass repeated. Look-ups give the same answers in both calls. It may ask again for the items that it asked for by `insert`.
 * 5. On the way down, ask for the items that the way up inserts by `insert` for the result, to delete those that still are so.
 */
export function bindTransformation(transformation: Transformation, shape: TableShape, context: BoundContext): ItemDecider {
  const { footprint, decide } = bindOnce(transformation, shape, context);
  const open = contextOpener(context);
  return {
    footprint,
    decide: (image, place, found) => {
      const called = open(place);
      return andThen(decide(image, called), (decision) =>
        found && decision.outcome === 'changed'
          ? refuseUnreadable(transformation.file, [called], () => mergeFound(decision, new Found(found, shape), shape))
          : decision,
      );
    },
  };
}

interface Bound {
  footprint: Footprint;
  decide(image: Image, called: CalledWith): MaybePromise<ItemDecision>;
}

function bindOnce(transformation: Transformation, shape: TableShape, context: BoundContext): Bound {
  const { declared, file } = transformation;
  const footprint = footprintOf(declared, context.direction);
  if (context.direction === 'down' && transformation.seed) {
    const { seed, ...rest } = transformation;
    return takeBackSeeds(seed, shape, bindOnce({ ...rest, seed: undefined }, shape, context));
  }
  const decideDown = context.direction === 'down' ? takingBack(transformation, shape) : undefined;
  const transform = context.direction === 'up' ? transformation.transformUp : transformation.transformDown;
  if (!transform) {
    const derive: Bound['decide'] = (image, called) =>
      refuseUnreadable(file, [called], () => decideDerivedDown(image, transformation, called));
    return { footprint, decide: decideDown ? decideDown(derive) : derive };
  }

  const decideOnce: Bound['decide'] = (image, called) =>
    refuseUnreadable(file, [called], () =>
      andThen(callTransform(transform, image, called, file), (results) =>
        results ? itemDifference(image, results, shape, footprint) : unchanged,
      ),
    );
  if (context.direction === 'up' && onlyAdds(declared)) return { footprint, decide: decideOnce };
  const decide: Bound['decide'] = (image, called) => {
    const again: Decide = (other) => decideOnce(other, called);
    return andThen(again(image), (decision) =>
      decision.outcome === 'changed' ? refuseUnlessIdempotent(decision, image, again, again, shape) : decision,
    );
  };
  return { footprint, decide: decideDown ? decideDown(decide) : decide };
}

/** What functions of the team make of what is there, as far as they are asked. */
async function mergeFound(decision: ChangedDecision, found: Found, shape: TableShape): Promise<ItemDecision> {
  const merged = new Map<OtherItem, Image>();
  for (const asked of decision.asks ?? []) {
    const existing = found.under(asked);
    if (existing && typeof asked.onExisting === 'function' && !sameImage(existing, asked.image))
      merged.set(asked, await mergedItem(asked, existing, shape));
  }
  return withOthers(decision, found, shape, merged);
}

/** Chains sequences for a dry run, which writes nothing: `last` decides on what the `earlier` ones would have made of the image. */
export function chainDeciders(earlier: readonly ItemDecider[], last: ItemDecider): ItemDecider {
  return {
    footprint: last.footprint,
    decide: async (scanned, place, found) => {
      let image: Image = scanned;
      for (const { decide } of earlier) {
        const decision = await decide(image, place);
        if (decision.outcome !== 'changed') continue;
        const { item } = decision.change;
        if (item.kind === 'delete') return unchanged;
        image = afterUpdate(image, item.set, item.remove);
      }
      return last.decide(image, place, found);
    },
  };
}

const unchanged: ItemDecision = { outcome: 'unchanged' };

/** On the way down, deletes an item that is still as it was seeded, or as the version made it of the seed. */
function takeBackSeeds(seed: readonly object[], shape: TableShape, { footprint, decide }: Bound): Bound {
  const seeds = new Map(seed.map((item) => encodeInsert(item, shape)).map((image) => [keyText(keyOf(shape, image)), image]));
  return {
    footprint,
    decide: (image, called) => {
      const seeded = seeds.get(keyText(keyOf(shape, image)));
      if (!seeded) return decide(image, called);
      if (sameImage(seeded, image)) return deleted;
      return andThen(decide(image, called), (decision) => {
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
    const [given = {}] = plainItems(results ?? []);
    const remove = present.filter(([name, value]) => Object.hasOwn(given, name) && encodesTo(value, given[name])).map(([name]) => name);
    const differing = remove.length < present.length;
    return remove.length === 0
      ? { outcome: 'kept', differing }
      : { outcome: 'changed', change: { item: { kind: 'update', set: {}, remove }, inserts: [] }, differing };
  });
}

/**
 * Adds to a decision on the way down the items that the way up inserts for what the decision leaves. With a transformDown, plain items of an
 * array are left to it, which gets them, too.
 */
function takingBack(transformation: Transformation, shape: TableShape): ((decide: Bound['decide']) => Bound['decide']) | undefined {
  const { declared, file, transformDown, transformUp, versionAttribute } = transformation;
  const version = versionAttribute === undefined ? {} : { versionAttribute };
  if (!declared.inserts && !declared.writes?.length) return undefined;
  const up = footprintOf(declared, 'up');
  const asksOf = (before: Image, { context, look }: CalledWith): MaybePromise<OtherItem[]> =>
    andThen(callTransform(transformUp, before, { context: { ...context, direction: 'up' }, look }, file), (results) => {
      const given = results ? itemDifference(before, results, shape, up) : unchanged;
      if (given.outcome !== 'changed') return [];
      const { asks = [], change } = given;
      const all = [...asks, ...change.inserts.map((image): OtherItem => ({ does: 'insert', image, onExisting: 'fail', isOnce: true }))];
      return all
        .filter(({ isOnce }) => !isOnce || !transformDown)
        .map(({ table, image }) => ({
          does: 'takeBack',
          ...(table === undefined ? {} : { table }),
          image,
          onExisting: 'keep',
          ...version,
        }));
    });
  return (decide) => (image, called) =>
    andThen(decide(image, called), (decision) => {
      const item = decision.outcome === 'changed' ? decision.change.item : leftAsItIs;
      if (item.kind === 'delete') return decision;
      const before = afterUpdate(image, item.set, item.remove);
      const left = transformDown ? before : Object.fromEntries(Object.entries(before).filter(([name]) => !declared.adds.includes(name)));
      return refuseUnreadable(file, [called], () =>
        andThen(asksOf(left, called), (asks) => {
          if (asks.length === 0) return decision;
          if (decision.outcome === 'changed') return { ...decision, asks };
          const differing = decision.outcome === 'kept' && decision.differing;
          const isKept = decision.outcome === 'kept' ? { isKept: true as const } : {};
          return { outcome: 'changed', change: { item: leftAsItIs, inserts: [] }, differing, asks, ...isKept };
        }),
      );
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
  decideOnResult: Decide,
  shape: TableShape,
): Promise<ItemDecision> {
  let decision = first;
  let changed: ChangedResult | undefined;
  for (let decisions = 1; decisions <= maxDecisions; decisions++) {
    changed = await changedResult(decision, image, decideOnResult, shape);
    if (!changed) return decision;
    const fresh = await decideOnce(image);
    if (fresh.outcome !== 'changed') return fresh;
    if (isSameDecision(fresh, decision, image)) break;
    decision = fresh;
  }
  throw new ItemError(
    'NotIdempotent',
    `Applied to its own result, the function changes something again. A page can be replayed: guard on an attribute that the first call sets, and return undefined if it is set.${changed === 'other' ? ' Here the result is an item that it inserts: it is called for such items, too.' : ''}`,
  );
}

type Decide = (image: Image) => MaybePromise<ItemDecision>;

/** The item that the decision is about, or another one that it inserts. */
type ChangedResult = 'own' | 'other';

/** Which result the function changes again; undefined for none. */
async function changedResult(
  decision: ChangedDecision,
  image: Image,
  decideOnce: Decide,
  shape: TableShape,
): Promise<ChangedResult | undefined> {
  const { change, asks = [] } = decision;
  const others = [...change.inserts, ...asks.filter(({ table }) => table === undefined).map((asked) => asked.image)];
  const own = change.item.kind === 'update' ? [afterUpdate(image, change.item.set, change.item.remove)] : [];
  const known = new Map(asks.map((asked) => [targetText(asked, shape), asked.image]));
  const isKnown = (asked: OtherItem): boolean => {
    const image = known.get(targetText(asked, shape));
    // Under `keep`, what is there stays, whatever is given.
    return image !== undefined && !asked.isOnce && (asked.onExisting === 'keep' || sameImage(image, asked.image));
  };
  for (const result of [...others, ...own]) {
    const again = await decideOnce(result);
    if (again.outcome !== 'changed') continue;
    const isOther = changesOwn(again.change) || again.change.inserts.length > 0;
    if (isOther || !again.asks?.every(isKnown)) return own.includes(result) ? 'own' : 'other';
  }
  return undefined;
}

function isSameDecision(a: ChangedDecision, b: ChangedDecision, image: Image): boolean {
  const resultsOf = ({ change: { item, inserts }, asks = [] }: ChangedDecision): FoundItem[] => [
    { image: item.kind === 'update' ? afterUpdate(image, item.set, item.remove) : {} },
    ...inserts.map((insert) => ({ image: insert })),
    ...asks,
  ];
  const [first, second] = [resultsOf(a), resultsOf(b)];
  return (
    first.length === second.length &&
    first.every((result, index) => result.table === second[index]?.table && sameImage(result.image, second[index]?.image ?? {}))
  );
}
