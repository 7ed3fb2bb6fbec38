import type { AttributeValue } from '../values/attribute-value.ts';
import type { Change } from './change.ts';
import type { Condition } from './condition.ts';

/** Expressions for UpdateItem, DeleteItem, and an action of TransactWriteItems. */
export interface Expressions {
  UpdateExpression?: string;
  ConditionExpression: string;
  ExpressionAttributeNames: Record<string, string>;
  ExpressionAttributeValues?: Record<string, AttributeValue>;
}

/**
 * Encodes the change of one item as expressions: for what PartiQL cannot say, and for transactions.
 *
 * Why the condition asks for the partition key, too:
 *
 *     worker                                application
 *     ------                                -----------
 *     reads u1, which has only a key
 *                                           deletes u1
 *     SET first IF first is missing
 *       holds without u1, and UpdateItem
 *       would create u1 anew
 */
export function encodeExpression(partitionKey: string, item: Change['item'], condition: Condition): Expressions {
  const names: Record<string, string> = {};
  const values: Record<string, AttributeValue> = {};
  const placeholders = new Map<string, string>();
  const nameOf = (name: string): string => {
    const placeholder = placeholders.get(name) ?? `#n${placeholders.size}`;
    placeholders.set(name, placeholder);
    names[placeholder] = name;
    return placeholder;
  };
  const placeholderOf = (value: AttributeValue): string => {
    const placeholder = `:v${Object.keys(values).length}`;
    values[placeholder] = value;
    return placeholder;
  };

  const itemExists = `attribute_exists(${nameOf(partitionKey)})`;
  const { names: equal, values: equalTo } = condition.equals;
  const valuesAreAsRead = equal.map((name, index) => `${nameOf(name)} = ${placeholderOf(equalTo[index] as AttributeValue)}`);
  const namesAreStillMissing = condition.missing.map((name) => `attribute_not_exists(${nameOf(name)})`);
  const expressions: Expressions = {
    ConditionExpression: [itemExists, ...valuesAreAsRead, ...namesAreStillMissing].join(' AND '),
    ExpressionAttributeNames: names,
  };
  if (item.kind === 'update') {
    const sets = Object.entries(item.set).map(([name, value]) => `${nameOf(name)} = ${placeholderOf(value)}`);
    const removes = item.remove.map(nameOf);
    expressions.UpdateExpression = [
      ...(sets.length > 0 ? [`SET ${sets.join(', ')}`] : []),
      ...(removes.length > 0 ? [`REMOVE ${removes.join(', ')}`] : []),
    ].join(' ');
  }
  if (Object.keys(values).length > 0) expressions.ExpressionAttributeValues = values;
  return expressions;
}

/** The condition of an insert. DynamoDB looks at the item under the whole key, so the partition key alone tells whether there is one. */
export function keyIsFree(partitionKey: string): Pick<Expressions, 'ConditionExpression' | 'ExpressionAttributeNames'> {
  return { ConditionExpression: 'attribute_not_exists(#key)', ExpressionAttributeNames: { '#key': partitionKey } };
}

/** The condition that there is an item, whatever it holds. */
export function itemExists(partitionKey: string): Pick<Expressions, 'ConditionExpression' | 'ExpressionAttributeNames'> {
  return { ConditionExpression: 'attribute_exists(#key)', ExpressionAttributeNames: { '#key': partitionKey } };
}
