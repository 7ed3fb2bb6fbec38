import type { ItemError } from '../errors.ts';
import { type Image, sameImage } from '../values/attribute-value.ts';
import { keyOf, type TableShape } from '../values/table-shape.ts';
import { afterUpdate, type FoundItem, type ItemDecision, type OtherItem } from './change.ts';
import { targetExists, targetText } from './other-items.ts';

/** An item that was tried. */
export interface DecidedItem {
  image: Image;
  decision: ItemDecision;
  asks?: readonly OtherItem[] | undefined;
}

/** The keys under which tried items would insert others. */
export function insertTargets(tried: readonly (DecidedItem | undefined)[], shape: TableShape): Image[] {
  return tried
    .flatMap((item) => insertsOf(item))
    .filter(({ table }) => table === undefined)
    .map(({ image }) => keyOf(shape, image));
}

/**
 * Which of the items that were tried would fail with TargetExists: an insert meets an item with other content, or two items insert the same key
 * with different contents. As in a run, an insert that equals the item under its key is no failure.
 *
 * @param tried undefined for items that fail for another reason
 * @param others further items of the table
 * @returns errors by the position in `tried`
 */
export function collidingInserts(
  tried: readonly (DecidedItem | undefined)[],
  shape: TableShape,
  others: readonly Image[] = [],
): Map<number, ItemError> {
  const errors = new Map<number, ItemError>();
  const existing = new Map<string, Image[]>();
  const remember = (image: Image): void => {
    const key = targetText({ image }, shape);
    existing.set(key, [...(existing.get(key) ?? []), image]);
  };
  for (const other of others) remember(other);
  for (const item of tried) if (item) for (const image of [item.image, ...resultOf(item)]) remember(image);
  const inserted = new Map<string, Image>();
  for (const [position, item] of tried.entries())
    for (const insert of insertsOf(item)) {
      const key = targetText(insert, shape);
      const earlier = inserted.get(key);
      const there = existing.get(key);
      if ((there && !there.some((image) => sameImage(image, insert.image))) || (earlier && !sameImage(earlier, insert.image)))
        errors.set(position, targetExists(insert.image, shape, { isInsertedTwice: earlier !== undefined, table: insert.table }));
      inserted.set(key, insert.image);
    }
  return errors;
}

/** Those that fail if something else is under their key. */
function insertsOf(item: DecidedItem | undefined): FoundItem[] {
  if (item?.decision.outcome !== 'changed') return [];
  return [
    ...item.decision.change.inserts.map((image) => ({ image })),
    ...(item.asks ?? []).filter(({ does, onExisting }) => does === 'insert' && onExisting === 'fail'),
  ];
}

function resultOf({ image, decision }: DecidedItem): Image[] {
  if (decision.outcome !== 'changed' || decision.change.item.kind === 'delete') return [];
  return [afterUpdate(image, decision.change.item.set, decision.change.item.remove)];
}
