import { ItemError } from '../errors.ts';
import type { QueryOptions } from '../transformation/look.ts';
import { type AttributeValue, defineOwn, type Image } from '../values/attribute-value.ts';
import { encode } from '../values/encode-value.ts';
import { sortKeyComparisons } from '../values/sort-key-test.ts';
import type { KeyType, TableShape } from '../values/table-shape.ts';
import type { QueryRequest } from './lookup-port.ts';
import { misuse } from './misuse.ts';

/** Where a look-up is made, for messages: `look.prices`, and the logical name of its table. */
export interface Subject {
  name: string;
  table: string;
}

/** What a query asks for, without its position. */
export type AskedQuery = Omit<QueryRequest, 'position'>;

const typeNames: Record<KeyType, string> = { S: 'a string that is not empty', N: 'a number', B: 'binary that is not empty' };

/**
 * The key that a `get` asks for, as DynamoDB stores it.
 *
 * @throws ItemError TransformThrew: when it is not the key of the table, or an option is unknown
 */
export function checkGet(key: unknown, options: unknown, shape: TableShape, subject: Subject): Image {
  const call = `look.${subject.name}.get`;
  checkOptions(options, ['consistent'], call);
  const names = shape.keys.map(({ name }) => name);
  return keyIn(key, shape.keys, call, `the key of ${subject.table}, which is ${inWords(names)}`);
}

/**
 * What a `query` asks for.
 *
 * @param isConsistent what holds if the options do not say it
 * @throws ItemError TransformThrew: when the partition is not that of the table or the index, or an option is unknown or wrong
 */
export function checkQuery(partition: unknown, options: unknown, shape: TableShape, subject: Subject, isConsistent: boolean): AskedQuery {
  const call = `look.${subject.name}.query`;
  checkOptions(options, ['index', 'sortKey', 'reverse', 'limit', 'consistent'], call);
  const { index: name, sortKey, reverse = false, limit, consistent } = (options ?? {}) as QueryOptions;
  const index = name === undefined ? undefined : shape.indexes.find((each) => each.name === name);
  if (name !== undefined && !index)
    throw misuse(
      `${call} names the index "${name}", which ${subject.table} does not have. It has ${inWords(shape.indexes.map((each) => each.name)) || 'none'}.`,
    );
  if (limit !== undefined && !(Number.isInteger(limit) && limit > 0))
    throw misuse(`${call} has a limit that is not a whole number of 1 or more.`);
  const isGlobal = index?.kind === 'global';
  if (isGlobal && consistent === true)
    throw misuse(
      `${call} asks for a strongly consistent read of "${name}", a global index, which DynamoDB does not offer. Leave out \`consistent\`.`,
    );
  const keys = index ? index.keys.map((key) => ({ name: key, type: typeOf(key, shape) })) : shape.keys;
  const width = index?.partitionKeys ?? 1;
  const of = index ? `index "${index.name}" of ${subject.table}` : subject.table;
  const partitionKeys = keys.slice(0, width);
  return {
    tableName: shape.name,
    index: index?.name,
    partition: keyIn(
      partition,
      partitionKeys,
      call,
      `the partition key of ${of}, which is ${inWords(partitionKeys.map((key) => key.name))}`,
    ),
    sortKey: sortKey === undefined ? undefined : checkSortKey(sortKey, keys[width], call, of),
    reverse,
    limit,
    consistent: isGlobal ? false : (consistent ?? isConsistent),
  };
}

function checkOptions(options: unknown, known: readonly string[], call: string): void {
  if (options === undefined) return;
  if (typeof options !== 'object' || options === null || Array.isArray(options))
    throw misuse(`${call} has options that are not an object, such as \`{ ${known[0]}: … }\`.`);
  const other = Object.keys(options).find((name) => !known.includes(name));
  if (other !== undefined) throw misuse(`${call} has an unknown option "${other.slice(0, 40)}". It takes ${inWords(known)}.`);
  for (const flag of ['consistent', 'reverse'] as const)
    if (flag in options && typeof Reflect.get(options, flag) !== 'boolean' && Reflect.get(options, flag) !== undefined)
      throw misuse(`The option "${flag}" of ${call} must be true or false.`);
}

/** @param what the key in words, for messages, which name attributes of the table and hold no values */
function keyIn(given: unknown, keys: TableShape['keys'], call: string, what: string): Image {
  if (typeof given !== 'object' || given === null || Array.isArray(given)) throw misuse(`${call} was called without ${what}.`);
  const key: Image = {};
  for (const { name, type } of keys) {
    const value = Object.hasOwn(given, name) ? Reflect.get(given, name) : undefined;
    if (value === undefined) throw misuse(`${call} was called without "${name}". It needs ${what}.`);
    defineOwn(key, name, keyValue(value, name, type, call));
  }
  const besides = Object.keys(given).length - keys.length;
  if (besides > 0) throw misuse(`${call} was called with ${besides} more than ${what}. Give exactly that.`);
  return key;
}

function keyValue(value: unknown, name: string, type: KeyType, call: string): AttributeValue {
  const wrong = misuse(`${call} was called with a value for "${name}" that is not ${typeNames[type]}, as this key must be.`);
  let encoded: AttributeValue;
  try {
    encoded = encode(value, name);
  } catch (error) {
    throw error instanceof ItemError ? wrong : error;
  }
  const fits =
    'S' in encoded
      ? type === 'S' && encoded.S !== ''
      : 'B' in encoded
        ? type === 'B' && encoded.B.length > 0
        : 'N' in encoded && type === 'N';
  if (!fits) throw wrong;
  return encoded;
}

function checkSortKey(given: unknown, key: { name: string; type: KeyType } | undefined, call: string, of: string): AskedQuery['sortKey'] {
  if (!key) throw misuse(`${call} has a condition on the sort key, and ${of} has no sort key.`);
  const forms = typeof given === 'object' && given !== null ? Object.entries(given) : [];
  const [form] = forms;
  const comparison = sortKeyComparisons.find((known) => known === form?.[0]);
  if (!form || !comparison || forms.length > 1)
    throw misuse(`${call} has a \`sortKey\` that is none of ${sortKeyComparisons.map((known) => `{ ${known}: … }`).join(', ')}.`);
  const [, value] = form;
  if (comparison === 'between' && !(Array.isArray(value) && value.length === 2))
    throw misuse(`${call} needs two values for \`between\`: { between: [from, to] }.`);
  if (comparison === 'beginsWith' && key.type === 'N') throw misuse(`${call} asks what "${key.name}" begins with, and it is a number.`);
  const values: unknown[] = comparison === 'between' && Array.isArray(value) ? value : [value];
  return { name: key.name, comparison, values: values.map((each) => keyValue(each, key.name, key.type, call)) };
}

function typeOf(name: string, shape: TableShape): KeyType {
  return shape.keys.find((key) => key.name === name)?.type ?? shape.indexKeys[name] ?? 'S';
}

function inWords(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(' and ');
}
