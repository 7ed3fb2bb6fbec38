import { hiddenName, ItemError, type ItemErrorDetails } from '../errors.ts';
import type { Item } from '../transformation/contract.ts';
import { advice, declarationLine } from '../transformation/declarations.ts';
import type { Footprint } from '../transformation/footprint.ts';
import { elementsOf, isRemoved } from '../transformation/other-items.ts';
import { defineOwn, type Image } from '../values/attribute-value.ts';
import { checkIndexKey, encodeInsert } from '../values/encode-insert.ts';
import { encode } from '../values/encode-value.ts';
import { encodesTo } from '../values/encodes-to.ts';
import { isHelperResult } from '../values/helper-mark.ts';
import type { TableShape } from '../values/table-shape.ts';
import type { Change, ItemDecision, OtherItem } from './change.ts';
import { otherItemOf, plainInserts } from './given-inserts.ts';
import { targetText } from './other-items.ts';

/**
 * The difference between an image and the items that shall take its place, checked against the footprint.
 *
 * @throws ItemError UndeclaredChange: when the difference is outside the footprint
 * @throws ItemError InvalidValue: when DynamoDB could not store a result, or two results have one key
 */
export function itemDifference(image: Image, results: readonly Item[], shape: TableShape, footprint: Footprint): ItemDecision {
  const [result] = results;
  // Most functions return their item and nothing else.
  if (result && results.length === 1 && !isHelperResult(result) && hasKeyOf(image, result, shape))
    return updateTo(result, image, [], [], shape, footprint);

  const { plain, inserts: given, removes } = elementsOf(results);
  if (shape.keys.length === 0 && plain.length + given.length > 1) throw withoutKeys();
  const own = plain.filter((result) => hasKeyOf(image, result, shape));
  const others = plain.filter((result) => !own.includes(result));
  const [item] = own;
  if (item && removes) throw new ItemError('InvalidValue', 'The function returned its item together with remove(). Return one of them.');
  if (own.length > 1) throw new ItemError('InvalidValue', 'The function returned two items under the key of its item.');
  if (others.length > 0 && !footprint.inserts)
    throw undeclared(
      'inserts an item under another key',
      `If that is meant, add: ${declarationLine(footprint.declared, footprint.direction === 'up' ? 'inserts' : 'deletes', 'true')}`,
    );
  if (!item && !footprint.deletes)
    throw undeclared(
      'deletes the item',
      `If that is meant, add: ${declarationLine(footprint.declared, footprint.direction === 'up' ? 'deletes' : 'inserts', 'true')}`,
    );

  const { onExisting } = footprint.declared;
  const inserts = onExisting === undefined ? others.map((other) => encodeInsert(other, shape)) : [];
  const asks = [
    ...(onExisting === undefined ? [] : plainInserts(others, shape, onExisting)),
    ...given.map((insert) => otherItemOf(insert, image, shape, footprint)),
  ];
  const targets = [...inserts.map((insert) => ({ image: insert })), ...asks].map((target) => targetText(target, shape));
  if (new Set(targets).size < targets.length) throw new ItemError('InvalidValue', 'The function returned two items under one key.');
  return item
    ? updateTo(item, image, inserts, asks, shape, footprint)
    : { outcome: 'changed', change: { item: { kind: 'delete' }, inserts }, differing: false, ...(asks.length > 0 ? { asks } : {}) };
}

/** The change of the item into the result under its own key. */
function updateTo(
  result: Item,
  image: Image,
  inserts: readonly Image[],
  asks: readonly OtherItem[],
  shape: TableShape,
  footprint: Footprint,
): ItemDecision {
  const { set, remove, kept, differing } = attributeDifference(image, result, shape, footprint);
  if (Object.keys(set).length + remove.length + inserts.length + asks.length === 0)
    return kept ? { outcome: 'kept', differing } : { outcome: 'unchanged' };
  const change: Change = { item: { kind: 'update', set, remove }, inserts };
  if (asks.length === 0) return { outcome: 'changed', change, differing };
  return { outcome: 'changed', change, differing, asks, ...(kept ? { isKept: true } : {}) };
}

/** Only the fixtures of a test can have no keys. */
function withoutKeys(): ItemError {
  return new ItemError(
    'InvalidValue',
    "The function returned several items, and keys tell which of them is its own. Give check the names of the table's key attributes: `keys: ['id']`.",
  );
}

function attributeDifference(image: Image, item: Item, shape: TableShape, footprint: Footprint) {
  const set: Image = {};
  const remove: string[] = [];
  let kept = false;
  let differing = false;
  const refuse = (verb: string, name: string, how: 'adds' | 'overwrites' | 'removes') =>
    undeclaredName(verb, name, how, footprint, forgottenItem(image, item, shape, footprint));
  for (const name of Object.keys(item)) {
    const value = item[name];
    const before = Object.hasOwn(image, name) ? image[name] : undefined;
    if (isRemoved(value)) {
      if (!footprint.removes.has(name) && !footprint.sets.has(name)) throw refuse('removes', name, 'removes');
      if (before) remove.push(name);
      continue;
    }
    const same = before !== undefined && encodesTo(before, value);
    if (before && footprint.fills.has(name)) {
      // The existing value stays, but a value that DynamoDB could not store is a mistake of the function all the same.
      if (!same) encode(value, name);
      kept = true;
      differing ||= !same;
    } else if (!same) {
      const encoded = checkIndexKey(encode(value, name), name, shape);
      const declared = footprint.sets.has(name) || (!before && footprint.fills.has(name));
      if (!declared && before) throw refuse('changes', name, 'overwrites');
      if (!declared) throw refuse('adds', name, 'adds');
      defineOwn(set, name, encoded);
    }
  }
  for (const name in image) {
    if (Object.hasOwn(item, name)) continue;
    if (!footprint.removes.has(name)) throw refuse('removes', name, 'removes');
    remove.push(name);
  }
  return { set, remove, kept, differing };
}

/** A question that comes first if most attributes are missing from a result, and the file does not declare that it removes them; empty if not. */
function forgottenItem(image: Image, item: Item, shape: TableShape, footprint: Footprint): string {
  const names = Object.keys(image).filter((name) => !shape.keys.some((key) => key.name === name));
  const missing = names.filter((name) => !Object.hasOwn(item, name) && !footprint.removes.has(name));
  if (missing.length < 2 || missing.length <= names.length / 2) return '';
  return `Did you mean \`{ ...item, … }\`? The result lacks ${missing.length} of ${names.length} attributes of the item. `;
}

function hasKeyOf(image: Image, result: Item, shape: TableShape): boolean {
  return shape.keys.every(({ name }) => {
    if (!Object.hasOwn(result, name))
      throw new ItemError('InvalidValue', `The function returned an item without its key attribute "${name}". Return { ...item, … }.`);
    const key = image[name];
    return key !== undefined && encodesTo(key, result[name]);
  });
}

function undeclared(what: string, advised: string, details: ItemErrorDetails = {}, first = '') {
  return new ItemError('UndeclaredChange', `${first}The function ${what}, which its file does not declare. ${advised}`, details);
}

function undeclaredName(verb: string, attribute: string, how: 'adds' | 'overwrites' | 'removes', footprint: Footprint, first: string) {
  const details = {
    attribute,
    withoutName: `${first}The function ${verb} an attribute that its file does not declare (${hiddenName(attribute)}). If that is meant, declare its name; \`dynamodt plan --show-values\` shows it.`,
  };
  return undeclared(`${verb} "${attribute}"`, advice(footprint, how, attribute), details, first);
}
