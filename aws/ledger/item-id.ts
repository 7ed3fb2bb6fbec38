import { createHash } from 'node:crypto';
import type { Image } from '../../core/values/attribute-value.ts';
import { valuesByName, valuesText } from '../../core/values/table-shape.ts';

/** Stands for an item in the keys of records: the same for the same item. */
export function itemId(key: Image): string {
  return createHash('sha256')
    .update(valuesText(valuesByName(key)))
    .digest('hex')
    .slice(0, 12);
}
