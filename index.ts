/** What a transformation file imports: `import type { Transform } from 'dynamodt'`. */
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import type { ConfigFunction, DynamodtConfig } from './config/contract.ts';
import type * as contract from './core/transformation/contract.ts';
import * as typed from './core/transformation/define-transformation.ts';
import type { Lookups } from './core/transformation/look.ts';
import type { AnyParameters } from './core/transformation/parameters/parameter-types.ts';

export type { ConfigFunction, DynamodtConfig } from './config/contract.ts';
export type { Direction, Item, OnExisting, TransformResult } from './core/transformation/contract.ts';
export type { DefinedTransformation } from './core/transformation/define-transformation.ts';
export type {
  GetOptions,
  KeyValue,
  Look,
  LookupDeclaration,
  Lookups,
  LookupTable,
  QueryOptions,
  SortKeyCondition,
} from './core/transformation/look.ts';
export type { Only, OnlyContext } from './core/transformation/only.ts';
export {
  type InsertedItem,
  type InsertOptions,
  insert,
  type RemovedItem,
  remove,
} from './core/transformation/other-items.ts';
export type { GivenParameters } from './core/transformation/parameters/parameter-types.ts';
export { type Secret, secret } from './core/transformation/parameters/secret.ts';
export type { StandardSchema } from './core/transformation/parameters/standard-schema.ts';
export type { NativeValue } from './core/values/attribute-value.ts';
export { NumberValue } from './core/values/number-value.ts';
/** The type of `prepare`. @typeParam P `typeof parameters` of the file, @typeParam L `typeof lookups` */
export type Prepare<P = AnyParameters, L = Lookups> = contract.Prepare<DynamoDBDocumentClient, P, L>;
/** What `prepare` may use. @typeParam P `typeof parameters` of the file, @typeParam L `typeof lookups` */
export type PrepareContext<P = AnyParameters, L = Lookups> = contract.PrepareContext<DynamoDBDocumentClient, P, L>;
/** What a transformation may use besides the item. @typeParam P `typeof parameters` of the file, @typeParam L `typeof lookups` */
export type TransformContext<P = AnyParameters, L = Lookups> = contract.TransformContext<DynamoDBDocumentClient, P, L>;
/**
 * The type of `transformUp` and `transformDown`: gives the new shape of one item. May be async. It is called again if the application
 * changed the item meanwhile, and when a page is replayed after a crash, so it must depend on nothing but its arguments.
 *
 * @typeParam T an item before the version
 * @typeParam P `typeof parameters` of the file, so that `context.parameters` has their types
 * @typeParam L `typeof lookups` of the file, so that `context.look` has their names
 */
export type Transform<T extends object = contract.Item, P = AnyParameters, L = Lookups> = contract.Transform<
  T,
  DynamoDBDocumentClient,
  P,
  L
>;

/**
 * The typed form of a transformation file: `export default defineTransformation<User>()({ sequence: 3, … })`. The fields are those of the
 * named exports; the editor completes them, and compares what the functions return with what the file declares.
 *
 * @typeParam T an item before the version
 */
export function defineTransformation<T extends object = contract.Item>() {
  return typed.defineTransformation<T, DynamoDBDocumentClient>();
}

/** The typed form of `dynamodt.config.ts`: `export default defineConfig({ tables: { Users: 'prod-users' } })`. It returns its argument unchanged, and gives it a type. */
export function defineConfig(config: DynamodtConfig): DynamodtConfig;
/** A function that gives the configuration for a stage. */
export function defineConfig(config: ConfigFunction): ConfigFunction;
export function defineConfig(config: DynamodtConfig | ConfigFunction): DynamodtConfig | ConfigFunction {
  return config;
}
