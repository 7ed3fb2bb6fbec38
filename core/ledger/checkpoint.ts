import type { JournalOfAttempt, ReportsOfAttempt } from '../journal/journal-port.ts';
import type { Image } from '../values/attribute-value.ts';
import type { AttributeCount } from './attribute-counts.ts';
import { addCounters, type Counters, countedSince, noCounters, sumCounters } from './counters.ts';
import type { Pace } from './pace.ts';
import type { Timeline } from './timeline.ts';

/** Durable position and counters of one segment of one pass. */
export interface Checkpoint {
  run: string;
  pass: number;
  segment: number;
  sequence: number;
  /** Counts the workers that took the segment: only the last may save. */
  attempt: number;
  /** A random name of that worker, by which it recognises a take whose answer was lost. */
  takenBy?: string | undefined;
  /** Counts the saves of the attempt: one that arrives late finds a higher number, and changes nothing. */
  saves: number;
  /** The code by which all of it was made so far (`codeOf`). */
  checksum: string;
  /** The key after which to go on; undefined at the start of the segment, and at its end if `done`. */
  position: Image | undefined;
  /** The partition, of those of the segment, in which `position` is, or that begins there; undefined for the first, and if it has no list of them. */
  partition?: number | undefined;
  /** A write was about to be sent in this pass, or since its second look began, so the pass is not clean. */
  dirty: boolean;
  done: boolean;
  /** All items were settled once in this pass, and are looked at once more: see core/segment/second-look.ts. */
  isSecondLook?: true | undefined;
  /** Its worker ended regularly: none of its requests is in flight. */
  signedOff: boolean;
  /** A worker of this pass was replaced without having signed off, and may still wake up. */
  abandoned: boolean;
  /** Workers that began at this position one after the other, none of which signed off, and since when; undefined once the position has moved. */
  tries?: Tries | undefined;
  /** The item for which a careful worker calls the team's function. */
  inHand?: ItemInHand | undefined;
  /** Until when a write that ended without an answer can still be applied, in wall-clock milliseconds; undefined if there is none. */
  lateUntil?: number | undefined;
  counters: Counters;
  /** The name of the error that ended its last worker early, and when, in wall-clock milliseconds: another worker follows after a pause. */
  fault?: { name: string; at: number } | undefined;
  /** What was counted in this pass before the segment was begun once more, without failed items: those are tried again. */
  redone?: Counters | undefined;
  /** The same for each version of a pass that sweeps several together. */
  members?: readonly MemberCounters[] | undefined;
  /** A function looked other items of the table up, or may have: what the pass changed can matter to items that it was at before. */
  mayReadOwn?: true | undefined;
  /** The versions of the pass cannot decide on an item together: its worker ended there. */
  isApart?: true | undefined;
  /** How fast its worker goes; undefined if no worker has the segment. */
  pace?: Pace | undefined;
  /** What was done when in this pass, also what had to be done again. */
  timeline?: Timeline | undefined;
  /** Which attributes the changed items were changed at. */
  attributes?: readonly AttributeCount[] | undefined;
  /** The objects of the journal that hold the changes of this segment in this pass, over all attempts. */
  journal?: readonly JournalOfAttempt[] | undefined;
  /** The objects that say which items are counted as failed, or in an undo as kept, and what a dry run would change. */
  reports?: readonly ReportsOfAttempt[] | undefined;
  /** Which records failed, if the pass takes a journal back: another worker repeats only those. */
  failedAt?: FailedRecords | undefined;
  /** The records that this worker repeats, by the places behind them: all others are done. Undefined if none is done yet. */
  retries?: readonly string[] | undefined;
}

/** A version of a pass that sweeps several together. */
interface Member {
  sequence: number;
  /** Its changes are journaled. */
  journals?: true | undefined;
}

/**
 * What a pass that sweeps several versions together did for one of them. The units of a write count for the first version that changed the item,
 * and those of reads for the first of all.
 */
