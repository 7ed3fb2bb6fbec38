import { type Checkpoint, countMember } from '../ledger/checkpoint.ts';
import type { Control } from '../ledger/control.ts';
import type { Counters } from '../ledger/counters.ts';
import { type FollowControl, maxBehindMs } from '../ledger/follow.ts';
import { sequencesOf } from '../ledger/sweep.ts';
import type { Version } from '../ledger/versions/version.ts';

/** What the ledger says of a table's follower when a pass is settled. */
export interface FollowerSeen {
  /** Undefined if it was never called. */
  control: FollowControl | undefined;
  /** When it last changed an item for each version: ISO 8601. */
  versions: readonly { sequence: number; lastAt: string }[];
}

/** Why what a pass still found cannot be left to the follower. */
export interface NotLeft {
  /** A clause. */
  why: string;
  /** The same can be known, or be over, a few seconds later. */
  mayPass: boolean;
}

export interface LeftRequest {
  control: Control;
  checkpoints: ReadonlyMap<number, Checkpoint>;
  versions: readonly Version[];
  follower: FollowerSeen;
  /** Of the pass, each item once. */
  counters: Counters;
  /** Wall-clock milliseconds. */
  now: number;
}

/** A pass of which this share of the items is changed says something of the function, if it is not far less than in the pass before. */
const suspiciousShare = 0.5;
const shrinkingShare = 0.9;

/**
 * Whether a pass that still changed items ends the version all the same, since the follower of the table's stream brings up what is written from
 * now on. docs/architecture.md has the proof. It needs:
 *
 * 1. A pass before this one, by the same code: what this one found was written meanwhile.
 * 2. An item decided by itself: if a function looks other items of the table up, a pass must find nothing to do.
 * 3. A follower that has followed each version since before this pass began, without a break.
 * 4. A follower that works: it has brought items up for each version that still changed some, no item failed during the pass, and no records were late.
 *
 * @returns undefined if it ends the version
 */
export function whyNotLeft({ control, checkpoints, versions, follower, counters, now }: LeftRequest): NotLeft | undefined {
  const { begunAt, changedBefore = 0 } = control.convergence;
  if (begunAt === undefined) return passing('no pass by this code came before');
  if (control.rewrites) return lasting('the run sets again what earlier code gave, and the follower does not');
  const all = [...checkpoints.values()];
  if (all.some(({ mayReadOwn }) => mayReadOwn)) return lasting('its function looks other items of the table up');
  if (counters.changed >= shrinkingShare * changedBefore && counters.changed >= suspiciousShare * counters.scanned)
    return lasting('the pass changed half of all items or more, as the one before, so the function may find something to do in each pass');
  if (!follower.control) return passing('it was not called yet');
  for (const sequence of sequencesOf(control)) {
    const takenAt = Date.parse(versions.find((one) => one.sequence === sequence)?.at ?? '') || 0;
    const changes = countMember(all, sequence).items.changed > 0;
    const why =
      whyNotFollowed(sequence, follower.control, takenAt, begunAt) ??
      (changes ? whyIdle(sequence, follower, Math.max(takenAt, now - maxBehindMs)) : undefined);
    if (why) return why;
  }
  return whyUnwell(follower.control, begunAt, now);
}

/** @param takenAt when the run took the version, in wall-clock milliseconds: what was said before is over */
function whyNotFollowed(
  sequence: number,
  { seenAt, following, followingSince = {}, notFollowed, leaseMs }: FollowControl,
  takenAt: number,
  begunAt: number,
): NotLeft | undefined {
  if (Date.parse(seenAt) < takenAt) return passing(`it was last called at ${seenAt}, before the run took v${sequence}`);
  const not = notFollowed.find((one) => one.sequence === sequence);
  if (not) return lasting(`it does not follow v${sequence}: ${not.reason}`);
  const since = followingSince[sequence];
  if (!following.includes(sequence) || since === undefined) return passing(`it did not follow v${sequence} at ${seenAt}`);
  // Up to a lease later, a container that follows it not can still pass over records that were written by then.
  return Date.parse(since) + leaseMs > begunAt ? passing(`it follows v${sequence} only since ${since}`) : undefined;
}

/** A follower that is off, or cannot write, brings nothing up, although there is something. */
function whyIdle(sequence: number, { versions }: FollowerSeen, since: number): NotLeft | undefined {
  const lastAt = versions.find((one) => one.sequence === sequence)?.lastAt;
  if (lastAt !== undefined && Date.parse(lastAt) >= since) return undefined;
  return passing(`it has brought up no item for v${sequence} since ${new Date(since).toISOString()}, as if it were paused or late`);
}

function whyUnwell({ failedAt, behindAt }: FollowControl, begunAt: number, now: number): NotLeft | undefined {
  if (failedAt !== undefined && Date.parse(failedAt) >= begunAt) return lasting(`it could not bring up an item at ${failedAt}`);
  if (behindAt !== undefined && Date.parse(behindAt) > now - maxBehindMs)
    return lasting(`at ${behindAt}, records had waited for it for more than ${maxBehindMs / 60_000} minutes`);
  return undefined;
}

function lasting(why: string): NotLeft {
  return { why, mayPass: false };
}

function passing(why: string): NotLeft {
  return { why, mayPass: true };
}
