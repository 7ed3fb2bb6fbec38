import type { TableShape } from '../core/values/table-shape.ts';
import type { ItemShape } from './item-shapes.ts';

/** Does the work of one version on the whole table, once. @returns how many items it read */
export type Contender = (table: TableShape, shape: ItemShape) => Promise<number>;