export interface MemberCounters extends Member {
  counters: Counters;
  redone?: Counters | undefined;
}

/** Records of a journal that could not be taken back. */
export interface FailedRecords {
  /** The place before the first of them. */
  position: Image | undefined;
  partition?: number | undefined;
  /** What was counted until then. */
  counters: Counters;
  /** The places behind them, up to {@link maxFailedRecords}. */
  records: readonly string[];
  /** There were more, so that all from the first on must be repeated. */
  isCut?: true | undefined;
}

/** Max number. They make the checkpoint, which is written every few seconds, about 10 KB larger. */
export const maxFailedRecords = 1000;

export interface Tries {
  count: number;
  /** Wall-clock milliseconds. */
  since: number;
}

export interface ItemInHand {
  key: Image;
  /** The attempt that took it in hand. */
  attempt: number;
  /** Attempts before that one which ended without signing off while they had the item in hand. */
  deaths: number;
}

/** The worker that takes a segment. */
export interface Taker {
  /** A random name. */
  name: string | undefined;
  /** Wall-clock milliseconds. */
  now: number;
}

/** Which segment of which pass of which run a worker shall transform. */
export interface SegmentAssignment {
  run: string;
  pass: number;
  segment: number;
}

/**
 * The checkpoint as its next worker takes it over. What other code did does not count, and a segment with failed items is done again
 * from its start: what is already changed costs only the read. Of a journal, only what failed is taken back again: a record that is taken back
 * twice could undo what the application wrote in between.
 */
export function takeOver(
  assignment: SegmentAssignment,
  { sequence, checksum, members }: Pick<Checkpoint, 'sequence' | 'checksum'> & { members?: readonly Member[] | undefined },
  before: Checkpoint | undefined,
  { name: takenBy, now }: Taker = { name: undefined, now: 0 },
): Checkpoint {
  const attempt = (before?.attempt ?? 0) + 1;
  const isOther = !before || before.checksum !== checksum;
  const hasFailed = before?.done === true && before.counters.failed > 0;
  const startsOver = isOther || (hasFailed && !before.failedAt);
  const taken = {
    sequence,
    attempt,
    takenBy,
    saves: 0,
    checksum,
    signedOff: false,
    fault: undefined,
    abandoned: before !== undefined && (before.abandoned || !before.signedOff),
    tries: { count: 1, since: now },
  };
  return startsOver
    ? {
        ...assignment,
        ...taken,
        position: undefined,
        partition: undefined,
        dirty: before?.dirty ?? false,
        done: false,
        counters: noCounters(),
        ...(before ? { redone: countedBefore(before) } : {}),
        ...(members ? { members: members.map((each) => memberAnew(each, before)) } : {}),
        ...(before?.lateUntil === undefined ? {} : { lateUntil: before.lateUntil }),
        ...(before?.timeline ? { timeline: before.timeline } : {}),
        ...(before?.journal ? { journal: before.journal } : {}),
      }
    : { ...before, ...taken, pace: undefined, ...(hasFailed ? repeating(before) : leftBy(before, taken.tries)) };
}

/** What was counted for a version that is no longer swept with the others counts for no version that is. */
function memberAnew({ sequence, journals }: Member, { members = [] }: Pick<Checkpoint, 'members'> = {}): MemberCounters {
  const before = members.find((member) => member.sequence === sequence);
  return { sequence, ...(journals ? { journals } : {}), counters: noCounters(), ...(before ? { redone: countedBefore(before) } : {}) };
}

/** Goes back to the first record that failed. */
function repeating({ counters, redone, failedAt, reports }: Checkpoint): Partial<Checkpoint> {
  if (!failedAt) return {};
  const { position, partition, records, isCut, counters: before } = failedAt;
  const retried = reports && { reports: reports.map((each) => ({ ...each, isRetried: true as const })) };
  const begun = { position, partition, done: false, inHand: undefined, failedAt: undefined, ...retried };
  if (!isCut) return { ...begun, counters: withoutFailed(counters), retries: records };
  return {
    ...begun,
    counters: before,
    redone: sumCounters([redone ?? {}, withoutFailed(countedSince(before, counters))]),
    retries: undefined,
  };
}

