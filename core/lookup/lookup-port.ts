import type { Image } from '../values/attribute-value.ts';
import type { SortKeyComparison } from '../values/sort-key-test.ts';
import type { TableShape } from '../values/table-shape.ts';

/** The items of one partition, page by page. */
export interface QueryRequest {
  /** Physical name. */
  tableName: string;
  index: string | undefined;
  /** The values of the partition key. */
  partition: Image;
  sortKey: { name: string; comparison: SortKeyComparison; values: Image[string][] } | undefined;
  reverse: boolean;
  /** Max items of the page; undefined if only the 1 MB of a page limits them. */
  limit: number | undefined;
  consistent: boolean;
  position: Image | undefined;
}

/** DynamoDB did not answer with items. `refused`: the same request will be refused again; `code` is DynamoDB's. */
export type NoAnswer = { kind: 'throttled' } | { kind: 'refused'; code: string };

export interface GotItems {
  kind: 'answered';
  /** Those that exist, in any order. */
  images: Image[];
  /** Keys that DynamoDB has left for another request. */
  unprocessed: Image[];
  /** Characters of the answer: DynamoDB also leaves keys because an answer has 16 MB at most. */
  size: number;
  units: number;
}

export interface QueriedItems {
  kind: 'answered';
  images: Image[];
  /** The position of the next page; undefined at the end. */
  position: Image | undefined;
  units: number;
}

/** Reads tables to look things up in. Rejects only with what ends the segment, such as access denied. Nothing is retried. */
export interface LookupPort {
  /** By physical name; undefined if there is no such table. */
  describe(tableName: string): Promise<TableShape | undefined>;
  /** Up to 100 keys, all different. */
  getItems(tableName: string, keys: readonly Image[], consistent: boolean): Promise<GotItems | NoAnswer>;
  queryPage(request: QueryRequest): Promise<QueriedItems | NoAnswer>;
}

/** What functions look things up in. */
export interface LookupSource {
  port: LookupPort;
  /** The physical name of a table, by its logical name. */
  tableNameOf(table: string): string | Promise<string>;
  /** Calls `note` with the read units that functions consume by `documentClient`, until it is called again. */
  noteOthers?: ((note: (readUnits: number) => void) => void) | undefined;
}

/** What look-ups may consume. */
export interface ReadBudget {
  /** Max read units of one request. */
  readonly maxUnits: number;
  /**
   * Resolves when this may be spent.
   *
   * @throws Error: when no look-up may be made any more
   */
  pay(units: number): Promise<void>;
  /** Called with what was paid and what DynamoDB reports. */
  consumed(paid: number, units: number): void;
  throttled(): void;
}

export const unlimitedBudget: ReadBudget = {
  maxUnits: Number.POSITIVE_INFINITY,
  pay: async () => {},
  consumed: () => {},
  throttled: () => {},
};
