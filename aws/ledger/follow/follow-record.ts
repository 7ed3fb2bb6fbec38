import * as z from 'zod';
import { notFollowedNames } from '../../../core/ledger/follow.ts';
import { byName, count } from '../ledger-record.ts';

/** The records of a table's follower, as they are stored under `follow#`. */
export const FollowControlRecord = z.object({
  table: z.string(),
  since: z.string(),
  seenAt: z.string(),
  leaseMs: count,
  lateUntil: count.optional(),
  following: z.array(count),
  followingSince: byName(z.string()).optional(),
  notFollowed: z.array(z.object({ sequence: count, name: z.enum(notFollowedNames), reason: z.string() })),
  behindAt: z.string().optional(),
  failedAt: z.string().optional(),
  failures: count.optional(),
  failuresClosed: count.optional(),
});

export const FollowHourRecord = z.object({
  hour: z.string(),
  sequence: count,
  changed: count.default(0),
  failed: count.default(0),
  lastAt: z.string(),
});

const key = byName(z.unknown());

export const FollowedVersionRecord = z.object({
  sequence: count,
  /** Counts the writes of this record: the next one is made on condition that this is still the last. */
  number: count,
  lastAt: z.string(),
  changed: count,
  samples: z.array(z.object({ key, at: z.string() })),
  writers: byName(z.object({ changed: count, lastAt: z.string() })),
});
export type FollowedVersionRecord = z.infer<typeof FollowedVersionRecord>;

export const FollowFailureRecord = z.object({
  key,
  sequence: count.optional(),
  error: z.string(),
  message: z.string(),
  place: z.string().optional(),
  at: z.string(),
  tries: count,
});
