import type { NativeValue } from '../values/attribute-value.ts';
import type { NumberValue } from '../values/number-value.ts';

/** An item of another table as a transformation sees it. */
export interface LookedUp {
  [name: string]: NativeValue;
}

/** How one item is looked up. */
export interface GetOptions {
  /** False for an eventually consistent read, which costs half. By default reads are strongly consistent. */
  consistent?: boolean;
}

/** Exactly one of the properties. */
type OneOf<Properties> = {
  [Name in keyof Properties]: Pick<Properties, Name> & { readonly [Other in Exclude<keyof Properties, Name>]?: never };
}[keyof Properties];

/** Which sort keys, as DynamoDB's key conditions allow. */
export type SortKeyCondition = OneOf<{
  /** Only this one. */
  readonly equals: KeyValue;
  /** Those that begin with a text, or with bytes. */
  readonly beginsWith: string | Uint8Array;
  /** Both ends belong to it. */
  readonly between: readonly [KeyValue, KeyValue];
  /** Those before it. */
  readonly lessThan: KeyValue;
  /** Those before it, and it. */
  readonly atMost: KeyValue;
  /** Those after it. */
  readonly greaterThan: KeyValue;
  /** It, and those after it. */
  readonly atLeast: KeyValue;
}>;

/** What a key attribute can hold: a number beyond JavaScript's is a NumberValue, or a bigint. */
export type KeyValue = string | number | bigint | NumberValue | Uint8Array;

/** Which items of a partition are looked up, and how. */
export interface QueryOptions {
  /** The name of an index; without it, the table is queried. */
  index?: string;
  /** Only items with such sort keys; without it, all of the partition. */
  sortKey?: SortKeyCondition;
  /** True for descending order of the sort key. */
  reverse?: boolean;
  /** Max items; without it, all items of the partition are read, page by page. */
  limit?: number;
  /** False for eventually consistent reads, which cost half. By default reads are strongly consistent, except of global indexes, which cannot be. */
  consistent?: boolean;
}

/** A table to look things up in. */
export interface LookupTable {
  /**
   * The item with a key; undefined if there is none. Gets of items that are decided at the same time travel together, up to 100 in one request.
   *
   * @param key every key attribute of the table, and no other
   */
  get<T extends object = LookedUp>(key: object, options?: GetOptions): Promise<T | undefined>;
  /**
   * The items of one partition, in the order of the sort key.
   *
   * @param partition the partition key of the table, or of the index
   */
  query<T extends object = LookedUp>(partition: object, options?: QueryOptions): Promise<T[]>;
}

/** A table that a file looks things up in, with what holds for all its look-ups. */
export interface LookupDeclaration {
  /** Its logical name: the name that the stack gives it. */
  table: string;
  /** `segment` keeps answers while a worker works on its segment, up to 32 MB; by default they are kept for the decision on one item. */
  cache?: 'segment' | undefined;
  /** False for eventually consistent reads, unless a look-up says otherwise. */
  consistent?: boolean | undefined;
}

/** What a file exports as `lookups`: names in the file, and the tables that they stand for. */
export type Lookups = Readonly<Record<string, string | LookupDeclaration>>;

/** The tables of `context.look`: those that the file declares, and `self`, its own. */
export type Look<L = Lookups> = {
  /** The table of the file. */
  readonly self: LookupTable;
} & { readonly [name in keyof L]: LookupTable };

/** Where a function runs. While it waits for a look-up, others may run in its place, and its time does not count. */
export interface Place {
  leaveFor<T>(work: () => Promise<T>): Promise<T>;
}

/** `look` for one decision. */
export interface OpenedLook {
  look: Look;
  /** The first error of a look-up, which the function may have caught: the decision cannot stand. */
  readonly fault: { error: unknown } | undefined;
}

/** What an item will be; undefined if it will be deleted. */
export type SeenAs<Image> = (image: Image) => Promise<Image | undefined>;

/** Opens `look` for each decision. */
export interface LookOpener<Image> {
  /** @param place left out if nothing limits how many functions run */
  open(place?: Place): OpenedLook;
  /** The same, but the file's own table shows its items as `seenAs` makes them. */
  seeing(seenAs: SeenAs<Image>): LookOpener<Image>;
}
