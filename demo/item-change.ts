import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import type { Item } from './item.ts';

/** The changes of one update of the application to one item. */
export interface ItemChange {
  readonly set?: Item;
  /** Whole numbers to add to number attributes; a missing one counts as 0. */
  readonly add?: Readonly<Record<string, number>>;
  readonly remove?: readonly string[];
}

/** The names that a change writes. */
export function namesIn({ set = {}, add = {}, remove = [] }: ItemChange): string[] {
  return [...Object.keys(set), ...Object.keys(add), ...remove];
}

/** The item as DynamoDB holds it after the change. */
export function applyChange(item: Item, { set = {}, add = {}, remove = [] }: ItemChange): Item {
  const changed: Record<string, AttributeValue> = { ...item, ...set };
  for (const [name, amount] of Object.entries(add)) changed[name] = { N: String(BigInt(item[name]?.N ?? '0') + BigInt(amount)) };
  for (const name of remove) delete changed[name];
  return changed;
}

/** The change as the expression of an UpdateItem, which gives up if the item is gone. */
export function updateExpression({ set = {}, add = {}, remove = [] }: ItemChange, keyAttribute: string) {
  const names: Record<string, string> = { '#key': keyAttribute };
  const values: Record<string, AttributeValue> = {};
  const placeholder = (name: string): string => {
    const known = Object.keys(names).find((key) => names[key] === name);
    if (known) return known;
    const fresh = `#n${Object.keys(names).length}`;
    names[fresh] = name;
    return fresh;
  };
  const bind = (value: AttributeValue): string => {
    const fresh = `:v${Object.keys(values).length}`;
    values[fresh] = value;
    return fresh;
  };
  const clause = (verb: string, terms: string[]): string[] => (terms.length > 0 ? [`${verb} ${terms.join(', ')}`] : []);
  const expression = [
    ...clause(
      'SET',
      Object.entries(set).map(([name, value]) => `${placeholder(name)} = ${bind(value)}`),
    ),
    ...clause('REMOVE', remove.map(placeholder)),
    ...clause(
      'ADD',
      Object.entries(add).map(([name, amount]) => `${placeholder(name)} ${bind({ N: String(amount) })}`),
    ),
  ].join(' ');
  return {
    UpdateExpression: expression,
    ConditionExpression: 'attribute_exists(#key)',
    ExpressionAttributeNames: names,
    ...(Object.keys(values).length > 0 && { ExpressionAttributeValues: values }),
  };
}
