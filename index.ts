/** What a transformation file imports: `import type { Transform } from 'dynamodt'`. */

export type { NativeValue } from './core/attribute-value.ts';
export type { Direction, Item, Transform, TransformContext, TransformResult } from './core/contract.ts';
export { NumberValue } from './core/number-value.ts';
