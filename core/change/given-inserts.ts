import { hiddenName, ItemError } from '../errors.ts';
import type { Item, OnExisting } from '../transformation/contract.ts';
import { declarationLine, mergeDeclarations, noDeclarations, quoted } from '../transformation/declarations.ts';
import type { Footprint } from '../transformation/footprint.ts';
import { isOnExisting, onExistingMustBe } from '../transformation/other-items.ts';
import { decodeImage, type Image, sameImage } from '../values/attribute-value.ts';
import { encodeInsert } from '../values/encode-insert.ts';
import { keyOf, shapeOf, type TableShape } from '../values/table-shape.ts';
import type { OtherItem } from './change.ts';

/**
 * What `insert(item, options)` says, checked.
 *
 * @param own the image of the function's own item
 * @throws ItemError UndeclaredChange: when the file does not declare that it inserts, or into that table
 * @throws ItemError InvalidValue: when item or options are not what `insert` takes, or the key is that of the own item
 */
export function otherItemOf(
  { item, options }: { item: unknown; options: unknown },
  own: Image,
  shape: TableShape,
  footprint: Footprint,
): OtherItem {
  const { table, onExisting = footprint.declared.onExisting ?? 'fail' } = checkedOptions(options);
  if (typeof item !== 'object' || item === null || Array.isArray(item))
    throw invalid('insert() was called with something that is no item.');
  if (table === undefined ? !footprint.inserts : !footprint.writes?.has(table)) throw notDeclared(table, footprint);
  const into = shapeOf(shape, table);
  const image = encodeInsert(item, into, table);
  if (table === undefined && sameImage(keyOf(shape, image), keyOf(shape, own)))
    throw invalid("insert() was called with an item under the key of the function's own item. Return that item itself, not insert().");
  return { does: 'insert', ...(table === undefined ? {} : { table }), image, onExisting };
}

/**
 * Calls the function that says what becomes of an item that is there.
 *
 * @throws ItemError NotIdempotent: when it gives something else for its own result
 * @throws ItemError InvalidValue: when its result cannot be stored, or has another key
 */
export async function mergedItem({ image, table, onExisting }: OtherItem, existing: Image, shape: TableShape): Promise<Image> {
  if (typeof onExisting !== 'function') return image;
  const into = shapeOf(shape, table);
  const merge = async (there: Image): Promise<Image> => {
    const result: unknown = await onExisting(decodeImage(there), decodeImage(image));
    if (typeof result !== 'object' || result === null) throw invalid('onExisting returned something that is no item.');
    const merged = encodeInsert(result, into, table);
    if (!sameImage(keyOf(into, merged), keyOf(into, image))) throw invalid('onExisting returned an item under another key.');
    return merged;
  };
  const merged = await merge(existing);
  if (!sameImage(await merge(merged), merged))
    throw new ItemError(
      'NotIdempotent',
      'Applied to its own result, onExisting changes something again. A page can be replayed: given what it returned before, and the same item, it must return that.',
    );
  return merged;
}

function checkedOptions(options: unknown): { table?: string; onExisting?: OnExisting } {
  if (typeof options !== 'object' || options === null) throw invalid('The options of insert() are no object.');
  for (const name of Object.keys(options))
    if (name !== 'table' && name !== 'onExisting')
      throw new ItemError('InvalidValue', `insert() has no option "${name}": it takes "table" and "onExisting".`, {
        attribute: name,
        withoutName: `insert() has no such option (${hiddenName(name)}): it takes "table" and "onExisting".`,
      });
  const { table, onExisting }: { table?: unknown; onExisting?: unknown } = options;
  if (table !== undefined && typeof table !== 'string') throw invalid('The option "table" of insert() must be the name of a table.');
  if (onExisting !== undefined && !isOnExisting(onExisting)) throw invalid(`The option "onExisting" of insert() ${onExistingMustBe}.`);
  return { ...(table === undefined ? {} : { table }), ...(onExisting === undefined ? {} : { onExisting }) };
}

function notDeclared(table: string | undefined, { declared, direction }: Footprint): ItemError {
  if (direction === 'down')
    return new ItemError(
      'UndeclaredChange',
      'transformDown inserts other items, and only the way up does that. Return items of the table as they are.',
    );
  if (table === undefined)
    return new ItemError(
      'UndeclaredChange',
      `The function inserts an item under another key, which its file does not declare. If that is meant, add: ${declarationLine(declared, 'inserts', 'true')}`,
    );
  const writes = mergeDeclarations(declared, { ...noDeclarations, writes: [table] }).writes ?? [];
  // The name of a table can be made from item data.
  return new ItemError(
    'UndeclaredChange',
    `The function inserts into the table "${table}", which its file does not declare. If that is meant, let the file say: ${declarationLine(declared, 'writes', `[${writes.map(quoted).join(', ')}]`)}`,
    {
      attribute: table,
      withoutName: `The function inserts into a table that its file does not declare (${hiddenName(table)}). If that is meant, add its name to \`writes\`.`,
    },
  );
}

function invalid(message: string): ItemError {
  return new ItemError('InvalidValue', message);
}

/** Plain elements of an array under the declared `onExisting`, which the function must not give again once they are there. */
export function plainInserts(items: readonly Item[], shape: TableShape, onExisting: OnExisting): OtherItem[] {
  return items.map((item) => ({ does: 'insert', image: encodeInsert(item, shape), onExisting, isOnce: true }));
}
