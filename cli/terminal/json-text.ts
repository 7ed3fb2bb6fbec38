import { withoutControlCharacters } from './control-characters.ts';

/**
 * JSON of anything that the command prints. Keys of items may be binary, and are base64 as in DynamoDB's own JSON. Control characters
 * only occur inside strings, where JSON may escape them: a terminal or the log of a pipeline must not obey them.
 */
export function jsonText(value: unknown, indent?: number): string {
  return withoutControlCharacters(JSON.stringify(value, asJson, indent));
}

function asJson(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}
