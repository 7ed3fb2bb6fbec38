import { ItemError } from '../errors.ts';
import type { Image } from '../values/attribute-value.ts';
import { kilobytes, maxItemBytes, refuseLargeKeys, refuseTooLarge } from '../values/item-limits.ts';
import { itemSize } from '../values/item-size.ts';
import { keyOf, type TableShape } from '../values/table-shape.ts';
import { afterUpdate, type Change } from './change.ts';
import type { Condition } from './condition.ts';
import { encodeExpression } from './encode-expression.ts';
import { PartiqlEncoder } from './encode-partiql.ts';

/*
 * Limits of DynamoDB: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
 */

/** Actions of a transaction; one of them is for the item whose function inserts. */
const maxInserts = 99;
const maxTransactionBytes = 4 * 1024 * 1024;
const maxExpressionBytes = 4096;
/** A clause of an expression has up to 33 characters, so that shorter conditions always fit. */
const surelyFitting = 120;

/**
 * Fails an item whose change DynamoDB would refuse, before it is sent, with what is too large, how large it is, and the limit.
 *
 * @param image as far as it was read
 * @param units write units of the change if they are known: an item over 400 KB has more than 400
 * @throws ItemError InvalidValue: when an item, the key of an index, or the transaction would be too large
 * @throws ItemError TooWide: when the condition would be too long
 */
export function refuseUnwritable(
  image: Image,
  { item, inserts }: Change,
  condition: Condition,
  shape: TableShape,
  units = Number.POSITIVE_INFINITY,
): void {
  if (item.kind === 'update') {
    if (Object.keys(item.set).some((name) => Object.hasOwn(shape.indexKeys, name)))
      refuseLargeKeys(afterUpdate(image, item.set, item.remove), shape);
    if (units > maxItemBytes / 1024) refuseTooLarge(afterUpdate(image, item.set, item.remove), 'The result');
  }
  if (inserts.length > 0) refuseTransaction(image, item, inserts, shape);
  if (condition.equals.length + condition.missing.length > surelyFitting) refuseLongCondition(image, item, inserts, condition, shape);
}

function refuseTransaction(image: Image, item: Change['item'], inserts: readonly Image[], shape: TableShape): void {
  if (inserts.length > maxInserts)
    throw new ItemError(
      'InvalidValue',
      `The function inserts ${inserts.length} items for one, and a transaction holds ${maxInserts} beside the item itself. Insert fewer at a time, in several versions.`,
    );
  for (const insert of inserts) {
    refuseLargeKeys(insert, shape);
    refuseTooLarge(insert, 'An item that the function inserts');
  }
  const own = item.kind === 'update' ? afterUpdate(image, item.set, item.remove) : image;
  const bytes = inserts.reduce((sum, insert) => sum + itemSize(insert), itemSize(own));
  if (bytes > maxTransactionBytes)
    throw new ItemError(
      'InvalidValue',
      `The item and the ${inserts.length} items that the function inserts have ${kilobytes(bytes)} together, and a transaction holds 4,096 KB. Insert fewer or smaller items.`,
    );
}

/** What PartiQL cannot say is sent as an expression, which may be shorter. */
function refuseLongCondition(image: Image, item: Change['item'], inserts: readonly Image[], condition: Condition, shape: TableShape): void {
  const key = keyOf(shape, image);
  if (inserts.length === 0 && new PartiqlEncoder(shape.name, (text) => text).encode(key, item, condition)) return;
  const [partitionKey] = shape.keys;
  const { length } = encodeExpression(partitionKey?.name ?? '', item, condition).ConditionExpression;
  if (length > maxExpressionBytes)
    throw new ItemError(
      'TooWide',
      `The condition of the write would have ${length} bytes, and DynamoDB takes ${maxExpressionBytes}: it compares ${condition.equals.length} attributes and the absence of ${condition.missing.length}. Declare fewer attributes in reads, or with shorter names.`,
    );
}
