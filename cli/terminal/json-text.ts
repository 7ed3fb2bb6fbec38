/** JSON of anything that the command prints: keys of items may be binary, and are base64 as in DynamoDB's own JSON. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, asJson, indent);
}

function asJson(_: string, value: unknown): unknown {
  return value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value;
}
