import { helperMark as mark } from '../values/helper-mark.ts';
import type { Item, OnExisting } from './contract.ts';

/*
 * What a function returns beside, or in place of, its own item: `insert(item)` and `remove()`.
 */

export const onExistingMustBe = "must be 'fail', 'keep', or a function (existing, given) => item";

export function isOnExisting(value: unknown): value is OnExisting {
  return value === 'fail' || value === 'keep' || typeof value === 'function';
}

/** Where an item is inserted, and what becomes of one that is there. */
export interface InsertOptions {
  /** The logical name of another table, which stands in `writes`. Left out, the item is inserted into the table of the file. */
  table?: string;
  /** If it is left out, that of `inserts` in the file, which is `fail` if it does not say. */
  onExisting?: OnExisting;
}

/** An element of the array that a function returns, made by {@link insert}. */
export interface InsertedItem {
  /** @internal */
  readonly [mark]: { readonly item: object; readonly options: InsertOptions };
}

/** An element of the array that a function returns, or the value of an attribute, made by {@link remove}. */
export interface RemovedItem {
  /** @internal */
  readonly [mark]: 'remove';
}

/**
 * Says that an item shall be in the table, or in another one. It needs no mark on the item of the function: if it is there and equal, it is
 * done.
 */
export function insert(item: object, options: InsertOptions = {}): InsertedItem {
  return { [mark]: { item, options } };
}

/** Says that the item of the function shall not stay; or as the value of an attribute, that the attribute shall not. */
export function remove(): RemovedItem {
  return { [mark]: 'remove' };
}

/** The elements of a result by what they are. */
export interface ResultElements {
  /** Items as such: the function's own item, and those that it inserts. */
  plain: Item[];
  inserts: { item: unknown; options: unknown }[];
  /** Whether the function says that its own item shall not stay. */
  removes: boolean;
}

export function elementsOf(results: readonly Item[]): ResultElements {
  const elements: ResultElements = { plain: [], inserts: [], removes: false };
  for (const result of results) {
    const said = markOf(result);
    if (said === undefined) elements.plain.push(result);
    else if (said === 'remove') elements.removes = true;
    else if (typeof said === 'object' && said !== null && 'item' in said)
      elements.inserts.push({ item: said.item, options: 'options' in said ? said.options : undefined });
  }
  return elements;
}

/** The items of a result that are neither inserted by {@link insert} nor {@link remove}. */
export function plainItems(results: readonly Item[]): Item[] {
  return results.filter((result) => markOf(result) === undefined);
}

/** True for the value of an attribute that shall not stay. */
export function isRemoved(value: unknown): boolean {
  return typeof value === 'object' && value !== null && markOf(value) === 'remove';
}

function markOf(result: object): unknown {
  return mark in result ? result[mark] : undefined;
}
