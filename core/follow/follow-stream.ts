import { type FollowControl, maxBehindMs, type NotFollowed, type OpenFailure } from '../ledger/follow.ts';
import { isInTable } from '../ledger/versions/version.ts';
import type { Image } from '../values/attribute-value.ts';
import { keyOf, keyText, type TableShape } from '../values/table-shape.ts';
import type { BoundChain } from './bind-followed.ts';
import { type BringUpPorts, type BroughtUp, bringUp, type Written } from './follow-batch.ts';
import type { FollowState } from './follow-lease.ts';
import type { OpenFailures } from './open-failures.ts';

/** One record of a stream. */
export interface StreamRecord {
  sequenceNumber: string;
  key: Image;
  /** The item was removed, by the application or by its time to live. */
  isRemoved: boolean;
  /** The item after the write; undefined if the stream does not show it. */
  image: Image | undefined;
  /** ISO 8601 */
  at: string;
}

export interface FollowPorts extends Omit<BringUpPorts, 'state' | 'chain'> {
  /** What is followed by this state; the same for the same state. */
  bind(state: FollowState): Promise<BoundChain>;
  leaseMs: number;
  failures: OpenFailures;
}

/** What one batch of records led to. */
export interface Followed {
  /** The sequence number from which on the stream must give the records again; undefined if all are settled. */
  failedFrom: string | undefined;
  /** Undefined if nothing is followed. */
  did: BroughtUp | undefined;
}

/** How often the follower says that it is there, in milliseconds. */
const seenEveryMs = 60_000;

/**
 * Brings up what a batch of a stream's records shows.
 *
 * 1. Read what the ledger says, unless it was read just now.
 * 2. Record that the table is followed before the first write, and every minute, or when other versions are followed, or the records are late.
 * 3. Take each key once, by its newest record.
 *
 * @returns from which record on the stream must give the batch again: that of the earliest key that is not settled
 */
export async function followBatch(records: readonly StreamRecord[], ports: FollowPorts): Promise<Followed> {
  const state = await ports.lease.state();
  if (mustWait(state)) return { failedFrom: records[0]?.sequenceNumber, did: undefined };
  const bound = await boundAndSeen(state, ports, records[0]?.at);
  if (isHeldUp(bound)) return { failedFrom: records[0]?.sequenceNumber, did: undefined };
  if (!bound.chain) return { failedFrom: undefined, did: undefined };
  const { newest, removed } = newestByKey(records, ports.shape);
  const items = newest.map(({ record: { key, image, at } }): Written => ({ key, image, at }));
  const did = await bringUp(items, { ...ports, state, chain: bound.chain });
  ports.failures.note(did.failed);
  const settled = [...did.inShape, ...did.gone].map((index) => items[index]?.key ?? {});
  // What is not forgotten now will be by the next record of the item, or by a second try.
  await ports.failures
    .mend(
      [...settled, ...removed],
      (failure) => isSweptSince(failure, state),
      (failures) => triedAgain(failures, { ...ports, state }, bound),
    )
    .catch((error: unknown) => {
      did.fault ??= error;
    });
  const first = Math.min(...did.unsettled.map((index) => newest[index]?.first ?? 0));
  return { failedFrom: did.unsettled.length === 0 ? undefined : records[first]?.sequenceNumber, did };
}

/** Runs do not wait for the follower: the one that holds the table began before it was followed, or the last deploy is not over, or follows it no more. */
function mustWait({ isFollowed, holder }: FollowState): boolean {
  return !isFollowed || (holder?.isRunning === true && !holder.waitsForFollower);
}

/**
 * A version stands half-way, up or down, and blocks others, which are followed again once a run has brought it to an end: what is written
 * meanwhile must not be forgotten until then, also if that run is paused, was stopped or failed.
 */
function isHeldUp({ blockedBy, notFollowed }: BoundChain): boolean {
  const isHalfway = ({ name }: NotFollowed): boolean => name === 'rollingBack' || name === 'notUnderWay';
  return notFollowed.some((version) => blockedBy.includes(version.sequence) && isHalfway(version));
}

/** What became of the failures that were tried again. */
export interface Retried {
  retried: number;
  mended: number;
  failed: number;
}

/**
 * Decides again on items that failed before. One whose version is in the table and is not followed, as its file was changed, stays failed: what the
 * other versions find says nothing of it. One whose version is not in the table any more has nothing to wait for.
 */
export async function retryFailed(failures: readonly OpenFailure[], ports: FollowPorts): Promise<Retried> {
  const state = await ports.lease.state();
  if (mustWait(state)) return { retried: 0, mended: 0, failed: failures.length };
  const bound = await boundAndSeen(state, ports);
  const inTable = state.versions.filter(isInTable).map(({ sequence }) => sequence);
  const isOver = ({ sequence }: OpenFailure): boolean => (sequence === undefined ? inTable.length === 0 : !inTable.includes(sequence));
  const over = failures.filter(isOver);
  const tried = failures.filter((failure) => !isOver(failure) && canTry(failure, bound));
  const mended = [...over, ...(await triedAgain(tried, { ...ports, state }, bound))];
  await ports.records.mended(ports.table, mended);
  return { retried: tried.length + over.length, mended: mended.length, failed: failures.length - mended.length };
}

