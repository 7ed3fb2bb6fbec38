import { hiddenName, ItemError } from '../errors.ts';
import { type AttributeValue, defineOwn, type Image, sameBytes } from './attribute-value.ts';
import { isHelperResult } from './helper-mark.ts';
import { canonicalNumber, numberProblem } from './number-value.ts';

/** DynamoDB refuses documents nested deeper than this. */
const maxDepth = 32;

/**
 * Encodes a value that a transformation returned. A value that DynamoDB would refuse, or silently store as something else, is refused here
 * with the name of its attribute. Otherwise it would fail the whole request, and 24 other items with it.
 *
 * @param attribute the top-level name, for messages; nested names can be item data and stay out of messages
 * @throws ItemError InvalidValue: when DynamoDB cannot store the value
 */
export function encode(value: unknown, attribute: string, depth = 1): AttributeValue {
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw invalid(attribute, 'is a string with half a surrogate pair, which no UTF-8 text can hold');
      return { S: value };
    case 'number':
      return { N: isInRange(value) ? String(value) : checkedNumber(value, attribute) };
    case 'bigint':
      return { N: checkedNumber(value, attribute) };
    case 'boolean':
      return { BOOL: value };
    case 'object':
      return value === null ? { NULL: true } : encodeObject(value, attribute, depth);
    case 'undefined':
      throw invalid(attribute, 'is undefined: leave the attribute out, or use null');
    default:
      throw invalid(attribute, `is a ${typeof value}, which DynamoDB cannot store`);
  }
}

/**
 * Encodes every attribute of an item.
 *
 * @throws ItemError InvalidValue: when DynamoDB cannot store one of them
 */
export function encodeItem(item: object): Image {
  return encodeEntries(item, '', 0);
}

function encodeObject(value: object, attribute: string, depth: number): AttributeValue {
  if (depth > maxDepth) throw invalid(attribute, `is nested deeper than ${maxDepth} levels, or in a cycle`);
  if (value instanceof Uint8Array) return { B: value };
  if (Array.isArray(value)) return { L: Array.from(value, (element) => encode(element, attribute, depth + 1)) };
  if (value instanceof Set) return encodeSet(value, attribute);
  if (isNumberValue(value)) return { N: checkedNumber(value, attribute) };
  if (isHelperResult(value)) throw invalid(attribute, 'insert() or remove() gave: return it as an element of the array');
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null && Object.getPrototypeOf(prototype) !== null)
    throw invalid(attribute, `is a ${className(value)}: return plain objects, and dates as ISO text or a number`);
  return { M: encodeEntries(value, attribute, depth) };
}

function encodeEntries(value: object, attribute: string, depth: number): Image {
  const image: Image = {};
  for (const [name, element] of Object.entries(value)) {
    const top = depth === 0 ? name : attribute;
    if (name === '') throw invalid(top, 'stands under an empty name');
    if (!name.isWellFormed()) throw invalid(top, 'stands under a name with half a surrogate pair');
    defineOwn(image, name, encode(element, top, depth + 1));
  }
  return image;
}

function encodeSet(set: Set<unknown>, attribute: string): AttributeValue {
  const members = [...set];
  if (members.length === 0) throw invalid(attribute, 'is an empty set, which DynamoDB cannot store: leave the attribute out');
  if (members.every((member) => typeof member === 'string'))
    return { SS: members.map((member) => textOf(encode(member, attribute), attribute)) };
  if (members.every((member) => member instanceof Uint8Array)) {
    if (members.some((member, index) => members.findIndex((other) => sameBytes(other, member)) !== index)) throw duplicate(attribute);
    return { BS: members };
  }
  if (members.every(isNumeric)) {
    const texts = members.map((member) => checkedNumber(member, attribute));
    if (new Set(texts.map(canonicalNumber)).size !== texts.length) throw duplicate(attribute);
    return { NS: texts };
  }
  throw invalid(attribute, 'is a set of mixed or unsupported types: use only strings, only numbers, or only Uint8Array');
}

function textOf(value: AttributeValue, attribute: string): string {
  if ('S' in value) return value.S;
  throw invalid(attribute, 'is not a string');
}

function isNumeric(value: unknown): value is number | bigint | { toString(): string } {
  return typeof value === 'number' || typeof value === 'bigint' || isNumberValue(value);
}

/** True for our NumberValue and the SDK's, from any bundle: `instanceof` would know only one class of one bundle. */
function isNumberValue(value: unknown): value is { toString(): string } {
  return typeof value === 'object' && value !== null && 'toAttributeValue' in value && typeof value.toAttributeValue === 'function';
}

/** Whether DynamoDB surely stores a number: it has up to 17 digits, so only its magnitude could be refused. */
function isInRange(value: number): boolean {
  const magnitude = Math.abs(value);
  return value === 0 || (magnitude >= 1e-129 && magnitude <= 1e125);
}

function checkedNumber(value: { toString(): string }, attribute: string): string {
  const text = String(value);
  const problem = numberProblem(text);
  if (problem) throw invalid(attribute, typeof value === 'number' && !Number.isFinite(value) ? `is ${text}` : problem);
  return text;
}

function className(value: object): string {
  return value.constructor?.name || 'class instance';
}

function duplicate(attribute: string) {
  return invalid(attribute, 'is a set that holds one value twice');
}

function invalid(attribute: string, problem: string): ItemError {
  const text = (named: string): string => `${named} of the returned item is or holds a value that ${problem}.`;
  return new ItemError('InvalidValue', text(`The attribute "${attribute}"`), {
    attribute,
    withoutName: text(`An attribute (${hiddenName(attribute)})`),
  });
}
