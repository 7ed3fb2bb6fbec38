import type { DeployedService } from '../../aws/operator/deployed-service.ts';
import type { FollowerCalls, FollowerState } from '../../aws/operator/follower.ts';
import { type FollowedVersion, type FollowFailure, type FollowPicture, hourOf, type NotFollowed } from '../../core/ledger/follow.ts';
import type { TableAsked } from '../tables-asked.ts';

/** What `status` and `follow` show of a table whose stream is followed. */
export interface FollowShown {
  /** Undefined if the caller may not ask Lambda. */
  state?: FollowerState;
  /** When the follower began, and when it was last called, up to a minute ago (ISO 8601); undefined if it was not called yet. */
  since?: string;
  seenAt?: string;
  /** When it was switched on, changed, paused or resumed last (ISO 8601): before that, it may not have been called for a while. Undefined as for `state`. */
  changedAt?: string;
  /** Versions that are brought to what older code writes. */
  following: number[];
  /** Since when each of them is followed without a break that the follower knows of, by sequence (ISO 8601). */
  followingSince?: Record<string, string>;
  /** Other versions in the table, and why. */
  notFollowed: NotFollowed[];
  versions: FollowedShown[];
  /** Items that were brought up in each hour (`2026-11-27T12`), by the version with the most: from the first hour of the last day in which there were some. */
  hours?: { hour: string; changed: number }[];
  /** When records were last late, by more than five minutes (ISO 8601). */
  behindAt?: string;
  /** Items that could not be brought up, and were not tried again with success; up to 1,000. */
  failed: number;
  /** With their keys; only if keys may be shown. */
  failures?: FollowFailure[];
}

/** What was brought up for one version. */
export interface FollowedShown {
  sequence: number;
  /** Items in this hour and the one before, and in the last 24 hours: counted by whole hours. */
  lastHour: number;
  lastDay: number;
  total: number;
  /** Open failures, of those that are counted in `failed` of the table. */
  failed: number;
  /** ISO 8601 */
  lastAt: string;
  /** Who wrote them, the most items first; only if the stack names the attribute that says so. */
  writers?: { writer: string; changed: number; lastAt: string }[];
  /** Up to 10, the newest first; only if keys may be shown. */
  samples?: FollowedVersion['samples'];
}

const hourMs = 3_600_000;

/** @returns undefined if the deployed service does not follow the table */
export async function followShown(
  service: DeployedService,
  { table, tableName = table, follows }: TableAsked,
  withKeys: boolean,
  now = Date.now(),
): Promise<FollowShown | undefined> {
  if (!follows) return undefined;
  const [picture, calls] = await Promise.all([
    service.followed(table, hourOf(new Date(now - 24 * hourMs).toISOString())),
    service.followerCalls(tableName),
  ]);
  return { ...(calls ? shownCalls(calls) : {}), ...followedIn(picture, withKeys, now) };
}

function shownCalls({ state, changedAt }: FollowerCalls): Pick<FollowShown, 'state' | 'changedAt'> {
  return { state, ...(changedAt === undefined ? {} : { changedAt: new Date(changedAt).toISOString() }) };
}

export function followedIn({ control, hours, versions, failed }: FollowPicture, withKeys: boolean, now: number): FollowShown {
  const since = (ms: number): string => hourOf(new Date(now - ms).toISOString());
  const changedSince = (sequence: number, first: string): number =>
    hours.reduce((sum, hour) => sum + (hour.sequence === sequence && hour.hour >= first ? hour.changed : 0), 0);
  return {
    ...(control ? { since: control.since, seenAt: lastCalled(control.seenAt, versions) } : {}),
    ...(control?.behindAt === undefined ? {} : { behindAt: control.behindAt }),
    ...curve(hours, now),
    following: [...(control?.following ?? [])],
    ...(control?.followingSince ? { followingSince: { ...control.followingSince } } : {}),
    notFollowed: [...(control?.notFollowed ?? [])],
    versions: versions
      .toSorted((a, b) => a.sequence - b.sequence)
      .map(({ sequence, changed, lastAt, samples, writers }) => ({
        sequence,
        lastHour: changedSince(sequence, since(hourMs)),
        lastDay: changedSince(sequence, since(24 * hourMs)),
        total: changed,
        failed: failed.filter((failure) => failure.sequence === sequence).length,
        lastAt,
        ...(Object.keys(writers).length > 0 ? { writers: writersShown(writers) } : {}),
        ...(withKeys ? { samples } : {}),
      })),
    failed: failed.length,
    ...(withKeys ? { failures: [...failed] } : {}),
  };
}

/** A call that brings something up is recorded at once, any other one once a minute. */
function lastCalled(seenAt: string, versions: FollowPicture['versions']): string {
  return versions.reduce((newest, { lastAt }) => (lastAt > newest ? lastAt : newest), seenAt);
}

function curve(hours: FollowPicture['hours'], now: number): Pick<FollowShown, 'hours'> {
  const all = Array.from({ length: 25 }, (_, index) => hourOf(new Date(now - (24 - index) * hourMs).toISOString())).map((hour) => ({
    hour,
    changed: Math.max(0, ...hours.filter((one) => one.hour === hour).map(({ changed }) => changed)),
  }));
  const first = all.findIndex(({ changed }) => changed > 0);
  return first === -1 ? {} : { hours: all.slice(first) };
}

function writersShown(writers: FollowedVersion['writers']): NonNullable<FollowedShown['writers']> {
  return Object.entries(writers)
    .map(([writer, { changed, lastAt }]) => ({ writer, changed, lastAt }))
    .sort((a, b) => b.changed - a.changed);
}