/** A run applied the version after the item failed, maybe with a changed file: by `up --again`, it may have mended the item, also before it was followed. */
function isSweptSince({ sequence, at }: OpenFailure, { versions }: FollowState): boolean {
  return versions.some(
    (version) => version.sequence === sequence && version.status === 'applied' && Date.parse(at) < Date.parse(version.at),
  );
}

function canTry({ sequence }: OpenFailure, { chain, following }: BoundChain): boolean {
  return chain !== undefined && (sequence === undefined || following.includes(sequence));
}

/**
 * Decides on items that failed, as they are now.
 *
 * @returns those that are in shape, or gone
 */
async function triedAgain(
  failures: readonly OpenFailure[],
  ports: Omit<BringUpPorts, 'chain'>,
  bound: BoundChain,
): Promise<readonly OpenFailure[]> {
  const { chain } = bound;
  const tried = failures.filter((failure) => canTry(failure, bound));
  if (!chain || tried.length === 0) return [];
  const at = new Date(ports.clock.wall()).toISOString();
  const items = tried.map(({ key }) => ({ key, image: undefined, at }));
  const { inShape, gone } = await bringUp(items, { ...ports, chain });
  return [...inShape, ...gone].flatMap((index) => tried[index] ?? []);
}

/** @param oldest when the oldest record was written: ISO 8601; undefined if there is none */
async function boundAndSeen(state: FollowState, ports: FollowPorts, oldest?: string): Promise<BoundChain> {
  const bound = await ports.bind(state);
  await sayFollowed(state, bound, ports, oldest);
  return bound;
}

/**
 * Records what is followed, before anything is decided by it: a run relies on what is said here (core/run/left-to-follower.ts). So a break is never lost.
 *
 *     new container: its file of v2 is other code      old container: follows v2
 *     -------------------------------------------      -------------------------
 *                                                      reads the control: v2 is followed since 8:00
 *     says: v2 is not followed
 *     passes over a record, as v2 is not followed
 *                                                      says: v2 is followed since 8:00 → refused
 *                                                      says: v2 is followed since now
 */
async function sayFollowed(
  state: FollowState,
  bound: BoundChain,
  { table, records, clock, lease, leaseMs }: FollowPorts,
  oldest: string | undefined,
): Promise<void> {
  // The state stays the same while only the control changes.
  let before = lease.control ?? state.control;
  for (;;) {
    const now = clock.wall();
    const isBehind = oldest !== undefined && now - Date.parse(oldest) > maxBehindMs;
    if (before && !isDue(before, bound, { leaseMs, isBehind, now })) return;
    // Two writes are never of the same moment: each is made on condition that the one before is still the last.
    const seenAt = new Date(Math.max(now, before ? Date.parse(before.seenAt) + 1 : now)).toISOString();
    const control: FollowControl = {
      ...before,
      table,
      since: before?.since ?? seenAt,
      seenAt,
      leaseMs,
      following: bound.following,
      followingSince: sinceWhen(bound, before, seenAt),
      notFollowed: bound.notFollowed,
      ...(isBehind ? { behindAt: seenAt } : {}),
    };
    const others = await records.say(control, before);
    lease.noteControl(others ?? control);
    if (!others) return;
    before = others;
  }
}

/** A version begins anew that was not followed for a while, unless the records waited: what was written meanwhile may have its older shape. */
function sinceWhen(bound: BoundChain, before: FollowControl | undefined, now: string): Record<string, string> {
  const waiting = isHeldUp(bound) ? bound.notFollowed.filter(({ name }) => name === 'blocked').map(({ sequence }) => sequence) : [];
  return Object.fromEntries([...bound.following, ...waiting].map((sequence) => [sequence, before?.followingSince?.[sequence] ?? now]));
}

interface Told {
  leaseMs: number;
  isBehind: boolean;
  /** Wall-clock milliseconds. */
  now: number;
}

function isDue(before: FollowControl, { following, notFollowed }: BoundChain, { leaseMs, isBehind, now }: Told): boolean {
  const isOld = (at: string | undefined): boolean => at === undefined || now - Date.parse(at) >= seenEveryMs;
  const isOther = JSON.stringify([before.following, before.notFollowed]) !== JSON.stringify([following, notFollowed]);
  return isOther || before.leaseMs !== leaseMs || isOld(before.seenAt) || (isBehind && isOld(before.behindAt));
}

interface Newest {
  record: StreamRecord;
  /** Index of the first record of the key. */
  first: number;
}

/** Of each key that was not removed last, its newest record, in the order of their first ones; and the keys that were. */
function newestByKey(records: readonly StreamRecord[], shape: TableShape): { newest: Newest[]; removed: Image[] } {
  const byKey = new Map<string, Newest>();
  for (const [index, record] of records.entries()) {
    const text = keyText(keyOf(shape, record.key));
    byKey.set(text, { record, first: byKey.get(text)?.first ?? index });
  }
  const all = [...byKey.values()];
  return {
    newest: all.filter(({ record }) => !record.isRemoved),
    removed: all.flatMap(({ record: { isRemoved, key } }) => (isRemoved ? [key] : [])),
  };
}
