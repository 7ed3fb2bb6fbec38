/*
 * Types that compare what a function of a typed file returns with what the file declares. They check what can be known from types; the
 * engine checks the rest.
 */

/** What `prepare` returned, frozen at any depth. */
export type Frozen<P> = P extends object ? { readonly [K in keyof P]: Frozen<P[K]> } : P;

/** An item as `transformDown` gets it: with what up adds, and perhaps without what it removes. */
export type NewItem<T, Up, Adds extends string, Overwrites extends string, Removes extends string> = string extends keyof T
  ? T
  : Shown<
      { [K in keyof T as K extends Adds | Overwrites | Removes ? never : K]: T[K] } & {
        [K in keyof T as K extends Removes ? (K extends Adds | Overwrites ? never : K) : never]?: T[K];
      } & { [K in Adds | Overwrites]?: ValueIn<ItemIn<Up>, K> | ValueIn<T, K> }
    >;

/** A result that is what the file declares, or one with a problem that no result can have. */
export type Checked<R, Problem> = [Problem] extends [never] ? R : Problem;

/** What is wrong with a result of `transformUp`; never if nothing is. */
export type UpProblem<T, R, Adds extends string, Overwrites extends string, Removes extends string, Deletes extends boolean> =
  | (IsNothing<R> extends true ? (Deletes extends true ? never : Problem<'It deletes the item. Declare deletes: true.'>) : never)
  | NoItem<R>
  | ItemProblem<
      Extra<T, ItemIn<R>, Adds | Overwrites>,
      'It adds an attribute that is not in adds or overwrites',
      Lost<T, ItemIn<R>, Removes>,
      'It removes an attribute that is not in removes',
      Changed<T, ItemIn<R>, Adds | Overwrites>,
      'It changes an attribute that is not in overwrites',
      Unstorable<ItemIn<R>>
    >;

/** What is wrong with a result of `transformDown`, which does the opposite. */
export type DownProblem<T, R, Adds extends string, Overwrites extends string, Removes extends string> =
  | NoItem<R>
  | ItemProblem<
      Extra<T, ItemIn<R>, Adds | Overwrites | Removes>,
      'It adds an attribute that is not in removes or overwrites',
      Lost<T, ItemIn<R>, Adds | Overwrites | Removes>,
      'It removes an attribute that is not in adds or overwrites',
      Changed<T, ItemIn<R>, Overwrites | Adds>,
      'It changes an attribute that is not in overwrites',
      Unstorable<ItemIn<R>>
    >;

/** Stands in the editor's message. */
interface Problem<Sentence extends string, Name extends string = never> {
  readonly dynamodt: Sentence;
  readonly attribute: Name;
}

type ItemProblem<
  E extends string,
  ESays extends string,
  L extends string,
  LSays extends string,
  C extends string,
  CSays extends string,
  U extends string,
> =
  | ([E] extends [never] ? never : Problem<ESays, E>)
  | ([L] extends [never] ? never : Problem<LSays, L>)
  | ([C] extends [never] ? never : Problem<CSays, C>)
  | ([U] extends [never] ? never : Problem<'DynamoDB cannot store the value', U>);

/** The items in a result, as far as they are known to be the item itself: elements of an array may be inserted items. */
type ItemIn<R> = Exclude<Extract<Awaited<R>, object>, readonly unknown[]>;

type IsNothing<R> =
  Extract<Awaited<R>, readonly unknown[]> extends infer A
    ? [A] extends [never]
      ? false
      : A extends readonly never[]
        ? true
        : false
    : false;

/** What is neither an item, nor a list of items, nor nothing. */
type NoItem<R> = 0 extends 1 & R
  ? never
  : [Extract<Awaited<R>, string | number | bigint | boolean | symbol | null>] extends [never]
    ? never
    : Problem<'It must return an item, an array of items, or nothing'>;

/** Names of an item; none if it may have any. */
type NamesOf<I> = I extends unknown ? (string extends keyof I ? never : keyof I & string) : never;

/** If items are of several kinds, an attribute of any of them is known, and those that all of them have must stay. */
type Extra<T, I, May extends string> = string extends keyof T ? never : Exclude<NamesOf<I>, NamesOf<T> | May>;

type Lost<T, I, May extends string> = I extends unknown
  ? string extends keyof T | keyof I
    ? never
    : [keyof I] extends [never]
      ? never
      : Exclude<keyof T & string, (keyof I & string) | May>
  : never;

type Changed<T, I, May extends string> = I extends unknown
  ? string extends keyof T
    ? never
    : { [K in Exclude<keyof T & NamesOf<I>, May>]: [Exclude<I[K & keyof I], undefined>] extends [T[K & keyof T]] ? never : K }[Exclude<
        keyof T & NamesOf<I>,
        May
      >]
  : never;

type Unstorable<I> = I extends unknown
  ? {
      [K in NamesOf<I>]: Extract<
        I[K & keyof I],
        Date | RegExp | symbol | ReadonlyMap<unknown, unknown> | ((...args: never) => unknown)
      > extends never
        ? never
        : K;
    }[NamesOf<I>]
  : never;

type ValueIn<I, K> = I extends unknown ? (K extends keyof I ? I[K] : never) : never;

/** The same type, as one object in the editor. */
type Shown<O> = { [K in keyof O]: O[K] };
