import type { Image } from '../values/attribute-value.ts';
import { type Lease, requestTimeoutMs } from './control.ts';

/** A version that is in the table and is not followed. */
export interface NotFollowed {
  sequence: number;
  name: NotFollowedName;
  /** A clause that follows "v3 is not followed: ". It contains no item data. */
  reason: string;
}

export const notFollowedNames = [
  'optedOut',
  'writesOtherItems',
  'onlyJournalBack',
  'notByRun',
  'noFile',
  'otherCode',
  'notUnderWay',
  'rollingBack',
  'noPreparation',
  'cannotBind',
  'otherTable',
  'blocked',
  'runUnaware',
] as const;
export type NotFollowedName = (typeof notFollowedNames)[number];

/** What the follower of a table says of itself. Its first invocation records it before it writes anything. */
export interface FollowControl {
  /** Logical name. */
  table: string;
  /** ISO 8601, of the first invocation, and of the last one, up to a minute ago. */
  since: string;
  seenAt: string;
  /** How long it may write after it began to read the ledger, in milliseconds. */
  leaseMs: number;
  /** Until when a write of the follower that ended without an answer can still be applied, in wall-clock milliseconds. Undefined if there is none. */
  lateUntil?: number | undefined;
  /** The sequences that it follows, in their order. */
  following: readonly number[];
  /** Since when each of them is followed without a break, by sequence: ISO 8601. */
  followingSince?: Readonly<Record<string, string>> | undefined;
  notFollowed: readonly NotFollowed[];
  /** When the follower last began with records that had waited for too long, up to a minute too early: ISO 8601. Undefined if it never did. */
  behindAt?: string | undefined;
  /** When it last recorded an item that it could not bring up: ISO 8601. */
  failedAt?: string | undefined;
  /** How many failures were recorded so far, and up to which of them none is open. */
  failures?: number | undefined;
  failuresClosed?: number | undefined;
}

/** Whether a failure may be open: an item that could not be brought up. */
export function hasOpenFailures(control: Pick<FollowControl, 'failures' | 'failuresClosed'> | undefined): boolean {
  return (control?.failures ?? 0) > (control?.failuresClosed ?? 0);
}

/** An item that failed, as far as it must be known to find out that it fails no longer. */
export interface OpenFailure {
  key: Image;
  /** The version whose function failed; undefined if the write was refused. */
  sequence?: number | undefined;
  /** ISO 8601, of the last try. */
  at: string;
}

/** What was brought up for one version in one hour. */
export interface FollowHour {
  /** `2026-11-27T12` */
  hour: string;
  sequence: number;
  changed: number;
  failed: number;
  /** ISO 8601 */
  lastAt: string;
}

/** What was brought up for one version since the table is followed. */
export interface FollowedVersion {
  sequence: number;
  /** ISO 8601 */
  lastAt: string;
  changed: number;
  /** Up to 10, the newest first. */
  samples: readonly FollowSample[];
  /** By the value of the attribute that says who wrote the item: up to 20 values. Empty if the stack names no such attribute. */
  writers: Readonly<Record<string, FollowedWriter>>;
}

export interface FollowSample {
  /** As JSON-like values by attribute names. */
  key: Readonly<Record<string, unknown>>;
  /** ISO 8601 */
  at: string;
}

export interface FollowedWriter {
  changed: number;
  /** ISO 8601 */
  lastAt: string;
}

/** An item that the follower could not bring up. */
export interface FollowFailure {
  key: Readonly<Record<string, unknown>>;
  /** The version whose function failed; undefined if the write was refused. */
  sequence?: number | undefined;
  /** Name of the error. */
  error: string;
  /** Without item data. */
  message: string;
  place?: string | undefined;
  /** ISO 8601, of the last try. */
  at: string;
  tries: number;
}

/** What the ledger knows of a table's follower. */
export interface FollowPicture {
  /** Undefined if no follower ran yet. */
  control: FollowControl | undefined;
  /** Since the hour that was asked for, in their order. */
  hours: readonly FollowHour[];
  versions: readonly FollowedVersion[];
  /** Up to 1,000. */
  failed: readonly FollowFailure[];
}

/** What one batch did for one version. */
export interface FollowedSequence {
  sequence: number;
  changed: number;
  failed: number;
  /** The newest first. */
  samples: readonly { key: Image; at: string }[];
  writers: Readonly<Record<string, number>>;
}

/** An item that failed in one batch. */
export interface FailedKey extends Omit<FollowFailure, 'key' | 'tries'> {
  key: Image;
}

/** How long a follower may write after it began to read the ledger, in milliseconds. */
export const defaultFollowLeaseMs = 6000;

/** Records that wait for longer are late, in milliseconds: the alarm `follower-is-late` has the same limit. */
export const maxBehindMs = 300_000;

export const maxFollowSamples = 10;
export const maxFollowWriters = 20;
/** Days for which hours are kept. */
export const followHoursDays = 8;

/**
 * How long a run waits before it writes what a follower does not know of, in milliseconds: until the follower's lease is over, its last request is
 * answered or given up, and a write without an answer is recorded.
 */
export function followQuietMs(leaseMs: number): number {
  return leaseMs + 2 * requestTimeoutMs;
}

/** How long a run waits for a follower of which it is not known what it has on its way. */
export function quietMsFor({ followLeaseMs, awaitsFollower }: Pick<Lease, 'followLeaseMs' | 'awaitsFollower'>): number {
  return awaitsFollower ? followQuietMs(followLeaseMs ?? defaultFollowLeaseMs) : 0;
}

/** `2026-11-27T12` */
export function hourOf(at: string): string {
  return at.slice(0, 13);
}
