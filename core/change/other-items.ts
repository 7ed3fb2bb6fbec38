import { ItemError } from '../errors.ts';
import { decodeImage, type Image, sameImage } from '../values/attribute-value.ts';
import { isKey, keyOf, keyText, shapeOf, type TableShape } from '../values/table-shape.ts';
import {
  type ChangedDecision,
  changesOwn,
  type FoundItem,
  type ItemDecision,
  type OtherItem,
  type OtherWrite,
  updateBetween,
} from './change.ts';
import { type Condition, equalsOf } from './condition.ts';

/** A text that is the same only for the same key of the same table. */
export function targetText({ table, image }: FoundItem, shape: TableShape): string {
  return JSON.stringify([table ?? '', keyText(keyOf(shapeOf(shape, table), image))]);
}

/** What is under the keys of the items of a decision, by {@link targetText}. */
export class Found {
  readonly #shape: TableShape;
  readonly #images: ReadonlyMap<string, Image>;

  constructor(items: readonly FoundItem[], shape: TableShape) {
    this.#shape = shape;
    this.#images = new Map(items.map((item) => [targetText(item, shape), item.image]));
  }

  under(asked: FoundItem): Image | undefined {
    return this.#images.get(targetText(asked, this.#shape));
  }
}

/** Whether a function of the team must say what becomes of something that is there. */
export function needsMerge({ asks = [] }: ChangedDecision, found: Found): boolean {
  return asks.some((asked) => {
    const existing = found.under(asked);
    return (
      (asked.onExisting === 'merge' || typeof asked.onExisting === 'function') &&
      existing !== undefined &&
      !sameImage(existing, asked.image)
    );
  });
}

/** The decision without functions, which no other process can be given. */
export function withoutFunctions(decision: ItemDecision): ItemDecision {
  if (decision.outcome !== 'changed' || !decision.asks) return decision;
  return { ...decision, asks: decision.asks.map(withoutFunction) };
}

export function withoutFunction(asked: OtherItem): OtherItem {
  return typeof asked.onExisting === 'function' ? { ...asked, onExisting: 'merge' } : asked;
}

/**
 * The decision once it is known what is under the keys of the items that it asks for:
 *
 * | there is        | insert                                       | takeBack            |
 * |-----------------|----------------------------------------------|---------------------|
 * | nothing         | is put, if the key is still free             | is done             |
 * | the same        | is done                                      | is deleted          |
 * | something else  | fails, is kept, or is what was merged        | is kept             |
 *
 * If the own item is deleted, what is done is still checked in the transaction: of a moved item, one must remain.
 *
 * @param merged what functions gave in place of what is there, by the item that was asked for
 * @throws ItemError TargetExists
 */
export function withOthers(
  decision: ChangedDecision,
  found: Found,
  shape: TableShape,
  merged: ReadonlyMap<OtherItem, Image> = new Map(),
): ItemDecision {
  const { change, asks = [], isKept, differing, outcome } = decision;
  if (asks.length === 0) return decision;
  const others: OtherWrite[] = [];
  let kept = isKept === true;
  let differs = differing;
  const write = (other: OtherWrite): void => void others.push(other);
  for (const asked of asks) {
    const { does, table, image } = asked;
    const existing = found.under(asked);
    const wanted = merged.get(asked) ?? image;
    if (!existing) {
      if (does === 'insert') write({ kind: 'put', table, image: wanted });
    } else if (sameImage(existing, wanted)) {
      if (does === 'takeBack') write({ kind: 'delete', table, image: existing, ...unlessVersioned(asked, existing) });
      else if (change.item.kind === 'delete') write({ kind: 'check', table, image: existing });
    } else if (merged.has(asked)) {
      write({ kind: 'update', table, image: existing, ...updateBetween(existing, wanted) });
    } else if (asked.onExisting === 'keep') {
      kept = true;
      differs = true;
      if (change.item.kind === 'delete') write({ kind: 'check', table, image: existing });
    } else throw targetExists(image, shape, { table });
  }
  if (!changesOwn(change) && change.inserts.length + others.length === 0)
    return kept ? { outcome: 'kept', differing: differs } : { outcome: 'unchanged' };
  return { outcome, change: { ...change, ...(others.length > 0 ? { others } : {}) }, differing: differs };
}

/** The condition that an item still is as it was found, as far as a condition can tell. */
export function asFound(other: OtherWrite, shape: TableShape): Condition {
  const names = other.kind === 'update' ? Object.keys(other.set) : other.kind === 'delete' ? (other.missing ?? []) : [];
  return {
    equals: equalsOf(other.image, (name) => !isKey(shape, name)),
    missing: names.filter((name) => !Object.hasOwn(other.image, name)),
  };
}

/**
 * @param isInsertedTwice true if another item inserts the same key
 * @param table logical name, if it is another table
 */
export function targetExists(
  insert: Image,
  shape: TableShape,
  { isInsertedTwice = false, table }: { isInsertedTwice?: boolean; table?: string | undefined } = {},
): ItemError {
  const into = table === undefined ? '' : ` into ${table}`;
  return new ItemError(
    'TargetExists',
    isInsertedTwice
      ? `The function inserts an item${into} under a key under which it inserts another item with other content.`
      : `An item that the function inserts${into} exists already with other content.`,
    { target: decodeImage(keyOf(shapeOf(shape, table), insert)), targetTable: table },
  );
}

/** An inserted item has no version until the application writes it. */
function unlessVersioned({ versionAttribute }: OtherItem, { [versionAttribute ?? '']: version }: Image): { missing?: [string] } {
  return versionAttribute === undefined || version ? {} : { missing: [versionAttribute] };
}
