import type { AttributeValue, Image } from '../../core/values/attribute-value.ts';
import { type Condition, type Operation, ValidationException } from './operation.ts';
import { assertWritable } from './parse-partiql.ts';

/** The part of UpdateItem, DeleteItem, PutItem and of an action of TransactWriteItems that we send. */
export interface ExpressionRequest {
  Key?: Image | undefined;
  Item?: Image | undefined;
  UpdateExpression?: string | undefined;
  ConditionExpression?: string | undefined;
  ExpressionAttributeNames?: Record<string, string> | undefined;
  ExpressionAttributeValues?: Image | undefined;
}

/**
 * Understands the expressions that we send: `SET #a = :a, #b = :b REMOVE #c, #d` and
 * `attribute_exists(#a) AND #b = :b AND attribute_not_exists(#c)`.
 *
 * @throws ValidationException for anything else, and for placeholders that are not used, as DynamoDB does
 */
export function parseExpressions(kind: Operation['kind'], request: ExpressionRequest, keys: readonly string[]): Operation {
  const names = new Placeholders(request.ExpressionAttributeNames ?? {});
  const values = new Placeholders<AttributeValue>(request.ExpressionAttributeValues ?? {});
  const key = request.Key ?? Object.fromEntries(Object.entries(request.Item ?? {}).filter(([name]) => keys.includes(name)));
  if (keys.some((name) => !key[name]) || Object.keys(key).length > keys.length) throw new ValidationException('not the key of the table');

  const operation: Operation = { kind, key, conditions: [], set: {}, remove: [] };
  if (request.Item) operation.item = request.Item;
  const [, sets, removes] = /^(?:SET (.+?))?(?: ?REMOVE (.+))?$/.exec(request.UpdateExpression ?? '') ?? [];
  if (request.UpdateExpression !== undefined && !sets && !removes) throw new ValidationException(request.UpdateExpression);
  for (const part of sets?.split(', ') ?? []) {
    const [name = '', value = '', ...rest] = part.split(' = ');
    if (rest.length > 0) throw new ValidationException(part);
    operation.set[names.take(name)] = values.take(value);
  }
  for (const name of removes?.split(', ') ?? []) operation.remove.push(names.take(name));
  for (const part of request.ConditionExpression?.split(' AND ') ?? []) operation.conditions.push(parseCondition(part, names, values));
  names.assertAllTaken();
  values.assertAllTaken();
  assertWritable(operation, keys);
  return operation;
}

/** The names of `#a, #b`; undefined if all attributes are requested. */
export function parseProjection(expression: string | undefined, placeholders: Record<string, string> = {}): string[] | undefined {
  const names = new Placeholders(placeholders);
  const projected = expression?.split(', ').map((name) => names.take(name));
  names.assertAllTaken();
  if (new Set(projected).size !== (projected?.length ?? 0)) throw new ValidationException('a name is projected twice');
  return projected;
}

function parseCondition(part: string, names: Placeholders<string>, values: Placeholders<AttributeValue>): Condition {
  const [, not, tested] = /^attribute_(not_)?exists\((#\w+)\)$/.exec(part) ?? [];
  if (tested) return { kind: not ? 'missing' : 'exists', name: names.take(tested) };
  const [, name, value] = /^(#\w+) = (:\w+)$/.exec(part) ?? [];
  if (!name || !value) throw new ValidationException(part);
  return { kind: 'equals', name: names.take(name), value: values.take(value) };
}

class Placeholders<Value = string> {
  readonly #values: Record<string, Value>;
  readonly #untaken: Set<string>;

  constructor(values: Record<string, Value>) {
    this.#values = values;
    this.#untaken = new Set(Object.keys(values));
  }

  take(placeholder: string): Value {
    const value = this.#values[placeholder];
    if (value === undefined) throw new ValidationException(`the placeholder ${placeholder} is not defined`);
    this.#untaken.delete(placeholder);
    return value;
  }

  assertAllTaken(): void {
    if (this.#untaken.size > 0) throw new ValidationException(`placeholders that are not used: ${[...this.#untaken]}`);
  }
}
