import type { Change, FoundItem, OtherWrite } from '../change/change.ts';
import type { Condition } from '../change/condition.ts';
import type { Image } from '../values/attribute-value.ts';

/** Where a page begins. */
export interface Place {
  /** The key after which it begins; undefined for the start of the segment, or of the partition. */
  position: Image | undefined;
  /** The partition, of those of the segment; undefined for the first, and if the segment has no list of them. */
  partition?: number | undefined;
}

/** The next page of one segment: of the parallel Scan of the table or of an index, or of a list of partitions. */
export interface PageRequest extends Place {
  segment: number;
  totalSegments: number;
  /** Max items; undefined if only the 1 MB of a page limits them. */
  limit: number | undefined;
  /** Strongly consistent, which costs twice as much. No global index can be read so. */
  isStrong?: boolean | undefined;
}

/** The place of the next page is the end of the segment if both of its fields are undefined. */
export interface Page extends Place {
  images: Image[];
  /** The place after each image; if left out, it is the key of the image. */
  places?: readonly Place[];
  readUnits: number;
}

/** True at the end of a segment. */
export function isEnd({ position, partition }: Place): boolean {
  return position === undefined && partition === undefined;
}

/** A change of one item, ready to be sent. */
export interface Write {
  key: Image;
  change: Change;
  condition: Condition;
  /** Estimated capacity units of the table itself. */
  units: number;
  /** The same of other tables, by their logical names. */
  otherUnits?: Readonly<Record<string, number>> | undefined;
  /** The versions of which the journal has it, if several are swept together. */
  recordedFor?: readonly number[] | undefined;
}

/** What became of one write. */
export type WriteResult =
  /**
   * `old` is the item that a delete removed; undefined if there was none. `units` are the capacity units of the table and all its indexes
   * that DynamoDB reports; undefined if it reports none.
   */
  | {
      kind: 'written';
      old?: Image | undefined;
      units?: number | undefined;
      /** The same units of other tables, by their logical names. */
      otherUnits?: Readonly<Record<string, number>> | undefined;
    }
  /** The item has changed since it was read; `image` is the item now, undefined if DynamoDB did not return it. Costs as a write. */
  | { kind: 'conditionFailed'; image?: Image | undefined; units?: number | undefined }
  /** Nothing was written: the key of an insert is taken. `images[index]` is what is there, undefined if the key of that insert is free. */
  | {
      kind: 'targetExists';
      images: (Image | undefined)[];
      /** One of the change's `others` is not as it was found. */
      othersChanged?: boolean | undefined;
    }
  /**
   * Nothing was written, or the outcome is unknown (`isUnknown`): then it may have cost as a write. Either way the same write may be sent
   * again, as its condition makes a repetition harmless. `isUnanswered`: no answer came that could be read, so that the request may still be
   * applied later. `isNotSent`: the gate refused it, which says nothing about the table's load.
   */
  | { kind: 'throttled'; isUnknown?: boolean | undefined; isUnanswered?: boolean | undefined; isNotSent?: boolean | undefined }
  /** Nothing was written, and the same write will be refused again; `code` is DynamoDB's. */
  | { kind: 'refused'; code: string };

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
export const maxTargets = 100;

/** DynamoDB answered with an internal error. */
export function isFault(result: WriteResult): boolean {
  return result.kind === 'throttled' && result.isUnknown === true && result.isUnanswered !== true;
}

export type PutBackResult = 'written' | 'taken' | 'throttled' | 'unanswered';

/** DynamoDB refused a read because the table is busy. The same read may succeed later. */
export class Throttled extends Error {
  override readonly name = 'Throttled';
}

/** The team's table. Rejects only with what ends the segment, such as access denied or table not found. */
export interface TablePort {
  readPage(request: PageRequest): Promise<Page | { kind: 'throttled' }>;
  /**
   * Strongly consistent.
   *
   * @throws Throttled: when the table is busy
   */
  readItem(key: Image): Promise<Image | undefined>;
  /**
   * Applies up to 25 writes without inserts, each under its own condition.
   *
   * @param mayWrite called in the tick in which the request is handed to the network; if false, nothing is sent
   * @returns the results in the order of the writes; `isNotSent` if `mayWrite` was false
   */
  writeBatch(writes: readonly Write[], mayWrite: () => boolean): Promise<WriteResult[]>;
  /**
   * Reads up to 100 items, of this and other tables, by their keys.
   *
   * @param targets images with the key, and maybe more
   * @param isStrong strongly consistent; otherwise eventually
   * @returns `found`: those that exist; `unread`: those that DynamoDB left out
   */
  readItems(
    targets: readonly FoundItem[],
    isStrong: boolean,
  ): Promise<{ found: FoundItem[]; unread: readonly FoundItem[]; readUnits: number } | { kind: 'throttled' }>;
  /** Applies one write, its inserts and what it does to others in one transaction. */
  writeTransaction(write: Write, mayWrite: () => boolean): Promise<WriteResult>;
  /**
   * Applies up to 100 writes in one transaction, each on condition that its item is as it was found. The same array may be sent again: for ten
   * minutes it is applied only once.
   */
  writeTogether(writes: readonly OtherWrite[], mayWrite: () => boolean): Promise<WriteResult>;
  /** Puts a whole item if its key is free. `throttled`, `unanswered`: the same may be sent again. */
  putBack(image: Image, mayWrite: () => boolean): Promise<PutBackResult>;
}
