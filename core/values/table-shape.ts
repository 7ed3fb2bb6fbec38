import { ownValue } from '../own-value.ts';
import { type AttributeValue, defineOwn, type Image } from './attribute-value.ts';
import { canonicalNumber } from './number-value.ts';

export type KeyType = 'S' | 'N' | 'B';

/** Keys and indexes of a table. */
export interface TableShape {
  /** Physical name. */
  name: string;
  /** The table's own key attributes, partition key first. */
  keys: readonly { name: string; type: KeyType }[];
  /** Key attributes of the table's indexes: an item may lack them, but not hold another type or an empty value in them. */
  indexKeys: Readonly<Record<string, KeyType>>;
  /** The indexes that DynamoDB updates, and charges for, with a write of an item. */
  indexes: readonly Index[];
  /** Other tables into which the versions of a run may insert, by their logical names. */
  others?: Readonly<Record<string, TableShape>> | undefined;
}

/** A secondary index. */
export interface Index {
  name: string;
  kind: 'global' | 'local';
  /** Partition key first, then sort key; each of the two may have several attributes. */
  keys: readonly string[];
  /** Number of attributes of the partition key; undefined if it has one. */
  partitionKeys?: number | undefined;
  /** Attributes beside the keys of index and table; 'all' for whole items. */
  projected: readonly string[] | 'all';
}

/** An index of a kind of which only the name is known. */
export interface OtherIndex {
  name: string;
  /** As DescribeTable names the list: `VectorIndexes`. */
  kind: string;
}

/** The key of an image. */
export function keyOf(shape: TableShape, image: Image): Image {
  const key: Image = {};
  for (const { name } of shape.keys) {
    const value = image[name];
    if (value) defineOwn(key, name, value);
  }
  return key;
}

export function isKey(shape: TableShape, name: string): boolean {
  return shape.keys.some((key) => key.name === name);
}

/** A text that is the same only for equal keys of one table, in whatever order their attributes are named, and however their numbers are written. */
export function keyText(key: Image): string {
  return JSON.stringify(
    valuesByName(key).map((value) => ('B' in value ? [...value.B] : 'N' in value ? { N: canonicalNumber(value.N) } : value)),
  );
}

/** The values of a key in the order of their names: DynamoDB names the attributes of a key in any order. */
export function valuesByName(key: Image): AttributeValue[] {
  const names = Object.keys(key).sort();
  return names.flatMap((name) => key[name] ?? []);
}

/** A text of values as they are written. */
export function valuesText(values: readonly AttributeValue[]): string {
  return JSON.stringify(values.map((value) => ('B' in value ? [...value.B] : value)));
}

/** The shape of the table itself, or of another one by its logical name. @throws TypeError: when that was not described for the run */
export function shapeOf(shape: TableShape, table: string | undefined): TableShape {
  const found = table === undefined ? shape : ownValue(shape.others ?? {}, table);
  if (!found) throw new TypeError('a table into which a version inserts is described before its functions are called');
  return found;
}
