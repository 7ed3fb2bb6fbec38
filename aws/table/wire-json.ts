import type { AttributeValue, Image } from '../../core/values/attribute-value.ts';
import { WireError } from './wire.ts';

/*
 * DynamoDB's JSON has the form of our images except for binary, which is base64 there and bytes here. So native JSON does the work, and
 * only values that hold binary are walked. No name is special: JSON.parse makes an own property even of `__proto__`.
 */

/** The text of a request. */
export function requestText(request: object): string {
  return JSON.stringify(request, asWritten);
}

/** A part of a request whose text was made before. */
export type JsonText = Readonly<{ rawJSON: string }>;

/** Marks the text of one value, as JSON, to be written as it is. TypeScript does not know this function of V8 yet. */
export const { rawJSON: jsonText } = JSON as unknown as { rawJSON(text: string): JsonText };

/** Values, such as a statement's parameters, as JSON.stringify writes them without a replacer, which would take several times as long. */
export function writable(values: readonly AttributeValue[]): readonly object[] {
  for (const value of values) if (holdsBinary(value)) return JSON.parse(JSON.stringify(values, asWritten));
  return values;
}

/**
 * Reads an answer.
 *
 * @throws WireError UnreadableAnswer: when the text is no JSON object, so that the outcome is unknown; without the text, which is item data
 */
export function readAnswer<Answer extends object>(text: string): Answer {
  const answer: Answer | undefined = parse(text);
  if (typeof answer !== 'object' || answer === null)
    throw new WireError('UnreadableAnswer', undefined, { message: "DynamoDB's answer is cut off, or is no JSON." });
  // Within names and texts a quote is escaped, so this finds every "B" and "BS". A false hit only costs time.
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

/** A replacer of JSON.stringify: `this` has the value as it was before Buffer's toJSON. */
function asWritten(this: Record<string, unknown>, name: string, value: unknown): unknown {
  const before = this[name];
  return before instanceof Uint8Array ? Buffer.from(before.buffer, before.byteOffset, before.byteLength).toString('base64') : value;
}

/** True if binary is somewhere in the value. */
export function holdsBinary(value: AttributeValue): boolean {
  // To ask for the one name that a value has is faster than to ask if it has each of ten.
  for (const type in value)
    switch (type) {
      case 'B':
      case 'BS':
        return true;
      case 'M': {
        const { M } = value as { M: Image };
        for (const name in M) if (holdsBinary(M[name] as AttributeValue)) return true;
        return false;
      }
      case 'L':
        for (const element of (value as { L: AttributeValue[] }).L) if (holdsBinary(element)) return true;
        return false;
      default:
        return false;
    }
  return false;
}

/** The image in a stream's record, as Lambda hands it over: binary is base64 there. The given object becomes the image. */
export function imageInRecord(image: Record<string, unknown>): Image {
  decodeBinary(image);
  return image as Image;
}

/** Only binary has a string under `B`, or a list under `BS`: an attribute with such a name has an object there. */
function decodeBinary(node: object): void {
  for (const [name, value] of Object.entries(node)) {
    if (name === 'B' && typeof value === 'string') Object.assign(node, { B: bytesOf(value) });
    else if (name === 'BS' && Array.isArray(value)) Object.assign(node, { BS: value.map(bytesOf) });
    else if (typeof value === 'object' && value !== null) decodeBinary(value);
  }
}

/** Copies the bytes: a Buffer may share its memory with others. */
function bytesOf(base64: string): Uint8Array {
  return new Uint8Array(Buffer.from(base64, 'base64'));
}
