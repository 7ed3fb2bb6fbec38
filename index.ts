/** What a transformation file imports: `import type { Transform } from 'dynamodt'`. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type * as contract from './core/transformation/contract.ts';

export type { Direction, Item, TransformResult } from './core/transformation/contract.ts';
export type { NativeValue } from './core/values/attribute-value.ts';
export { NumberValue } from './core/values/number-value.ts';
/** The type of `prepare`. */
export type Prepare = contract.Prepare<DynamoDBDocumentClient>;
export type PrepareContext = contract.PrepareContext<DynamoDBDocumentClient>;
export type TransformContext = contract.TransformContext<DynamoDBDocumentClient>;
export type Transform<T extends object = contract.Item> = contract.Transform<T, DynamoDBDocumentClient>;
