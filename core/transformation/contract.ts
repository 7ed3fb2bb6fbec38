import type { Image, NativeValue } from '../values/attribute-value.ts';
import type { Look, LookOpener, Lookups } from './look.ts';
import type { Only } from './only.ts';
import type { DeclaredParameters } from './parameters/declared-parameters.ts';
import type { AnyParameters, GivenParameters } from './parameters/parameter-types.ts';

/** To the new shape, or back to the old one. */
export type Direction = 'up' | 'down';

/** An item as a transformation sees it. Numbers that JavaScript cannot hold exactly arrive as NumberValue, sets as Set, binary as Uint8Array. */
export type Item = { [name: string]: NativeValue };

/** What a version is given besides items: the same for all items, in each attempt, and on the way back. */
interface GivenContext<Parameters> {
  /** The values for what the file exports as `parameters`, frozen; `{}` if it exports none. */
  parameters: GivenParameters<Parameters>;
  /** When the run began that applies the version, in milliseconds since 1970. The only clock that a function needs. */
  startedAt: number;
}

/** What a transformation may use besides the item. The package's entry says which client that is. */
export interface TransformContext<DocumentClient = unknown, Parameters = AnyParameters, L = Lookups> extends GivenContext<Parameters> {
  /** The logical name of the table: its folder. */
  table: string;
  /** The physical name of the table in this stage. */
  tableName: string;
  sequence: number;
  direction: Direction;
  dryRun: boolean;
  /** What `prepare` gathered, frozen for the whole run; undefined if the file exports no `prepare`. Never change it. */
  preparation?: unknown;
  /**
   * The physical name, in this stage, of a table to look things up in, by the name that the stack gives it: its folder, or its name in
   * `lookupTables`. A table to which the stack gives no name has its own.
   */
  tableNameOf: (table: string) => string;
  /** Looks things up: in the tables that the file declares in `lookups`, and in its own, `self`. */
  look: Look<L>;
  /** Reads this and other tables. It refuses to write: writes go through the returned value, or no promise holds. */
  documentClient: DocumentClient;
  /** Writes a structured log line. Never pass item data. */
  log: (event: string, fields?: Record<string, unknown>) => void;
}

/** What a transformation is bound with: `look` is opened for each decision. */
export type BoundContext = Omit<TransformContext, 'look'> & { looks?: LookOpener<Image> | undefined };

/**
 * The new item; `undefined` to leave it as it is; or an array of items that take its place: the one with the same key is the item itself,
 * `[]` deletes it. `insert(item)` and `remove()` are elements that say more.
 */
// biome-ignore lint/suspicious/noConfusingVoidType: an author's function may simply end without a return to leave an item as it is
export type TransformResult = object | readonly object[] | undefined | void;

/**
 * Gives the new shape of one item. May be async. It is called again if the application changes the item before the write, and if a page
 * is read again after a crash, so it must depend on nothing but its arguments.
 */
export type Transform<T extends object = Item, DocumentClient = unknown, Parameters = AnyParameters, L = Lookups> = (
  item: T,
  context: TransformContext<DocumentClient, Parameters, L>,
) => TransformResult | Promise<TransformResult>;

/** What `prepare` may use. */
export interface PrepareContext<DocumentClient = unknown, Parameters = AnyParameters, L = Lookups> extends GivenContext<Parameters> {
  /** The logical name of the table: its folder. */
  table: string;
  /** The physical name of the table in this stage. */
  tableName: string;
  sequence: number;
  /**
   * The physical name, in this stage, of a table to look things up in, by the name that the stack gives it: its folder, or its name in
   * `lookupTables`. A table to which the stack gives no name has its own.
   */
  tableNameOf: (table: string) => string;
  /** Looks things up: in the tables that the file declares in `lookups`, and in its own, `self`. Answers are not kept. */
  look: Look<L>;
  /** Reads this and other tables, and refuses to write. */
  documentClient: DocumentClient;
  /** Goes through the whole table, page by page. If attributes are given, items have only those. */
  scan: (attributes?: readonly string[]) => AsyncIterable<Item>;
  /** Writes a structured log line. Never pass item data. */
  log: (event: string, fields?: Record<string, unknown>) => void;
}

/**
 * Gathers data from elsewhere, once per version. What it returns must be JSON: plain objects, arrays, strings, finite numbers, booleans
 * and null. It is encrypted and kept, and reaches the functions as `context.preparation`.
 */
export type Prepare<DocumentClient = unknown, Parameters = AnyParameters, L = Lookups> = (
  context: PrepareContext<DocumentClient, Parameters, L>,
) => unknown;

/**
 * What becomes of an insert whose key is taken by an item with other content: `fail` fails the source item, `keep` leaves what is there, and
 * a function gives what shall be there. The function is called again with its own result, which it must not change.
 */
export type OnExisting = 'fail' | 'keep' | MergeExisting;

/**
 * Gives what shall be there, of the item that is there and the one that is to be inserted. As the type of a method, it also takes a function
 * of narrower items.
 */
export type MergeExisting = { merge(existing: Item, given: Item): object | Promise<object> }['merge'];

/** What a transformation file declares that it may change. */
export interface Declared {
  /** Attributes this version may create. They are set only where missing. */
  adds: readonly string[];
  /** Attributes this version may create or change. */
  overwrites: readonly string[];
  /** Attributes this version may delete. */
  removes: readonly string[];
  inserts: boolean;
  deletes: boolean;
  /** What becomes of an insert whose key is taken by another item; undefined if `inserts` does not say. */
  onExisting?: OnExisting | undefined;
  /** Logical names of other tables into which it may insert. */
  writes?: readonly string[] | undefined;
  /** Set if the file is of the typed form, in which fields are declared in one object. */
  isTyped?: boolean;
}

/**
 * Whether a run keeps a journal of what it changes: `all` also if the version only adds, `none` not at all. Otherwise it does if the version does
 * more than add.
 */
export type JournalChoice = 'all' | 'none';

/** A transformation file that was loaded and found valid. */
export interface Transformation {
  /** `Users/v3_split_name.ts`; undefined if that is not known, as for the fixtures of a test. */
  file: string | undefined;
  sequence: number;
  declared: Declared;
  /** The only attributes that are read and compared, beside the declared ones; undefined reads whole items. */
  reads: readonly string[] | undefined;
  /** The application's own optimistic-lock attribute. */
  versionAttribute: string | undefined;
  /** Items that are inserted if their key is free, before the first pass; undefined if the file exports none. */
  seed: readonly object[] | undefined;
  transformUp: Transform;
  /** Undefined if the file exports none; the engine then derives it if the version only adds. */
  transformDown: Transform | undefined;
  /** Tables that the functions look things up in, by their names in `context.look`; undefined for its own only. */
  lookups?: Lookups | undefined;
  /** Which items it is about; undefined for all items of the table. */
  only?: Only | undefined;
  /** Gathers external data before the first item; undefined if the version needs none. */
  prepare: Prepare | undefined;
  /** What may be given to it in each run; undefined if the file exports none. */
  parameters?: DeclaredParameters | undefined;
  /** Undefined if the file exports none. */
  journal?: JournalChoice | undefined;
  /** False if items that old code writes after the version was applied are not to be brought up. Undefined if the file does not say. */
  follows?: boolean | undefined;
  /** Set if the file is as `dynamodt init` writes it: it exports an empty `adds` and nothing else to change, and its function takes no item. */
  isUnfilled?: true;
}
