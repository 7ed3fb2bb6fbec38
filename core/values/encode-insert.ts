import { ItemError } from '../errors.ts';
import type { AttributeValue, Image } from './attribute-value.ts';
import { encodeItem } from './encode-value.ts';
import { isKey, type TableShape } from './table-shape.ts';

/**
 * Encodes an item that a function or a seed inserts.
 *
 * @param table logical name, if it is not the table of the file
 * @throws ItemError InvalidValue: when a value cannot be stored, or a key is missing or has the wrong type
 */
export function encodeInsert(item: object, shape: TableShape, table?: string): Image {
  const image = encodeItem(item);
  for (const { name, type } of shape.keys) {
    const value = image[name];
    if (!value || !isKeyValue(value, type)) throw wrongKey(name, type, table);
  }
  for (const [name, value] of Object.entries(image)) checkIndexKey(value, name, shape, table);
  return image;
}

/**
 * Returns the value of an attribute.
 *
 * @throws ItemError InvalidValue: when the attribute is a key of an index, and the value has another type
 */
export function checkIndexKey(value: AttributeValue, name: string, shape: TableShape, table?: string): AttributeValue {
  const type = Object.hasOwn(shape.indexKeys, name) ? shape.indexKeys[name] : undefined;
  if (type && !isKey(shape, name) && !isKeyValue(value, type)) throw wrongKey(name, type, table);
  return value;
}

function isKeyValue(value: AttributeValue, type: 'S' | 'N' | 'B'): boolean {
  if ('S' in value) return type === 'S' && value.S !== '';
  if ('B' in value) return type === 'B' && value.B.length > 0;
  return 'N' in value && type === 'N';
}

const typeNames = { S: 'a string that is not empty', N: 'a number', B: 'binary that is not empty' };

function wrongKey(name: string, type: 'S' | 'N' | 'B', table: string | undefined) {
  const what =
    table === undefined
      ? 'the returned item is a key of the table or of an index'
      : `the item for the table "${table}" is a key of that table or of an index of it`;
  return new ItemError('InvalidValue', `The attribute "${name}" of ${what} and must be ${typeNames[type]}.`);
}
