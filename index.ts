/** What a transformation file imports: `import type { Transform } from 'dynamodt'`. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ConfigFunction, DynamodtConfig } from './config/contract.ts';
import type * as contract from './core/transformation/contract.ts';
import * as typed from './core/transformation/define-transformation.ts';

export type { ConfigFunction, DynamodtConfig } from './config/contract.ts';
export type { Direction, Item, TransformResult } from './core/transformation/contract.ts';
export type { DefinedTransformation } from './core/transformation/define-transformation.ts';
export type { KeyValue, Only, OnlyContext, SortKeyCondition } from './core/transformation/only.ts';
export type { NativeValue } from './core/values/attribute-value.ts';
export { NumberValue } from './core/values/number-value.ts';
/** The type of `prepare`. */
export type Prepare = contract.Prepare<DynamoDBDocumentClient>;
/** What `prepare` may use. */
export type PrepareContext = contract.PrepareContext<DynamoDBDocumentClient>;
/** What a transformation may use besides the item. */
export type TransformContext = contract.TransformContext<DynamoDBDocumentClient>;
/**
 * The type of `transformUp` and `transformDown`: gives the new shape of one item. May be async. It is called again if the application
 * changed the item meanwhile, and when a page is replayed after a crash, so it must depend on nothing but its arguments.
 */
export type Transform<T extends object = contract.Item> = contract.Transform<T, DynamoDBDocumentClient>;

/**
 * The typed form of a transformation file: `export default defineTransformation<User>()({ sequence: 3, … })`. The fields are those of the
 * named exports; the editor completes them, and compares what the functions return with what the file declares.
 *
 * @typeParam T an item before the version
 */
export function defineTransformation<T extends object = contract.Item>() {
  return typed.defineTransformation<T, DynamoDBDocumentClient>();
}

/** The typed form of `dynamodt.config.ts`: `export default defineConfig({ tables: { Users: 'prod-users' } })`. Returns what it is given. */
export function defineConfig(config: DynamodtConfig): DynamodtConfig;
/** A function that gives the configuration for a stage. */
export function defineConfig(config: ConfigFunction): ConfigFunction;
export function defineConfig(config: DynamodtConfig | ConfigFunction): DynamodtConfig | ConfigFunction {
  return config;
}
