import { ItemError } from '../errors.ts';
import { decodeImage, type Image, sameImage } from '../values/attribute-value.ts';
import { keyOf, keyText, type TableShape } from '../values/table-shape.ts';
import { afterUpdate, type ItemDecision } from './change.ts';

/** An item that was tried. */
export interface DecidedItem {
  image: Image;
  decision: ItemDecision;
}

/** The keys under which tried items would insert others. */
export function insertTargets(tried: readonly (DecidedItem | undefined)[], shape: TableShape): Image[] {
  return tried.flatMap((item) => insertsOf(item)).map((insert) => keyOf(shape, insert));
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
    const key = keyText(keyOf(shape, image));
    existing.set(key, [...(existing.get(key) ?? []), image]);
  };
  for (const other of others) remember(other);
  for (const item of tried) if (item) for (const image of [item.image, ...resultOf(item)]) remember(image);
  const inserted = new Map<string, Image>();
  for (const [position, item] of tried.entries())
    for (const insert of insertsOf(item)) {
      const key = keyText(keyOf(shape, insert));
      const earlier = inserted.get(key);
      const there = existing.get(key);
      if ((there && !there.some((image) => sameImage(image, insert))) || (earlier && !sameImage(earlier, insert)))
        errors.set(position, targetExists(insert, shape, earlier !== undefined));
      inserted.set(key, insert);
    }
  return errors;
}

/** @param isInsertedTwice true if another item inserts the same key */
export function targetExists(insert: Image, shape: TableShape, isInsertedTwice = false): ItemError {
  return new ItemError(
    'TargetExists',
    isInsertedTwice
      ? 'The function inserts an item under a key under which it inserts another item with other content.'
      : 'An item that the function inserts exists already with other content.',
    { target: decodeImage(keyOf(shape, insert)) },
  );
}

function insertsOf(item: DecidedItem | undefined): readonly Image[] {
  return item?.decision.outcome === 'changed' ? item.decision.change.inserts : [];
}

function resultOf({ image, decision }: DecidedItem): Image[] {
  if (decision.outcome !== 'changed' || decision.change.item.kind === 'delete') return [];
  return [afterUpdate(image, decision.change.item.set, decision.change.item.remove)];
}