function withoutFailed(counters: Counters): Counters {
  return { ...counters, scanned: counters.scanned - counters.failed, failed: 0 };
}

/** What a worker that did not sign off left behind at its position. */
function leftBy({ signedOff, tries, inHand }: Checkpoint, first: Tries): Pick<Checkpoint, 'tries' | 'inHand'> {
  return signedOff || !tries ? { tries: first, inHand: undefined } : { tries: { ...tries, count: tries.count + 1 }, inHand };
}

/** How many attempts died with this item in hand. @param before the checkpoint that the last of them left */
export function deathsAt({ attempt, inHand }: Checkpoint, isItem: (key: Image) => boolean): number {
  if (!inHand || !isItem(inHand.key)) return 0;
  return inHand.deaths + (inHand.attempt < attempt ? 1 : 0);
}

/** Workers before this one ended at the same position, so what ends them may be an item: this one looks at one item at a time. */
export function isCareful({ tries }: Checkpoint): boolean {
  return (tries?.count ?? 1) > 1;
}

/** What was counted in a pass. */
export interface PassCounters {
  /** Each item once. */
  items: Counters;
  /** In parts of the table that were begun once more in the pass: these items are in `items`, too. */
  redone: Counters;
  /** All of it. */
  all: Counters;
}

export function countPass(checkpoints: Iterable<Pick<Checkpoint, 'counters' | 'redone'>>): PassCounters {
  const counted = [...checkpoints];
  const items = sumCounters(counted.map(({ counters }) => counters));
  const redone = sumCounters(counted.map((checkpoint) => checkpoint.redone ?? {}));
  return { items, redone, all: addCounters(items, redone) };
}

/** What a pass counted for one of its versions. */
export function countMember(checkpoints: Iterable<Checkpoint>, sequence: number): PassCounters {
  return countPass(
    [...checkpoints].flatMap((checkpoint): Pick<Checkpoint, 'counters' | 'redone'>[] =>
      checkpoint.members
        ? checkpoint.members.filter((member) => member.sequence === sequence)
        : checkpoint.sequence === sequence
          ? [checkpoint]
          : [],
    ),
  );
}

/** The objects that hold the changes of the segment for one of the versions of its pass. */
export function journalOf({ sequence, members, journal = [] }: Checkpoint, asked: number): readonly JournalOfAttempt[] {
  const isJournaled = members ? members.some((member) => member.sequence === asked && member.journals) : sequence === asked;
  return isJournaled ? journal : [];
}

/** Whether a pass, or a checkpoint of it, is about the version: alone, or together with others. */
export function isAbout(
  { sequence, members = [], together = [] }: { sequence: number; members?: Members | undefined; together?: Members | undefined },
  asked: number,
): boolean {
  return sequence === asked || [...members, ...together].some((member) => member.sequence === asked);
}

type Members = readonly { sequence: number }[];

/** What was counted in this pass until now, if its segment is begun once more. */
export function countedBefore({ counters, redone }: Pick<Checkpoint, 'counters' | 'redone'>): Counters {
  return sumCounters([redone ?? {}, withoutFailed(counters)]);
}

/** True if changes of the segment may have been sent that its journal records. */
export function hasJournal({ journal = [] }: Pick<Checkpoint, 'journal'>): boolean {
  return journal.length > 0;
}

/** Finished, and by nothing that must be repaired. */
export function isFinished(checkpoint: Checkpoint | undefined): boolean {
  return checkpoint?.done === true && checkpoint.counters.failed === 0;
}

/** True if a worker of the pass may still have a request in flight, or may be frozen and wake up. */
export function mayHaveZombies(checkpoints: Iterable<Checkpoint>): boolean {
  return [...checkpoints].some(({ signedOff, abandoned }) => abandoned || !signedOff);
}
