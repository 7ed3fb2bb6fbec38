import { imageAsRead } from '../transformation/attributes-read.ts';
import type { BoundContext, Transformation } from '../transformation/contract.ts';
import { type Footprint, footprintOf, onlyAdds } from '../transformation/footprint.ts';
import type { Place } from '../transformation/look.ts';
import { plainItems } from '../transformation/other-items.ts';
import { defineOwn, type Image, sameImage, sameValue } from '../values/attribute-value.ts';
import { encodeInsert } from '../values/encode-insert.ts';
import { encodesTo } from '../values/encodes-to.ts';
import { keyOf, keyText, type TableShape } from '../values/table-shape.ts';
import { callTransform } from './call-transform.ts';
import { type CalledWith, contextOpener } from './called-with.ts';
import { afterUpdate, type ItemDecision, updateBetween } from './change.ts';
import { bindTransformation, type ItemDecider, refuseUnlessIdempotent, refuseUnreadable } from './decide-change.ts';
import { itemDifference } from './item-difference.ts';
import { andThen, type MaybePromise, orElse } from './maybe-promise.ts';

/** A version's code, and what its function is called with. */
export interface BoundCode {
  transformation: Transformation;
  context: BoundContext;
}

/** The contexts of one decision: of the present code, and of the earlier ones in their order. */
interface Opened {
  present: CalledWith;
  earlier: readonly CalledWith[];
  all: readonly CalledWith[];
}

/**
 * Binds the present code of a version that adds or overwrites attributes, so that it also sets again what earlier codes of the version gave.
 * For each image:
 *
 * 1. An added attribute is an earlier code's if that code gives the value again, for the item without what the codes add. This is the rule by
 *    which a derived way down removes an attribute. Any other value may be newer data of the application and is kept.
 * 2. Call the present function for the item without these attributes, and without what it adds itself.
 * 3. Set what it gives where the attribute is missing or an earlier code's. Remove an earlier code's attribute that it does not give.
 * 4. What it overwrites is set as without rewriting: the value before the earlier code is gone.
 * 5. An item that still is as an earlier code seeded it becomes what the present code makes of its seed under the same key.
 *
 * The condition of the write compares the attributes that it changes, so what the application writes in between is kept, too.
 */
export function bindRewrite(present: BoundCode, earlier: readonly BoundCode[], shape: TableShape): ItemDecider {
  const { transformation } = present;
  const seeds = seedsToRewrite(present, earlier, shape);
  const given = givenBy(present, earlier, shape);
  const openers = [present, ...earlier].map(({ context }) => contextOpener(context));
  const open = (place?: Place): Opened => {
    const [ofPresent, ...ofEarlier] = openers.map((opener) => opener(place));
    if (!ofPresent) throw new TypeError('the present code is the first');
    return { present: ofPresent, earlier: ofEarlier, all: [ofPresent, ...ofEarlier] };
  };
  const decideOnce = (image: Image, opened: Opened): MaybePromise<ItemDecision> =>
    refuseUnreadable(transformation.file, opened.all, () =>
      andThen(
        seeds(image),
        (decision) => decision ?? andThen(given(image, opened), (names) => rewrite(image, names, transformation, opened.present, shape)),
      ),
    );
  // The result is the present function's alone. What it overwrites may let another value be recognised, which the next pass sets again.
  const decideOnResult = (image: Image, opened: Opened): MaybePromise<ItemDecision> =>
    refuseUnreadable(transformation.file, opened.all, () => rewrite(image, new Set(), transformation, opened.present, shape));
  const footprint = footprintOfAll(transformation, earlier);
  if (onlyAdds(transformation.declared)) return { footprint, decide: (image, place) => decideOnce(image, open(place)) };
  return {
    footprint,
    decide: (image, place) => {
      const opened = open(place);
      return andThen(decideOnce(image, opened), (decision) =>
        decision.outcome === 'changed'
          ? refuseUnlessIdempotent(
              decision,
              image,
              (other) => decideOnce(other, opened),
              (result) => decideOnResult(result, opened),
              shape,
            )
          : decision,
      );
    },
  };
}

/**
 * The present transformation, reading what the earlier codes read, too: their functions must see what they saw.
 */
export function readingAll(present: Transformation, earlier: readonly Transformation[]): Transformation {
  if (earlier.length === 0 || present.reads === undefined) return present;
  if (earlier.some(({ reads }) => reads === undefined)) return { ...present, reads: undefined };
  return {
    ...present,
    reads: [...new Set([present, ...earlier].flatMap(({ reads = [], declared }) => [...reads, ...declared.adds, ...declared.overwrites]))],
  };
}

/** What the earlier codes add may be removed. */
function footprintOfAll({ declared }: Transformation, earlier: readonly BoundCode[]): Footprint {
  const footprint = footprintOf(declared, 'up');
  const names = earlier.flatMap(({ transformation }) => transformation.declared.adds).filter((name) => !footprint.sets.has(name));
  return { ...footprint, removes: new Set([...footprint.removes, ...names]) };
}

/**
 * The names of attributes whose values earlier codes gave. Each code is called for the item without what any of the codes adds, so that it
 * makes no difference what is rewritten already.
 */
function givenBy({ transformation }: BoundCode, earlier: readonly BoundCode[], shape: TableShape): FindGiven {
  const added = new Set([transformation, ...earlier.map((code) => code.transformation)].flatMap(({ declared }) => declared.adds));
  return (image, opened) => {
    const before = without(image, added);
    const find = (index: number): MaybePromise<ReadonlySet<string>> => {
      const [code, called] = [earlier[index], opened.earlier[index]];
      return code && called
        ? andThen(givenByOne(code.transformation, called, image, before, shape), (names) =>
            andThen(find(index + 1), (more) => new Set([...names, ...more])),
          )
        : new Set<string>();
    };
    return find(0);
  };
}

