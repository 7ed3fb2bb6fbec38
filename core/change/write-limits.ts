import { ItemError } from '../errors.ts';
import type { Image } from '../values/attribute-value.ts';
import { maxItemBytes, refuseLargeKeys, refuseTooLarge } from '../values/item-limits.ts';
import { itemSize } from '../values/item-size.ts';
import { keyOf, shapeOf, type TableShape } from '../values/table-shape.ts';
import { afterUpdate, type Change, type OtherWrite } from './change.ts';
import type { Condition } from './condition.ts';
import { encodeExpression } from './encode-expression.ts';
import { PartiqlEncoder } from './encode-partiql.ts';

/*
 * Limits of DynamoDB: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
 */

/** A transaction has up to 100 actions, one of them for the item whose function inserts. */
export const maxOthers = 99;
/** Of the 4 MB of a transaction; the item itself can have 400 KB, and stand in condition and change. */
export const maxOtherBytes = 3_000_000;
const maxExpressionBytes = 4096;
/** A clause of an expression has up to 33 characters, so that shorter conditions always fit. */
const surelyFitting = 120;

/**
 * Fails an item whose change DynamoDB would refuse, before it is sent, with what is too large, how large it is, and the limit.
 *
 * @param image as far as it was read
 * @param units write units of the change if they are known: an item over 400 KB has more than 400
 * @throws ItemError InvalidValue: when an item, or the key of an index, would be too large
 * @throws ItemError TooWide: when the condition would be too long
 */
export function refuseUnwritable(
  image: Image,
  { item, inserts, others = [] }: Change,
  condition: Condition,
  shape: TableShape,
  units = Number.POSITIVE_INFINITY,
): void {
  if (item.kind === 'update') {
    if (Object.keys(item.set).some((name) => Object.hasOwn(shape.indexKeys, name)))
      refuseLargeKeys(afterUpdate(image, item.set, item.remove), shape);
    if (units > maxItemBytes / 1024) refuseTooLarge(afterUpdate(image, item.set, item.remove), 'The result');
  }
  for (const insert of inserts) refuseInsert(insert, shape);
  for (const other of others) {
    const into = shapeOf(shape, other.table);
    if (other.kind === 'put') refuseInsert(other.image, into);
    if (other.kind === 'update') refuseInsert(afterUpdate(other.image, other.set, other.remove), into);
  }
  if (condition.equals.names.length + condition.missing.length > surelyFitting)
    refuseLongCondition(image, item, inserts.length + others.length > 0, condition, shape);
}

/** Whether a change takes more than one transaction. */
export function isLarge({ inserts, others = [] }: Change): boolean {
  if (inserts.length + others.length > maxOthers) return true;
  if (inserts.length + others.length < 2) return false;
  return [...inserts.map(itemSize), ...others.map(otherBytes)].reduce((sum, bytes) => sum + bytes, 0) > maxOtherBytes;
}

/** Of a change of what is there, the condition holds all of it, too. */
export function otherBytes(other: OtherWrite): number {
  return itemSize(other.image) + (other.kind === 'update' ? itemSize(other.set) : 0);
}

function refuseInsert(image: Image, shape: TableShape): void {
  refuseLargeKeys(image, shape);
  refuseTooLarge(image, 'An item that the function inserts');
}

/** What PartiQL cannot say is sent as an expression, which may be shorter. */
function refuseLongCondition(image: Image, item: Change['item'], isTransaction: boolean, condition: Condition, shape: TableShape): void {
  const key = keyOf(shape, image);
  if (!isTransaction && new PartiqlEncoder(shape.name, (text) => text).encode(key, item, condition)) return;
  const [partitionKey] = shape.keys;
  const { length } = encodeExpression(partitionKey?.name ?? '', item, condition).ConditionExpression;
  if (length > maxExpressionBytes)
    throw new ItemError(
      'TooWide',
      `The condition of the write would have ${length} bytes, and DynamoDB takes ${maxExpressionBytes}: it compares ${condition.equals.names.length} attributes and the absence of ${condition.missing.length}. Declare fewer attributes in reads, or with shorter names.`,
    );
}
