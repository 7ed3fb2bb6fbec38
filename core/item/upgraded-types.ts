/*
 * Types of what upgrade gives: by what the functions of the versions return, as far as their types say it.
 */
import type { Item } from '../transformation/contract.ts';
import type { definedBy } from '../transformation/define-transformation.ts';

/** A promise if a version is async; perhaps one if their types do not say. */
export type Answer<Versions extends readonly object[], Value> =
  'async' extends Kinds<Versions> ? Promise<Value> : 'either' extends Kinds<Versions> ? Value | Promise<Value> : Value;

/** The type of an item after the versions. If the type of one of them is not known, it is that of any item. */
export type Upgraded<Given extends object, Versions extends readonly object[]> = Versions extends readonly []
  ? Given
  : Versions extends readonly [infer First extends object, ...infer Rest extends readonly object[]]
    ? Upgraded<AfterStep<Given, First>, Rest>
    : Item;

type Kinds<Versions extends readonly object[]> = { [I in keyof Versions]: Kind<Returned<Versions[I]>> }[number];

type Kind<R> = unknown extends R
  ? 'either'
  : [Extract<R, PromiseLike<unknown>>] extends [never]
    ? 'sync'
    : [Exclude<R, PromiseLike<unknown>>] extends [never]
      ? 'async'
      : 'either';

/** What `transformUp` of a file of either form returns; unknown if its type does not say. */
type Returned<Version> = FunctionOf<Version>[1];

/** The item of `transformUp`, and what it returns. */
type FunctionOf<Version> = Version extends { default: infer Defined extends object }
  ? FunctionOf<Defined>
  : Version extends { transformUp: (item: infer T, ...rest: never) => infer R }
    ? [T, R]
    : Version extends { seed: Iterable<object> }
      ? [object, undefined]
      : typeof definedBy extends keyof Version
        ? Version extends { readonly [definedBy]?: { item: infer T; result: infer R } }
          ? [T, R]
          : [unknown, unknown]
        : [unknown, unknown];

type AfterStep<Given extends object, Version> = NewShape<Given, FunctionOf<Version>[0], Awaited<Returned<Version>>>;

type NewShape<Given extends object, T, R> = unknown extends R
  ? Item
  : [ItemIn<R>] extends [never]
    ? Given
    : [keyof ItemIn<R>] extends [never]
      ? Item
      : Merged<Given, T, ItemIn<R>, [Exclude<R, object>] extends [never] ? false : true>;

type ItemIn<R> = Exclude<Extract<R, object>, readonly unknown[]>;

/** If a version may leave an item, what it adds may be missing, and what it removes may still be there. */
type Merged<Given extends object, T, U, Leaves extends boolean> = U extends unknown
  ? string extends keyof Given
    ? Given & (Leaves extends true ? Partial<U> : U)
    : Shown<
        Omit<Given, keyof T | keyof U> &
          (Leaves extends true
            ? { [K in keyof U as K extends keyof Given ? K : never]: U[K] | Given[K & keyof Given] } & {
                [K in keyof U as K extends keyof Given ? never : K]?: U[K];
              } & { [K in keyof Given as K extends Exclude<keyof T, keyof U> ? K : never]?: Given[K] }
            : U)
      >
  : never;

/** The same type, as one object in the editor. */
type Shown<O> = { [K in keyof O]: O[K] } & {};