type FindGiven = (image: Image, opened: Opened) => MaybePromise<ReadonlySet<string>>;

/** A function that fails on the item as it is now gives nothing by which a value could be recognised. */
function givenByOne(
  transformation: Transformation,
  called: CalledWith,
  image: Image,
  before: Image,
  shape: TableShape,
): MaybePromise<readonly string[]> {
  const { declared, transformUp, file } = transformation;
  const present = Object.entries(image).filter(([name]) => declared.adds.includes(name));
  if (present.length === 0) return [];
  return orElse(
    () =>
      andThen(callTransform(transformUp, imageAsRead(before, transformation, 'up', shape), called, file), (results) => {
        const [given = {}] = plainItems(results ?? []);
        return present.filter(([name, value]) => Object.hasOwn(given, name) && encodesTo(value, given[name])).map(([name]) => name);
      }),
    (error) => {
      // A look-up that ended says nothing about the item.
      if (called.look.fault) throw error;
      return [];
    },
  );
}

function rewrite(
  image: Image,
  given: ReadonlySet<string>,
  transformation: Transformation,
  called: CalledWith,
  shape: TableShape,
): MaybePromise<ItemDecision> {
  const footprint = footprintOf(transformation.declared, 'up');
  const before = imageAsRead(without(image, new Set([...given, ...footprint.fills])), transformation, 'up', shape);
  return andThen(callTransform(transformation.transformUp, before, called, transformation.file), (results) => {
    const decision: ItemDecision = results ? itemDifference(before, results, shape, footprint) : { outcome: 'unchanged' };
    const change = decision.outcome === 'changed' ? decision.change.item : undefined;
    return settled(image, change?.kind === 'update' ? change.set : {}, given, footprint);
  });
}

/** @param fresh what the present function sets, in the item without what it adds and without what earlier codes gave */
function settled(image: Image, fresh: Image, given: ReadonlySet<string>, { fills }: Footprint): ItemDecision {
  const set: Image = {};
  let kept = false;
  let differing = false;
  for (const [name, value] of Object.entries(fresh)) {
    const before = Object.hasOwn(image, name) ? image[name] : undefined;
    const same = before !== undefined && sameValue(before, value);
    const stays = before !== undefined && fills.has(name) && !given.has(name);
    kept ||= same || stays;
    differing ||= stays && !same;
    if (!same && !stays) defineOwn(set, name, value);
  }
  const remove = [...given].filter((name) => !Object.hasOwn(fresh, name));
  if (Object.keys(set).length > 0 || remove.length > 0)
    return { outcome: 'changed', change: { item: { kind: 'update', set, remove }, inserts: [] }, differing };
  return kept ? { outcome: 'kept', differing } : { outcome: 'unchanged' };
}

type DecideSeed = (image: Image) => MaybePromise<ItemDecision | undefined>;

/** Decides on items that still are as an earlier code seeded them; undefined for all others. */
function seedsToRewrite(present: BoundCode, earlier: readonly BoundCode[], shape: TableShape): DecideSeed {
  const fresh = seedsByKey(present.transformation, shape);
  const known = earlier.map((code) => ({ code, seeds: seedsByKey(code.transformation, shape) }));
  return decideSeed;

  function decideSeed(image: Image): MaybePromise<ItemDecision | undefined> {
    const key = keyText(keyOf(shape, image));
    const seed = fresh.get(key);
    const seeded = known.flatMap(({ code, seeds }) => {
      const old = seeds.get(key);
      return old ? [{ code, old }] : [];
    });
    if (!seed || seeded.length === 0) return undefined;
    return decideSeeded(image, seed, seeded);
  }

  async function decideSeeded(image: Image, seed: Image, seeded: { code: BoundCode; old: Image }[]): Promise<ItemDecision | undefined> {
    for (const { code, old } of seeded)
      if (sameImage(image, old) || sameImage(image, await transformed(old, code, shape)))
        return replaced(image, await transformed(seed, present, shape));
    return undefined;
  }
}

function seedsByKey({ seed = [] }: Transformation, shape: TableShape): Map<string, Image> {
  return new Map(seed.map((item) => encodeInsert(item, shape)).map((image) => [keyText(keyOf(shape, image)), image]));
}

/** What a pass makes of a seed. If the function fails on it, the item fails in the pass, and the seed stays as it is. */
async function transformed(seed: Image, { transformation, context }: BoundCode, shape: TableShape): Promise<Image> {
  const { decide } = bindTransformation({ ...transformation, seed: undefined }, shape, context);
  const decision = await orElse(
    (): MaybePromise<ItemDecision> => decide(seed),
    (): ItemDecision => ({ outcome: 'unchanged' }),
  );
  if (decision.outcome !== 'changed' || decision.change.item.kind !== 'update') return seed;
  return afterUpdate(seed, decision.change.item.set, decision.change.item.remove);
}

function replaced(image: Image, target: Image): ItemDecision {
  const { set, remove } = updateBetween(image, target);
  if (Object.keys(set).length === 0 && remove.length === 0) return { outcome: 'unchanged' };
  return { outcome: 'changed', change: { item: { kind: 'update', set, remove }, inserts: [] }, differing: false };
}

function without(image: Image, names: ReadonlySet<string>): Image {
  return Object.fromEntries(Object.entries(image).filter(([name]) => !names.has(name)));
}
