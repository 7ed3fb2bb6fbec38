import type { Change } from '../change/change.ts';
import type { Condition } from '../change/condition.ts';
import type { Image } from '../values/attribute-value.ts';

/** One slice of the parallel Scan, from a position on. */
export interface PageRequest {
  segment: number;
  totalSegments: number;
  /** The key after which to go on; undefined starts the segment. */
  position: Image | undefined;
  /** At most so many items; undefined lets DynamoDB fill 1 MB. */
  limit: number | undefined;
}

export interface Page {
  images: Image[];
  /** Where to go on; undefined at the segment's end. */
  position: Image | undefined;
  readUnits: number;
}

/** A change of one item, ready to be sent. */
export interface Write {
  key: Image;
  change: Change;
  condition: Condition;
  /** Estimated capacity units. */
  units: number;
}

/** What became of one write. */
export type WriteResult =
  /**
   * `old` is what a delete removed; undefined where there was nothing. `units` is what DynamoDB reports, for the table and all its indexes;
   * undefined where it reports none.
   */
  | { kind: 'written'; old?: Image | undefined; units?: number | undefined }
  /** Somebody was faster; `image` is the item as it is now, undefined where DynamoDB did not return it. It costs what a write costs. */
  | { kind: 'conditionFailed'; image?: Image | undefined; units?: number | undefined }
  /** The key of an insert is taken, by `images[index]` of the change's inserts. */
  | { kind: 'targetExists'; images: (Image | undefined)[] }
  /**
   * Nothing was written; the same may succeed later. Also where the outcome is unknown: the condition makes a repetition harmless, but it
   * may have cost what a write costs. What was not sent at all, as the worker had no permission, says nothing about the table.
   */
  | { kind: 'throttled'; isUnknown?: boolean | undefined; isNotSent?: boolean | undefined }
  /** Nothing was written, and the same will be refused again; `code` is DynamoDB's. */
  | { kind: 'refused'; code: string };

/** A read was not answered, as the table is busy; the same may succeed later. */
export class Throttled extends Error {
  override readonly name = 'Throttled';
}

/** The team's table. Rejects only with what ends the segment: access denied, table not found. */
export interface TablePort {
  readPage(request: PageRequest): Promise<Page | { kind: 'throttled' }>;
  /** Strongly consistent. @throws Throttled */
  readItem(key: Image): Promise<Image | undefined>;
  /**
   * Applies writes that have no inserts, up to 25, each under its own condition. Results stand in the order of the writes.
   * @param mayWrite asked in the very tick in which the bytes are handed over; where it says no, all are throttled
   */
  writeBatch(writes: readonly Write[], mayWrite: () => boolean): Promise<WriteResult[]>;
  /** Applies one write in one transaction with its inserts. */
  writeTransaction(write: Write, mayWrite: () => boolean): Promise<WriteResult>;
  /** Puts a whole item where its key is free. */
  putBack(image: Image, mayWrite: () => boolean): Promise<'written' | 'taken' | 'throttled'>;
}
