/** JSON of anything that the command prints: keys of items may be binary, and are base64 as in DynamoDB's own JSON. */
export const jsonText = (value: unknown, indent?: number): string => JSON.stringify(value, asJson, indent);

const asJson = (_: string, value: unknown): unknown => (value instanceof Uint8Array ? Buffer.from(value).toString('base64') : value);
