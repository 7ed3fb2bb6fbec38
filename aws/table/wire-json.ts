import type { AttributeValue } from '../../core/values/attribute-value.ts';
import { WireError } from './wire.ts';

/*
 * DynamoDB's JSON is our images already, but for binary: base64 there, bytes here. So native JSON does the work, and only what holds
 * binary is walked. No name is special: JSON.parse makes an own property even of `__proto__`.
 */

/** The text of a request. */
export function requestText(request: object): string {
  return JSON.stringify(request, asWritten);
}

/** The text of a list of values, the way from an image to a statement's parameters. */
export function valuesText(values: readonly AttributeValue[]): string {
  return values.some(holdsBinary) ? JSON.stringify(values, asWritten) : JSON.stringify(values);
}

/** Reads an answer. @throws WireError UnreadableAnswer: nobody knows what was done. The text is item data and stays out of it */
export function readAnswer<Answer extends object>(text: string): Answer {
  const answer: Answer | undefined = parse(text);
  if (typeof answer !== 'object' || answer === null)
    throw new WireError('UnreadableAnswer', undefined, { message: "DynamoDB's answer is cut off, or is no JSON." });
  // No quote can stand in a name or text without a backslash before it, so this finds every "B" and "BS"; what else it finds does no harm.
  if (text.includes('B"') || text.includes('BS"')) decodeBinary(answer);
  return answer;
}

function parse(text: string) {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Called as JSON.stringify's replacer: `this` has the value before a Buffer made something else of itself. */
function asWritten(this: Record<string, unknown>, name: string, value: unknown): unknown {
  const before = this[name];
  return before instanceof Uint8Array ? Buffer.from(before.buffer, before.byteOffset, before.byteLength).toString('base64') : value;
}

function holdsBinary(value: AttributeValue): boolean {
  if ('M' in value) {
    for (const name in value.M) if (holdsBinary(value.M[name] as AttributeValue)) return true;
    return false;
  }
  if ('L' in value) return value.L.some(holdsBinary);
  return 'B' in value || 'BS' in value;
}

/** Only binary has a string under the name `B`, or a list under the name `BS`: a value under a name of the team's is an object. */
function decodeBinary(node: object): void {
  for (const [name, value] of Object.entries(node)) {
    if (name === 'B' && typeof value === 'string') Object.assign(node, { B: bytesOf(value) });
    else if (name === 'BS' && Array.isArray(value)) Object.assign(node, { BS: value.map(bytesOf) });
    else if (typeof value === 'object' && value !== null) decodeBinary(value);
  }
}

/** A copy: a Buffer would be a window into memory that others use. */
function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}
