import { filesNotFollowed } from '../../follow/followed-versions.ts';
import type { FollowPicture } from '../../ledger/follow.ts';
import type { Version } from '../../ledger/versions/version.ts';
import { isLoaded, type LocalFile } from '../local-file.ts';
import { items } from '../number-text.ts';
import type { Finding } from '../table-plan.ts';

/** How long no item of an older shape may have been written, for the gate before phases 3 and 4. */
export interface Quiet {
  ms: number;
  /** As it was given, or its default: `24h`. */
  text: string;
  /** Somebody asks for it: then it is a problem if nothing can be known. */
  isAsked: boolean;
}

export const defaultQuiet: Quiet = { ms: 24 * 3_600_000, text: '24h', isAsked: false };

export interface FollowedTable {
  table: string;
  versions: readonly Version[];
  /** What the follower found; undefined if the deployed service does not follow the table. */
  follow: FollowPicture | undefined;
  /** How the follower is called; undefined if it is not, or Lambda does not tell. */
  calls: FollowerCalls | undefined;
}

/** What Lambda says of the event source mapping that calls the follower. */
export interface FollowerCalls {
  state: 'on' | 'paused' | 'changing';
  /** When the mapping was created, changed, paused or resumed, in wall-clock milliseconds. Undefined if Lambda does not say. */
  changedAt: number | undefined;
}

interface Findings {
  problems: Finding[];
  notes: Finding[];
}

/** Milliseconds. A follower that was not called for longer than this may have stopped. */
const maxSilenceMs = 3_600_000;

const none: Findings = { problems: [], notes: [] };

/**
 * The gate: does anybody still write the shape before this version?
 *
 * 1. Without a follower of the version, nothing is known.
 * 2. If an item was brought up for the version within the window, somebody does.
 * 3. If an item could not be brought up, it is still of the older shape.
 * 4. If the follower was not called in the last hour, it may be late, or be called no more.
 * 5. If the version is followed without a break, or applied, for less than the window, there may have been more. Only Lambda knows of a break in
 *    which the follower was not called at all: while the table was not followed, had another stream, or following was paused.
 */
export function quietFindings(sequence: number, followed: FollowedTable, quiet: Quiet, now: number): Findings {
  const { table, versions, follow, calls } = followed;
  const unknown = (why: string, todo: string): Findings => {
    const message = `Nothing is known of who still writes the shape before it: ${why}. ${todo}`;
    const found = [{ name: 'QuietUnknown', message, sequence }];
    return quiet.isAsked ? { problems: found, notes: [] } : { problems: [], notes: found };
  };
  const version = versions.find((one) => one.sequence === sequence);
  if (version?.status !== 'applied')
    return quiet.isAsked ? unknown('it is not applied here', `Apply it first: \`dynamodt up ${table} --to ${sequence}\`.`) : none;
  if (!follow)
    return quiet.isAsked
      ? unknown('the deployed service does not follow the table', 'Give the table `follow: true`, deploy, and wait for the window.')
      : none;
  const { control } = follow;
  if (!control) return unknown('nothing was written to the table since it is followed', 'Ask again when your application has written.');
  const why = control.notFollowed.find((other) => other.sequence === sequence)?.reason;
  if (why !== undefined) return unknown(`it is not followed (${why})`, 'Look for writers of the older shape in your own code and logs.');
  if (!control.following.includes(sequence))
    return unknown('nothing was written to the table since it is applied', 'Ask again when your application has written.');
  const problems = [...writers(sequence, followed, quiet, now), ...failures(sequence, followed)];
  if (problems.length > 0) return { problems, notes: [] };
  if (calls?.changedAt === undefined)
    return unknown(
      'Lambda does not tell since when it calls the follower without a break',
      'Ask with permission for lambda:ListEventSourceMappings. If no event source mapping calls `follow-stream` for the table, deploy again.',
    );
  if (calls.state === 'paused') return unknown('following is paused', `\`dynamodt resume ${table} --all\` goes on.`);
  if (calls.state === 'changing') return unknown('following starts or ends now', 'Ask again in a minute.');
  const seenAt = Date.parse(control.seenAt);
  if (now - seenAt > maxSilenceMs)
    return unknown(
      `the follower was last called at ${moment(seenAt)} (UTC), so nothing was written to the table since, or it is late, or Lambda does not call it`,
      `If the alarm \`follower-is-late\` is silent, change any item, and ask again a minute later.`,
    );
  const since = control.followingSince?.[sequence] ?? control.since;
  const from = Math.max(Date.parse(since), Date.parse(version.at), calls.changedAt);
  if (from > now - quiet.ms)
    return unknown(
      `it is followed without a break since ${moment(from)}, for less than ${quiet.text}`,
      `Ask again at ${moment(from + quiet.ms)} (UTC).`,
    );
  return none;
}

/** In a plan that is no gate: what a later gate would say of applied versions, and which pending versions will not be followed. */
export function followNotes(followed: FollowedTable, pending: readonly LocalFile[], quiet: Quiet, now: number): Finding[] {
  const { follow, versions } = followed;
  if (!follow) return [];
  const applied = versions.filter(({ status }) => status === 'applied');
  // What came before a version that no run applied, nobody writes.
  const unfollowed = follow.control?.notFollowed.filter(({ name }) => name !== 'notByRun') ?? [];
  return [
    ...applied.flatMap(({ sequence }) => [...writers(sequence, followed, quiet, now), ...failures(sequence, followed)]),
    ...filesNotFollowed(
      pending.filter(isLoaded).map(({ transformation }) => transformation),
      unfollowed.map(({ sequence }) => sequence),
    ).map(({ sequence, reason }) => {
      const message = `Once it is applied, the table's stream is not followed for it: ${reason}.`;
      return { name: 'NotFollowed', message, sequence };
    }),
  ];
}

function writers(sequence: number, { table, follow }: FollowedTable, quiet: Quiet, now: number): Finding[] {
  const brought = follow?.versions.find((version) => version.sequence === sequence);
  if (!brought || Date.parse(brought.lastAt) < now - quiet.ms) return [];
  const day = follow?.hours.reduce((sum, hour) => sum + (hour.sequence === sequence ? hour.changed : 0), 0) ?? 0;
  return [
    {
      name: 'OldWriters',
      message: `Something still writes the shape before it: ${items(day)} in the last day, the last at ${moment(Date.parse(brought.lastAt))} (UTC), within ${quiet.text}. They were brought up, but code that needs the new shape can meet them before, and no phase may begin that ends the old one. \`dynamodt follow ${table} --failures\` shows keys${Object.keys(brought.writers).length > 0 ? ' and who wrote them' : ''}; find the writer and deploy it anew.`,
      sequence,
    },
  ];
}

function failures(sequence: number, { table, follow }: FollowedTable): Finding[] {
  // A write that DynamoDB refused is of all versions.
  const failed = follow?.failed.filter((failure) => failure.sequence === sequence || failure.sequence === undefined) ?? [];
  const [first] = failed;
  if (!first) return [];
  return [
    {
      name: 'FollowFailed',
      message: `${items(failed.length)} of the older shape could not be brought up (${first.error}${first.place === undefined ? '' : `, ${first.place}`}). \`dynamodt follow ${table} --failures\` lists them, and \`--retry\` tries again.`,
      sequence,
    },
  ];
}

/** `2025-11-22 15:26` */
function moment(at: number): string {
  return new Date(at).toISOString().slice(0, 16).replace('T', ' ');
}
