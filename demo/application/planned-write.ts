import {
  type AttributeValue,
  DeleteItemCommand,
  type DynamoDBClient,
  GetItemCommand,
  PutItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { Item } from '../item.ts';
import { applyChange, namesIn, updateExpression } from '../item-change.ts';
import { keyOf, keyText } from '../key-of.ts';
import { type Shape, shapeChange, shapeOf } from '../shape.ts';
import type { ApplicationDescription, Draw, Operation } from './application-description.ts';

/** A write that is decided but not sent, with the state of the item after its acknowledgement. */
export interface PlannedWrite {
  readonly key: string;
  send(client: DynamoDBClient): Promise<unknown>;
  /** The item afterwards, undefined for a delete. */
  readonly after: Item | undefined;
  /** The attributes it writes. */
  readonly written: readonly string[];
}

type OperationOf<K extends Operation['kind']> = Extract<Operation, { kind: K }>;
type Target = Pick<ApplicationDescription, 'table' | 'keyAttributes'>;

/**
 * Changes some attributes, and those new attributes that follow from them. Fails if the item is gone: the application itself
 * never brings an item back.
 */
export function planUpdate(
  target: Target,
  operation: OperationOf<'update'>,
  before: Item,
  draw: Draw,
  shapes: readonly Shape[],
): PlannedWrite {
  const own = operation.change(before, draw);
  const { set, remove = [] } = shapeChange(before, applyChange(before, own), shapes);
  const change = { ...own, set: { ...own.set, ...set }, remove: [...(own.remove ?? []), ...remove] };
  const command = new UpdateItemCommand({
    TableName: target.table,
    Key: keyOf(before, target.keyAttributes),
    ...updateExpression(change, target.keyAttributes[0]),
  });
  return {
    key: keyText(before, target.keyAttributes),
    send: (client) => client.send(command),
    after: applyChange(before, change),
    written: namesIn(change),
  };
}

/**
 * Read, modify, write back whole, under an optimistic lock. What was read only carries over the attributes that this
 * application does not know; what it decides follows from the model, never from the table.
 */
export function planReplace(
  target: Target,
  operation: OperationOf<'replace'>,
  before: Item,
  draw: Draw,
  shapes: readonly Shape[],
): PlannedWrite {
  const change = operation.change(before, draw);
  const changed = applyChange(before, change);
  const after = { ...changed, ...shapeOf(changed, shapes) };
  const known = [...namesIn(change), ...shapes.flatMap(({ adds }) => adds)];
  const key = keyOf(before, target.keyAttributes);
  return {
    key: keyText(before, target.keyAttributes),
    async send(client) {
      const { Item: read = {} } = await client.send(new GetItemCommand({ TableName: target.table, Key: key, ConsistentRead: true }));
      const carriedOver = Object.entries(read).filter(([name]) => !known.includes(name));
      const decided = Object.entries(after).filter(([name]) => known.includes(name));
      await client.send(
        new PutItemCommand({
          TableName: target.table,
          Item: { ...key, ...Object.fromEntries([...carriedOver, ...decided]) },
          ...stillUnchanged(before, [...target.keyAttributes, ...operation.unchanged]),
        }),
      );
    },
    after,
    written: known,
  };
}

/** Puts an item, on the condition that it does not exist. */
export function planInsert(target: Target, bare: Item, shapes: readonly Shape[]): PlannedWrite {
  const item = { ...bare, ...shapeOf(bare, shapes) };
  const command = new PutItemCommand({
    TableName: target.table,
    Item: item,
    ConditionExpression: 'attribute_not_exists(#key)',
    ExpressionAttributeNames: { '#key': target.keyAttributes[0] },
  });
  return { key: keyText(item, target.keyAttributes), send: (client) => client.send(command), after: item, written: Object.keys(item) };
}

/** Deletes an item, on the condition that it exists. */
export function planDelete(target: Target, before: Item): PlannedWrite {
  const command = new DeleteItemCommand({
    TableName: target.table,
    Key: keyOf(before, target.keyAttributes),
    ConditionExpression: 'attribute_exists(#key)',
    ExpressionAttributeNames: { '#key': target.keyAttributes[0] },
  });
  return { key: keyText(before, target.keyAttributes), send: (client) => client.send(command), after: undefined, written: [] };
}

function stillUnchanged(item: Item, attributes: readonly string[]) {
  const names: Record<string, string> = {};
  const values: Record<string, AttributeValue> = {};
  const conditions = attributes.map((attribute, index) => {
    names[`#n${index}`] = attribute;
    const value = item[attribute];
    if (!value) return `attribute_not_exists(#n${index})`;
    values[`:v${index}`] = value;
    return `#n${index} = :v${index}`;
  });
  return {
    ConditionExpression: conditions.join(' AND '),
    ExpressionAttributeNames: names,
    ExpressionAttributeValues: values,
  };
}
