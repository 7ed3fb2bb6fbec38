import type { ItemError } from '../errors.ts';
import type { OnExisting } from '../transformation/contract.ts';
import { type AttributeValue, defineOwn, type Image, sameAttribute } from '../values/attribute-value.ts';

/** What is written for one item, under one condition on that item. */
export interface Change {
  /** What happens to the item itself. */
  item: { kind: 'update'; set: Image; remove: readonly string[] } | { kind: 'delete' };
  /** Items that are written if their key is free, in one transaction with the change of the item itself. */
  inserts: readonly Image[];
  /** What is written to further items, in the same transaction, as far as what is under their keys was looked at. */
  others?: readonly OtherWrite[] | undefined;
}

/** An item that shall be under its key (`insert`), or shall be deleted if it still is as it was inserted (`takeBack`). */
export interface OtherItem {
  does: 'insert' | 'takeBack';
  /** Logical name of another table; undefined for the one whose items are transformed. */
  table?: string | undefined;
  image: Image;
  /** `merge`: a function, in the process that decided. */
  onExisting: OnExisting | 'merge';
  /** Set if the function must not ask for it again once it is there, as for all plain items of an array. */
  isOnce?: true | undefined;
  /** Of the transformation: an attribute that each write of the application changes. */
  versionAttribute?: string | undefined;
}

/** What is written to one further item. The image is that of the item before the write, but for `put`. */
export type OtherWrite = { table?: string | undefined; image: Image } & (
  | { kind: 'put' }
  | { kind: 'update'; set: Image; remove: readonly string[] }
  /** `missing`: names that the item must not have got since. */
  | { kind: 'delete'; missing?: readonly string[] | undefined }
  /** Nothing, on condition that there is an item under the key. */
  | { kind: 'check' }
);

/** An item that was looked at and exists. */
export interface FoundItem {
  table?: string | undefined;
  image: Image;
}

/** What one of several versions that are swept together decides on an item. */
export interface MemberDecision {
  sequence: number;
  outcome: 'changed' | 'unchanged' | 'kept';
  differing: boolean;
  /** Its part of the change. */
  change?: { set: Image; remove: readonly string[] } | undefined;
  /** Its part goes into its journal. */
  journals?: true | undefined;
}

/** Why an item fails: what an ItemError is made of, as it crosses a process boundary. */
export interface MemberFailure extends Pick<ItemError, 'name' | 'message' | 'details'> {
  sequence: number;
}

/** What versions that are swept together decide on an item. */
export interface TogetherDecision {
  /** In their order; up to the one that fails. */
  members: readonly MemberDecision[];
  /** What the versions before it made is written. */
  failure?: MemberFailure | undefined;
  /** For this item the versions must be applied one after the other: nothing is written. */
  isApart?: true | undefined;
}

/** What shall be done with one image. `together` is set if several versions decide. */
export type ItemDecision = { together?: TogetherDecision | undefined } & (
  | { outcome: 'unchanged' }
  /** Nothing to write, as the attributes that the function adds exist already; `differing` if one has another value. */
  | { outcome: 'kept'; differing: boolean }
  /**
   * `asks`: items that shall be there, or no more; what is under their keys tells what must be written. Without a look at them, the change may
   * write nothing. `isKept`: that it would then be `kept`.
   */
  | { outcome: 'changed'; change: Change; differing: boolean; asks?: readonly OtherItem[] | undefined; isKept?: true | undefined }
);

export type ChangedDecision = Extract<ItemDecision, { outcome: 'changed' }>;

/** Whether a change writes other items, too, which takes a transaction. */
export function isTransaction({ inserts, others = [] }: Change): boolean {
  return inserts.length + others.length > 0;
}

/** Whether a change does anything to its own item. */
export function changesOwn({ item }: Change): boolean {
  return item.kind === 'delete' || Object.keys(item.set).length + item.remove.length > 0;
}

/** What happens to an item of whose change only other items are written. */
export const leftAsItIs = { kind: 'update' as const, set: {}, remove: [] };

/** The names that a change writes or removes in the item itself. */
export function namesIn(change: Change): string[] {
  return change.item.kind === 'update' ? [...Object.keys(change.item.set), ...change.item.remove] : [];
}

/** The update that makes the image `after` of the image `before`: {@link afterUpdate} reversed. */
export function updateBetween(before: Image, after: Image): { set: Image; remove: string[] } {
  const set: Image = {};
  for (const name of Object.keys(after)) if (!sameAttribute(before, after, name)) defineOwn(set, name, after[name] as AttributeValue);
  return { set, remove: Object.keys(before).filter((name) => !Object.hasOwn(after, name)) };
}

/** The image after an update. */
export function afterUpdate(image: Image, set: Image, remove: readonly string[]): Image {
  const after = { ...image, ...set };
  for (const name of remove) delete after[name];
  return after;
}
