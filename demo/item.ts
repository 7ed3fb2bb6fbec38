import type { AttributeValue } from '@aws-sdk/client-dynamodb';

/** An item as DynamoDB holds it: raw attribute values, so that comparing is bit for bit. */
export type Item = Readonly<Record<string, AttributeValue>>;
