import { isDeepStrictEqual } from 'node:util';
import type { AttributeValue } from '../../core/values/attribute-value.ts';
import { itemSize } from '../../core/values/item-size.ts';
import type { ItemShape } from '../item-shapes.ts';

/** DynamoDB's own JSON, binary as text. */
type Stored = Record<string, unknown>;

interface Place {
  item: Stored;
  /** The item's JSON, made in advance; undefined if the item was written since. */
  text: string | undefined;
  bytes: number;
}

/** A request that DynamoDB answers with HTTP 400. */
export class Refused extends Error {
  readonly body: string;
  constructor(name: string, message: string, more: object = {}) {
    super(message);
    this.body = JSON.stringify({ __type: `com.amazonaws.dynamodb.v20120810#${name}`, message, ...more });
  }
}

const pageBytes = 1e6;

/** One table of one segment in memory, which keeps the order in which it was filled. Its items have no binary values. */
export class ModelledTable {
  readonly name: string;
  readonly #shape: ItemShape;
  readonly #places: Place[] = [];
  readonly #indexes = new Map<string, number>();
  readonly #statements = new Map<string, ParsedUpdate>();

  constructor(name: string, shape: ItemShape, count: number) {
    this.name = name;
    this.#shape = shape;
    for (let n = 0; n < Math.min(count, shape.maxItems); n++) {
      const item = shape.item(n);
      this.#indexes.set(
        this.#keyText((name) => item[name]),
        n,
      );
      this.#places.push({ item, text: JSON.stringify(item), bytes: itemSize(item) });
    }
  }

  scan({
    ExclusiveStartKey,
    Limit = Number.POSITIVE_INFINITY,
    Segment = 0,
  }: {
    ExclusiveStartKey?: Stored;
    Limit?: number;
    Segment?: number;
  }) {
    if (Segment !== 0) return { text: '{"Items":[],"Count":0}', bytes: 0 };
    const from = ExclusiveStartKey ? this.#indexOf(ExclusiveStartKey) + 1 : 0;
    const texts: string[] = [];
    let bytes = 0;
    let to = from;
    for (; to < this.#places.length && texts.length < Limit && bytes < pageBytes; to++) {
      const place = this.#places[to] as Place;
      place.text ??= JSON.stringify(place.item);
      texts.push(place.text);
      bytes += place.bytes;
    }
    const last = to < this.#places.length ? `,"LastEvaluatedKey":${JSON.stringify(this.#keysOf(this.#places[to - 1]?.item ?? {}))}` : '';
    const consumed = `"ConsumedCapacity":{"TableName":"${this.name}","CapacityUnits":${Math.ceil(bytes / 4096) / 2}}`;
    return { text: `{"Items":[${texts.join(',')}],"Count":${texts.length},"ScannedCount":${texts.length}${last},${consumed}}`, bytes };
  }

  get({ Key }: { Key: Stored }): string {
    return JSON.stringify({ Item: this.#places[this.#indexOf(Key)]?.item });
  }

  executeStatements({ Statements }: { Statements: { Statement: string; Parameters: unknown[] }[] }): string {
    let units = 0;
    const responses = Statements.map(({ Statement, Parameters }) => {
      const parsed = this.#statements.get(Statement) ?? parseUpdate(Statement);
      this.#statements.set(Statement, parsed);
      const result = this.#apply(parsed, Parameters);
      units += result.units;
      return result.holds
        ? `{"TableName":"${this.name}"}`
        : JSON.stringify({ Error: { Code: 'ConditionalCheckFailed', Message: 'The conditional request failed', Item: result.item } });
    });
    return `{"ConsumedCapacity":[{"TableName":"${this.name}","CapacityUnits":${units}}],"Responses":[${responses.join(',')}]}`;
  }

  putBatch({ RequestItems }: { RequestItems: Record<string, { PutRequest: { Item: Stored } }[]> }): string {
    for (const { PutRequest } of RequestItems[this.name] ?? []) this.#put(this.#indexOf(PutRequest.Item), PutRequest.Item);
    return '{"UnprocessedItems":{}}';
  }

  /** Parses the expressions of `encodeExpression` for changes that remove nothing. */
  update(input: {
    Key: Stored;
    UpdateExpression: string;
    ConditionExpression: string;
    ExpressionAttributeNames: Record<string, string>;
    ExpressionAttributeValues: Stored;
  }): string {
    const nameOf = (placeholder = ''): string => input.ExpressionAttributeNames[placeholder] ?? '';
    const pairs = (text: string): Stored =>
      Object.fromEntries(
        [...text.matchAll(/(#n\d+) = (:v\d+)/g)].map(([, name, value = '']) => [nameOf(name), input.ExpressionAttributeValues[value]]),
      );
    const missing = [...input.ConditionExpression.matchAll(/attribute_not_exists\((#n\d+)\)/g)].map(([, name]) => nameOf(name));
    const set = pairs(input.UpdateExpression);
    const equals = { ...input.Key, ...pairs(input.ConditionExpression) };
    const { holds, item, units } = this.#apply({ set: Object.keys(set), equals: Object.keys(equals), missing }, [
      ...Object.values(set),
      ...Object.values(equals),
    ]);
    if (!holds) throw new Refused('ConditionalCheckFailedException', 'The conditional request failed', { Item: item });
    return `{"ConsumedCapacity":{"TableName":"${this.name}","CapacityUnits":${units}}}`;
  }

  /** Number of items with the new shape, and number of items with a wrong value. */
  census(): { transformed: number; wrong: number } {
    let transformed = 0;
    let wrong = 0;
    for (const [n, { item }] of this.#places.entries()) {
      const before = this.#shape.item(n);
      const added = this.#shape.added(before);
      if (isDeepStrictEqual(item, { ...before, ...added })) transformed++;
      else if (!isDeepStrictEqual(item, before)) wrong++;
    }
    return { transformed, wrong };
  }

  /** @param values the values to set, then the values of the condition, which contain the key */
  #apply({ set, equals, missing }: ParsedUpdate, values: readonly unknown[]) {
    const given = (name: string): unknown => values[set.length + equals.indexOf(name)];
    const index = this.#indexes.get(this.#keyText(given));
    const place = index === undefined ? undefined : this.#places[index];
    const units = Math.ceil((place?.bytes ?? 0) / 1024);
    const holds =
      place !== undefined &&
      missing.every((name) => !Object.hasOwn(place.item, name)) &&
      equals.every((name, position) => isSame(place.item[name], values[set.length + position]));
    if (holds) {
      for (const [position, name] of set.entries()) place.item[name] = values[position];
      place.text = undefined;
      place.bytes += itemSize(Object.fromEntries(set.map((name, position) => [name, values[position] as AttributeValue])));
    }
    return { holds, units, item: place?.item };
  }

  #put(index: number, item: Stored): void {
    const bytes = itemSize(item as Record<string, AttributeValue>);
    this.#places[index] = { item, text: undefined, bytes };
  }

  #keysOf(item: Stored): Stored {
    return Object.fromEntries(this.#shape.keys.map(({ name }) => [name, item[name]]));
  }

  #keyText(given: (name: string) => unknown): string {
    let text = '';
    for (const { name, type } of this.#shape.keys) text += `${(given(name) as Stored | undefined)?.[type]}\n`;
    return text;
  }

  #indexOf(item: Stored): number {
    const index = this.#indexes.get(this.#keyText((name) => item[name]));
    if (index === undefined) throw new Refused('ValidationException', 'There is no such item.');
    return index;
  }
}

interface ParsedUpdate {
  set: readonly string[];
  equals: readonly string[];
  missing: readonly string[];
}

/** Parses `UPDATE "t" SET "a"=? … WHERE "b"=? AND "c" IS MISSING …` with names of word characters only. */
function parseUpdate(text: string): ParsedUpdate {
  const [, sets = '', conditions = ''] = /^UPDATE "\w+" (.*) WHERE (.*)$/.exec(text) ?? [];
  const names = (part: string, pattern: RegExp): string[] => [...part.matchAll(pattern)].map(([, name = '']) => name);
  return {
    set: names(sets, /SET "(\w+)"=\?/g),
    equals: names(conditions, /"(\w+)"=\?/g),
    missing: names(conditions, /"(\w+)" IS MISSING/g),
  };
}

function isSame(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  for (const name in a) if (!isSame(a[name as keyof typeof a], b[name as keyof typeof b])) return false;
  return Object.keys(a).length === Object.keys(b).length;
}
