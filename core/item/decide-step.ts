import { andThen, type MaybePromise } from '../change/maybe-promise.ts';
import { ItemError } from '../errors.ts';
import type { Item } from '../transformation/contract.ts';
import { elementsOf, isRemoved } from '../transformation/other-items.ts';
import { defineOwn } from '../values/attribute-value.ts';
import { encode } from '../values/encode-value.ts';
import { encodesTo } from '../values/encodes-to.ts';
import { givenContext, type UpgradeOptions } from './given-context.ts';
import { readableCopy } from './readable-copy.ts';
import type { VersionFields } from './version-fields.ts';

/**
 * What one version makes of an item, under the rules by which a run takes the difference between an item and the result of a function.
 *
 * @returns a new item; undefined if the version changes nothing
 */
export function decideStep(item: object, version: VersionFields, options: UpgradeOptions): MaybePromise<object | undefined> {
  const { sequence, transform } = version;
  if (!transform) return undefined;
  const copy = readableCopy(item);
  if (version.hasOnly && !isIncluded(copy, sequence, options)) return undefined;
  const result: unknown = transform(copy, givenContext(version, options));
  const settled = isThenable(result) ? Promise.resolve(result) : result;
  return andThen(settled, (returned) => (returned === undefined ? undefined : withResult(item, ownItem(returned, sequence), version)));
}

function isIncluded(copy: object, sequence: number, { only = {} }: UpgradeOptions): boolean {
  const includes = only[sequence];
  if (includes) return includes(copy);
  throw new Error(
    `v${sequence} is about only some items (\`only\`), which a run finds by keys and indexes. Say which in the options: \`{ only: { ${sequence}: (item) => … } }\`.`,
  );
}

/** The element of a result that is the item itself. Items that the version writes beside it are left out. */
function ownItem(returned: unknown, sequence: number): Item {
  const elements: unknown[] = Array.isArray(returned) ? returned : [returned];
  if (!elements.every(isItem))
    throw new ItemError(
      'InvalidValue',
      `v${sequence}: The function returned something other than an item, an array of items, or undefined.`,
    );
  const { plain, removes } = elementsOf(elements);
  const [own, other] = plain;
  if (other)
    throw new Error(
      `v${sequence} returned ${plain.length} items, and only the keys of the table tell which of them is its own. Let it return the others by \`insert(item)\` of dynamodt.`,
    );
  if (!own || removes)
    throw new Error(`v${sequence} deletes the item, so it has no newer shape. Leave such items, or this version, out of the upgrade.`);
  return own;
}

function withResult(item: object, result: Item, { sequence, adds, overwrites, removes }: VersionFields): object | undefined {
  const before = new Map<string, unknown>(Object.entries(item).filter(([, value]) => value !== undefined));
  const after: { [name: string]: unknown } = { ...item };
  let isChanged = false;
  for (const [name, value] of Object.entries(result)) {
    if (isRemoved(value)) {
      if (!removes.has(name) && !overwrites.has(name)) throw undeclared(sequence, 'removes', name, 'removes');
      delete after[name];
      isChanged ||= before.has(name);
    } else if (!before.has(name) || !isSame(before.get(name), value, name)) {
      // What DynamoDB could not store is a mistake of the function, also if the existing value stays.
      encode(value, name);
      if (before.has(name) && adds.has(name)) continue;
      if (!overwrites.has(name) && before.has(name)) throw undeclared(sequence, 'changes', name, 'overwrites');
      if (!overwrites.has(name) && !adds.has(name)) throw undeclared(sequence, 'adds', name, 'adds');
      defineOwn(after, name, value);
      isChanged = true;
    }
  }
  for (const name of before.keys()) {
    if (Object.hasOwn(result, name)) continue;
    if (!removes.has(name)) throw undeclared(sequence, 'removes', name, 'removes');
    delete after[name];
    isChanged = true;
  }
  return isChanged ? after : undefined;
}

/** Numbers by value, sets in any order, everything else bit for bit, as DynamoDB compares them. */
function isSame(stored: unknown, value: unknown, name: string): boolean {
  if (stored === value) return true;
  try {
    return encodesTo(encode(stored, name), value);
  } catch (error) {
    // The application holds something there that DynamoDB cannot store, such as a date. No function gives that.
    if (error instanceof ItemError) return false;
    throw error;
  }
}

function undeclared(sequence: number, verb: string, name: string, how: string): ItemError {
  return new ItemError(
    'UndeclaredChange',
    `v${sequence}: The function ${verb} "${name}", which its file does not declare. If that is meant, declare it in \`${how}\`.`,
    { attribute: name },
  );
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return isObject(value) && 'then' in value && typeof value.then === 'function';
}

function isItem(value: unknown): value is Item {
  return isObject(value) && !Array.isArray(value);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
