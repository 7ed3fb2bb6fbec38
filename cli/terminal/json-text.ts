import { withoutControlCharacters } from './control-characters.ts';

/**
 * JSON text of a value. Binary keys of items become base64, as in DynamoDB's own JSON. Control characters
 * occur only inside strings, and are escaped there, so that no terminal and no log of a pipeline executes them.
 */
export function jsonText(value: unknown, indent?: number): string {
  return withoutControlCharacters(JSON.stringify(value, asJson, indent));
}

function asJson(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}
