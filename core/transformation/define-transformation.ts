import type { Item, JournalChoice, OnExisting, PrepareContext, TransformContext } from './contract.ts';
import { markDefined } from './file-form.ts';
import type { Lookups } from './look.ts';
import type { Only } from './only.ts';
import type { GivenParameters } from './parameters/parameter-types.ts';
import type { Checked, DownProblem, Frozen, NewItem, UpProblem } from './result-types.ts';

/** Names of attributes: the editor offers those of the item, and accepts any other. */
type Names<T> = readonly ((keyof T & string) | (string & {}))[];

type Context<P, Parameters, DocumentClient, L> = Omit<TransformContext<DocumentClient, Parameters, L>, 'preparation' | 'parameters'> & {
  /** The values for `parameters`, frozen. */
  parameters: GivenParameters<Parameters>;
  /** What `prepare` gathered, frozen for the whole run. */
  preparation: Frozen<P>;
};

/** Only a type: by which that of a function is found again. */
export declare const definedBy: unique symbol;

/**
 * What a typed transformation file exports: `check` of `dynamodt/testing` and `upgrade` of `dynamodt/item` take it.
 *
 * @typeParam T an item before the version
 * @typeParam Up what `transformUp` returns
 */
export interface DefinedTransformation<T extends object = object, Up = unknown> {
  /** The number in the file's name. */
  readonly sequence: number;
  /** Never there. @internal */
  readonly [definedBy]?: { item: T; result: Up };
}

/** The fields of a typed transformation file. They are those of the named exports. */
export interface Definition<
  T extends object,
  DocumentClient,
  Adds extends Names<T>,
  Overwrites extends Names<T>,
  Removes extends Names<T>,
  Deletes extends boolean,
  L extends Lookups,
  P,
  Parameters,
  Up,
  Down,
> {
  /** The number in the file's name. */
  sequence: number;
  /** Attributes that this version may create. They are set only if they are missing. */
  adds?: Adds;
  /** Attributes that this version may create or change. */
  overwrites?: Overwrites;
  /** Attributes that this version may delete. */
  removes?: Removes;
  /** True if it may insert items; `{ onExisting }` says what becomes of an insert whose key is taken. */
  inserts?: boolean | { onExisting?: OnExisting };
  /** True if it may delete items; with `inserts`, it may move items to other keys. */
  deletes?: Deletes;
  /** Logical names of other tables into which it may insert items. */
  writes?: readonly string[];
  /** The only attributes that are read and compared, beside the declared ones: for items with many attributes, or that change often. */
  reads?: Names<T>;
  /** The application's own attribute for optimistic locking. */
  versionAttribute?: Names<T>[number];
  /** Items that are inserted if their key is free; `transformUp` is then optional. */
  seed?: Iterable<object>;
  /** `'all'`: each change is journaled, also if the version only adds. `'none'`: none is, and `down` cannot use a journal. */
  journal?: JournalChoice;
  /** `false`: what old code writes after the version was applied is not brought up, also if the stack follows the table. */
  follows?: boolean;
  /** What may be given in each run: an object of default values, or a Standard Schema. */
  parameters?: Parameters;
  /** Tables to look things up in, by their names in `context.look`. They stand above the functions, so that they know the names. */
  lookups?: L;
  /** Gathers data from elsewhere, once, before the first item. It stands above the functions, so that they know its type. */
  prepare?: (this: void, context: PrepareContext<DocumentClient, Parameters, L>) => P | Promise<P>;
  /** The items that it is about: those of some partitions, or in an index. It stands below `prepare`, so that it knows its type. */
  only?: Only<Frozen<P>, Parameters>;
  /** Returns the new shape of one item, or nothing to leave it as it is. */
  transformUp?: (
    this: void,
    item: T,
    context: Context<P, Parameters, DocumentClient, L>,
  ) => Checked<Up, UpProblem<T, Up, Adds[number], Overwrites[number], Removes[number], Deletes>>;
  /** The way back. May be left out if the version only adds. */
  transformDown?: (
    this: void,
    item: NewItem<T, Up, Adds[number], Overwrites[number], Removes[number]>,
    context: Context<P, Parameters, DocumentClient, L>,
  ) => Checked<Down, DownProblem<T, Down, Adds[number], Overwrites[number], Removes[number]>>;
}

/**
 * The typed form of a transformation file: `export default defineTransformation<User>()({ sequence: 3, … })`.
 *
 * @typeParam T an item before the version
 */
export function defineTransformation<T extends object = Item, DocumentClient = unknown>() {
  return <
    const Adds extends Names<T> = readonly [],
    const Overwrites extends Names<T> = readonly [],
    const Removes extends Names<T> = readonly [],
    Deletes extends boolean = false,
    const L extends Lookups = Record<never, string>,
    P = undefined,
    Parameters = Record<never, never>,
    Up = undefined,
    Down = undefined,
  >(
    definition: Definition<T, DocumentClient, Adds, Overwrites, Removes, Deletes, L, P, Parameters, Up, Down>,
  ): DefinedTransformation<T, Up> => markDefined(definition);
}
