import type { Image } from '../values/attribute-value.ts';

/**
 * What a write does to one item. An insert has an empty `before`, a delete an empty `after`, and both have the whole item in the other. An update
 * has only the attributes that change, in both: a name that `before` lacks was added, and one that `after` lacks was removed.
 */
export interface ItemRecord {
  does: 'insert' | 'update' | 'delete';
  /** Logical name of another table; undefined for the table of the run. */
  table?: string | undefined;
  key: Image;
  before: Image;
  after: Image;
}

/** One change: what is needed to take it back without the code that made it. It does not say whether the change was applied. */
export interface ChangeRecord {
  kind: 'change';
  /** The item that was decided on. */
  item: ItemRecord;
  /** Further items that are written with it. An item that was only looked at, or is there as it shall be, is left out. */
  others?: readonly ItemRecord[] | undefined;
}

/** In a worker that sweeps several versions together: in the journal of which of them a record goes. */
export type OfVersion<R extends JournalRecord> = R & { of?: number | undefined };

/**
 * The newest change of this item that stands before, in the journal of this segment and pass, was not applied: the application had changed the
 * item, or deleted it. If the worker ends before it has written this, the change remains of unknown outcome.
 */
export interface NotAppliedRecord {
  kind: 'notApplied';
  key: Image;
}

export type JournalRecord = ChangeRecord | NotAppliedRecord;

/** An item that could not be changed, or taken back. */
export interface FailedRecord {
  kind: 'failed';
  key: Image;
  /** Of the error, as in the ledger. */
  name: string;
  message: string;
  /** Where in the team's file. */
  place?: string | undefined;
  /** The item that stood in the way, and the table that it is in, if it is another one. */
  target?: Image | undefined;
  targetTable?: string | undefined;
  /** The version that it failed for, if several were swept together: its report stands with those of the first. */
  sequence?: number | undefined;
}

/** An item of which an undo left something as it is, because it is not as the run left it. */
export interface KeptRecord {
  kind: 'kept';
  key: Image;
}

/** What a report says of an item. A change is one that a dry run would make. Nothing of a report is ever taken back. */
export type ReportRecord = FailedRecord | KeptRecord | ChangeRecord;
