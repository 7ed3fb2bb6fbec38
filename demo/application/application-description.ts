import type { Item } from '../item.ts';
import type { ItemChange } from '../item-change.ts';
import type { Random } from '../pseudo-random.ts';

/** Inputs of an operation: random numbers, and a serial number that is unique in this application. */
export interface Draw {
  readonly random: Random;
  readonly serial: number;
}

/**
 * One thing the application does, with its share among all the others. Each change should write something that no other
 * write writes (a growing counter, the serial), so that an overwritten change is always detected.
 */
export type Operation = { readonly name: string; readonly weight: number } & (
  | { readonly kind: 'update'; change(item: Item, draw: Draw): ItemChange }
  /** Reads the item, changes it and puts it back whole, if the attributes in `unchanged` still have the values it read. */
  | { readonly kind: 'replace'; change(item: Item, draw: Draw): ItemChange; readonly unchanged: readonly string[] }
  | { readonly kind: 'insert'; item(draw: Draw): Item }
  | { readonly kind: 'delete' }
  /** Inserts an item under a key that was deleted before. */
  | { readonly kind: 'reinsert'; item(key: Item, draw: Draw): Item }
);

export type OperationKind = Operation['kind'];

/** An application and its table. */
export interface ApplicationDescription {
  readonly table: string;
  readonly keyAttributes: readonly [string, ...string[]];
  readonly operations: readonly Operation[];
}
