import type { Frozen } from '../result-types.ts';
import type { Secret } from './secret.ts';
import type { StandardSchema } from './standard-schema.ts';

/** Parameters of a file whose type is not known. */
export type AnyParameters = Record<string, unknown>;

/** What functions get as `context.parameters`, by the type of what the file exports: defaults, or a schema. */
export type GivenParameters<P> =
  P extends StandardSchema<infer _, infer Output> ? Frozen<Output> : { readonly [K in keyof P]: ValueOf<P[K]> };

type ValueOf<Field> =
  Field extends Secret<infer Value>
    ? Widened<Frozen<Value>>
    : Field extends StandardSchema<infer _, infer Output>
      ? Frozen<Output>
      : Widened<Frozen<Field>>;

/** A default is one value of many. */
type Widened<Value> = Value extends string ? string : Value extends number ? number : Value extends boolean ? boolean : Value;
