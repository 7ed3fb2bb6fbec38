import type { TeamFunctions } from '../change/team-functions.ts';
import { type Tried, trialOf } from '../change/trial/trial.ts';
import { isIrreversible, notGivenBack, notRestored } from '../change/way-back.ts';
import { ItemError } from '../errors.ts';
import type { BoundContext, Declared, Transformation } from '../transformation/contract.ts';
import type { Image } from '../values/attribute-value.ts';
import { encodeInsert } from '../values/encode-insert.ts';
import { keyOf, keyText, type TableShape } from '../values/table-shape.ts';
import { type FailureCause, FailureCauses } from './findings/failure-causes.ts';
import type { TriedItem } from './tried-item.ts';

/** Tells if down restores the items that up changed, and what it does to those that up leaves. */
export interface WayBack {
  /** `derived`: what was added is removed again. `none`: irreversible. */
  by: 'transformDown' | 'derived' | 'none';
  /** Number of changed items that were taken back down, and number of those that were restored. */
  tried: number;
  restored: number;
  /** Attributes that were not restored, with the number of items. */
  attributes: Record<string, number>;
  /** The part of these that down can only compute: values that the version removes, and in whose place it writes nothing. */
  removed: { items: number; attributes: Record<string, number> };
  failures: FailureCause[];
  left: WayBackOfLeft;
}

/** What down does to items that up leaves. Only tried with a transformDown: a derived way back changes only what up gives again. */
export interface WayBackOfLeft {
  /** Number of items that up leaves, and number of those that down would change. */
  tried: number;
  changed: number;
  /** Number of changed items that up does not give back, and their attributes with the number of items. */
  notGivenBack: number;
  attributes: Record<string, number>;
  /** Number of changed items that up gives back, because they have what the version adds and lack what it removes. */
  alreadyNew: number;
  failures: FailureCause[];
}

/** Replaces names that may be made from item data. */
const otherNames = '…';

export function noWayBack(by: WayBack['by'] = 'none'): WayBack {
  const left = { tried: 0, changed: 0, notGivenBack: 0, attributes: {}, alreadyNew: 0, failures: [] };
  return { by, tried: 0, restored: 0, attributes: {}, removed: { items: 0, attributes: {} }, failures: [], left };
}

/**
 * Takes items back down in memory.
 *
 * 1. Take each changed item back, and compare it with what it was.
 * 2. With a transformDown, take each item that up leaves down, and apply up again: it should be as before.
 *
 * @param context the context of the way up
 * @param isKnown true for names that may be shown
 */
export async function tryWayBack(
  transformation: Transformation,
  trials: readonly TriedItem[],
  { shape, context, isKnown }: { shape: TableShape; context: BoundContext; isKnown: (name: string) => boolean },
  functions: TeamFunctions,
): Promise<WayBack> {
  const by = isIrreversible(transformation) ? 'none' : transformation.transformDown ? 'transformDown' : 'derived';
  const way = noWayBack(by);
  if (by === 'none') return way;
  const ways = {
    shape,
    up: trialOf(transformation, shape, context),
    down: trialOf(transformation, shape, { ...context, direction: 'down' }),
  };
  const [failures, failuresOfLeft] = [new FailureCauses(), new FailureCauses()];
  const [unlike, removed, lost] = [new NameCounts(isKnown), new NameCounts(isKnown), new NameCounts(isKnown)];
  const isSeed = seedsOf(transformation, shape);
  await Promise.all(
    trials.map(async ({ item: { image }, tried }) => {
      if (!tried) return;
      const isLeft = tried.decision.outcome !== 'changed';
      try {
        if (isLeft) await tryLeft(image, tried);
        else await tryChanged(image, tried);
      } catch (error) {
        if (!(error instanceof ItemError)) throw error;
        (isLeft ? failuresOfLeft : failures).add(error.namingOnly(isKnown));
      }
    }),
  );
  return {
    ...way,
    attributes: unlike.all,
    removed: { ...way.removed, attributes: removed.all },
    failures: failures.list(),
    left: { ...way.left, attributes: lost.all, failures: failuresOfLeft.list() },
  };

  async function tryChanged(image: Image, tried: Tried): Promise<void> {
    // A deleted item can be restored only from other items.
    if (tried.images.length === 0) return;
    way.tried += 1;
    const names = await functions.run(() => notRestored(image, tried.images, ways.down));
    if (names.length === 0) way.restored += 1;
    unlike.add(names);
    if (names.length > 0 && isOnlyRemoved(names, tried, transformation.declared)) {
      way.removed.items += 1;
      removed.add(names);
    }
  }

  async function tryLeft(image: Image, { decision }: Tried): Promise<void> {
    if (by === 'derived' || isSeed(image)) return;
    way.left.tried += 1;
    const names = await functions.run(() => notGivenBack(image, ways));
    if (names === undefined) return;
    way.left.changed += 1;
    // What up adds exists already, so the item is of those that up changes.
    if (decision.outcome === 'kept') return;
    if (names.length > 0) way.left.notGivenBack += 1;
    else if (isAlreadyNew(image, transformation.declared)) way.left.alreadyNew += 1;
    lost.add(names);
  }
}

/** Counts items by the names of their attributes. */
class NameCounts {
  readonly #counts = new Map<string, number>();
  readonly #isKnown: (name: string) => boolean;

  constructor(isKnown: (name: string) => boolean) {
    this.#isKnown = isKnown;
  }

  add(names: readonly string[]): void {
    for (const name of new Set(names.map((attribute) => (this.#isKnown(attribute) ? attribute : otherNames))))
      this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  get all(): Record<string, number> {
    return Object.fromEntries(this.#counts);
  }
}

/** Whether all of these are values that a version takes away, and in whose place it writes nothing. */
function isOnlyRemoved(names: readonly string[], { decision }: Tried, { adds, overwrites, inserts }: Declared): boolean {
  if (adds.length + overwrites.length > 0 || inserts || decision.outcome !== 'changed') return false;
  const { item } = decision.change;
  return item.kind === 'update' && names.every((name) => item.remove.includes(name));
}

/** Whether an item looks as if a rename had been applied to it. */
function isAlreadyNew(image: Image, { adds, removes }: Declared): boolean {
  return removes.length > 0 && adds.some((name) => Object.hasOwn(image, name)) && !removes.some((name) => Object.hasOwn(image, name));
}

/** Down deletes the seeds that up inserted, which only the ledger knows. */
function seedsOf({ seed = [] }: Transformation, shape: TableShape): (image: Image) => boolean {
  const keys = new Set(seed.map((item) => keyText(keyOf(shape, encodeInsert(item, shape)))));
  return (image) => keys.has(keyText(keyOf(shape, image)));
}
