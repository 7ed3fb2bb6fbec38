import type { ItemError } from '../errors.ts';
import type { ReportsOfAttempt } from '../journal/journal-port.ts';
import type { ReportRecord } from '../journal/journal-record.ts';
import { recordOf } from '../journal/record-of.ts';
import { AttributeCounts } from '../ledger/attribute-counts.ts';
import { type Checkpoint, type ItemInHand, type MemberCounters, maxFailedRecords } from '../ledger/checkpoint.ts';
import type { Control } from '../ledger/control.ts';
import { addCounters, type Counters } from '../ledger/counters.ts';
import type { Pace } from '../ledger/pace.ts';
import type { Timeline } from '../ledger/timeline.ts';
import type { Image } from '../values/attribute-value.ts';
import { encodeItem } from '../values/encode-value.ts';
import { keyOf, type TableShape } from '../values/table-shape.ts';
import type { SettledItem } from './settle-item.ts';
import { isEnd, type Page, type Place } from './table-port.ts';
import { recordBefore } from './undo/journal-pages.ts';

/** An item that failed, for the ledger. */
export interface Failure {
  key: Image;
  error: ItemError;
  /** The version that it failed for, if several are swept together. */
  sequence?: number | undefined;
}

/** Items whose keys the ledger keeps, per segment: failed ones, and those that a dry run would change. */
export const maxRecordedKeys = 20;

interface OpenPage extends Page {
  settled: (SettledItem | undefined)[];
  /** Number of items, wherever in the page, that are not settled. */
  left: number;
  /** Number of items from the start of the page that are settled and counted. */
  counted: number;
}

/**
 * Tracks how far a segment is settled without a gap. Items settle in any order, but the position moves past an item only if all items
 * before it are settled, so that a worker that goes on from the position skips none. Any item's key is a valid position of a Scan; pages of
 * other kinds say which position is behind an item.
 */
export class SegmentProgress {
  readonly #shape: TableShape;
  readonly #pages: OpenPage[] = [];
  readonly #attributes: AttributeCounts;
  readonly #keepsToChange: boolean;
  readonly #isUndo: boolean;
  readonly #keepsReports: boolean;
  /** The only records that are taken back, if others were before. */
  readonly #retries: ReadonlySet<string> | undefined;
  #checkpoint: Checkpoint;
  /** Items were settled since the last count. They are counted together, since most of the work is the same for one as for many. */
  #isToCount = false;
  #failures: Failure[] = [];
  #toChange: Image[] = [];
  #reports: ReportRecord[] = [];

  /** @param keepsReports whether each item that failed, or would be changed, is to be told */
  constructor(
    { shape, dryRun, undoes }: Pick<Control, 'shape' | 'dryRun' | 'undoes'>,
    checkpoint: Checkpoint,
    { keepsReports = false }: { keepsReports?: boolean } = {},
  ) {
    this.#keepsReports = keepsReports;
    this.#shape = shape;
    this.#keepsToChange = dryRun;
    this.#isUndo = undoes !== undefined;
    this.#retries = checkpoint.retries && new Set(checkpoint.retries);
    this.#checkpoint = checkpoint;
    this.#attributes = new AttributeCounts(checkpoint.attributes);
  }

  /** The checkpoint that may be saved now. */
  get checkpoint(): Checkpoint {
    this.#countIfDue();
    return this.#checkpoint;
  }

  /** Pages that were read and are not settled. */
  get openPages(): number {
    return this.#pages.length;
  }

  /** A write ended without an answer, and can be applied until then. */
  markLate(until: number): void {
    this.#checkpoint = { ...this.#checkpoint, lateUntil: Math.max(until, this.#checkpoint.lateUntil ?? 0) };
  }

  /** @param inHand undefined if the team's function has returned */
  take(inHand: ItemInHand | undefined): void {
    this.#checkpoint = { ...this.#checkpoint, inHand };
  }

  /** Gives the checkpoint the number of its next save. */
  countSave(): void {
    this.#checkpoint = { ...this.#checkpoint, saves: this.#checkpoint.saves + 1 };
  }

  markDirty(): void {
    this.#checkpoint = { ...this.#checkpoint, dirty: true };
  }

  /** Names an object of the journal, and that changes which are recorded in it may be sent. */
  nameJournal(last: number): void {
    const { attempt, journal = [] } = this.#checkpoint;
    const before = journal.filter((one) => one.attempt !== attempt);
    this.#checkpoint = { ...this.#checkpoint, journal: [...before, { attempt, last }], dirty: true };
  }

  /** What became of items that the counters contain, and that no object has yet. */
  get reports(): readonly ReportRecord[] {
    this.#countIfDue();
    return this.#reports;
  }

  /** Names the object that has the oldest reports, and forgets them. */
  nameReport(reported: number): void {
    this.#checkpoint = { ...this.#checkpoint, reports: withNextReport(this.#checkpoint) };
    this.#reports = this.#reports.slice(reported);
  }

  /** True if a record of a journal was taken back by a worker before this one. @param index of the record in its page */
  wasTakenBack({ places }: Page, index: number): boolean {
    const place = places?.[index];
    return this.#retries !== undefined && place !== undefined && !this.#retries.has(recordBefore(place));
  }

  /** Adds counters that belong to no item of a page. */
  count(counters: Partial<Counters>): void {
    const { members } = this.#checkpoint;
    this.#checkpoint = {
      ...this.#checkpoint,
      counters: addCounters(this.#checkpoint.counters, counters),
      ...(members ? { members: withCounters(members, members[0]?.sequence, counters) } : {}),
    };
  }

  /** A function looked other items of the table up, or may have. */
  readonly markReadsOwn = (): void => {
    if (!this.#checkpoint.mayReadOwn) this.#checkpoint = { ...this.#checkpoint, mayReadOwn: true };
  };

  /** The versions of the pass cannot decide on an item together. */
  markApart(): void {
    this.#checkpoint = { ...this.#checkpoint, isApart: true };
  }

  setPace(pace: Pace): void {
    this.#checkpoint = { ...this.#checkpoint, pace };
  }

  /** Puts the timeline and the counts per attribute into the checkpoint. */
  record(timeline: Timeline | undefined): void {
    this.#countIfDue();
    this.#checkpoint = { ...this.#checkpoint, timeline, attributes: this.#attributes.all };
  }

  /** Says in the checkpoint that no request of this worker is in flight. @param fault what ended it early */
  signOff(fault?: Checkpoint['fault']): void {
    this.#checkpoint = { ...this.#checkpoint, signedOff: true, pace: undefined, inHand: undefined, fault };
  }

  /** Takes in a page in the order of the scan. @returns called with what became of each item, in any order */
  open(page: Page): (index: number, settled: SettledItem) => void {
    const opened: OpenPage = { ...page, settled: new Array(page.images.length), left: page.images.length, counted: 0 };
    this.#pages.push(opened);
    this.#count();
    return (index, settled) => {
      opened.settled[index] = settled;
      this.#isToCount = true;
      if (--opened.left === 0) this.#count();
    };
  }

  /** Failures that are counted and not recorded yet. */
  get failures(): readonly Failure[] {
    this.#countIfDue();
    return this.#failures;
  }

  /** Removes the oldest failures, which are recorded now. */
  forgetFailures(recorded: number): void {
    this.#failures = this.#failures.slice(recorded);
  }

  /** Keys of items of a dry run that would change, which are counted and not recorded yet. */
  get toChange(): readonly Image[] {
    this.#countIfDue();
    return this.#toChange;
  }

  /** Removes the oldest keys of {@link toChange}, which are recorded now. */
  forgetToChange(recorded: number): void {
    this.#toChange = this.#toChange.slice(recorded);
  }

  #countIfDue(): void {
    if (this.#isToCount) this.#count();
  }

  #count(): void {
    this.#isToCount = false;
    for (let page = this.#pages[0]; page; page = this.#pages[0]) {
      const counters = { ...this.#checkpoint.counters };
      const members = this.#checkpoint.members?.map((member) => ({ ...member, counters: { ...member.counters } }));
      const from = page.counted;
      for (let settled = page.settled[page.counted]; settled; settled = page.settled[page.counted]) {
        const { outcome, error, change, failedAt } = settled;
        if (this.wasTakenBack(page, page.counted) && outcome !== 'failed') {
          page.counted++;
          continue;
        }
        if (this.#isUndo && outcome === 'failed') this.#noteFailed(page, counters);
        counters.scanned++;
        counters[outcome]++;
        for (const name of besideNames) counters[name] += settled[name] ?? 0;
        if (members) countMembers(members, settled);
        if (change) this.#attributes.count(change);
        const image = page.images[page.counted++];
        if (error && image)
          this.#failures.push({ key: keyOf(this.#shape, image), error, ...(failedAt === undefined ? {} : { sequence: failedAt }) });
        if (this.#keepsReports && image) this.#report(image, settled);
        if (this.#keepsToChange && outcome === 'changed' && image && counters.changed <= maxRecordedKeys)
          this.#toChange.push(keyOf(this.#shape, image));
      }
      const finished = page.counted === page.images.length;
      const last = page.images[page.counted - 1];
      this.#checkpoint = {
        ...this.#checkpoint,
        counters: finished ? addCounters(counters, { readUnits: page.readUnits }) : counters,
        ...(members ? { members: finished ? withCounters(members, members[0]?.sequence, { readUnits: page.readUnits }) : members } : {}),
        ...(finished ? { ...placeOf(page), done: isEnd(page), tries: undefined } : {}),
        ...(!finished && last && page.counted > from
          ? { ...placeOf(page.places?.[page.counted - 1] ?? { position: keyOf(this.#shape, last) }), tries: undefined }
          : {}),
      };
      if (!finished) return;
      this.#pages.shift();
    }
  }

  #report(image: Image, { outcome, error, change, failedAt: sequence, differing = 0 }: SettledItem): void {
    const key = keyOf(this.#shape, image);
    if (error && outcome === 'failed') {
      const { name, message, place, target, targetTable } = error;
      this.#reports.push({ kind: 'failed', key, name, message, place, target: target && encodeItem(target), targetTable, sequence });
    } else if (this.#isUndo && (outcome === 'kept' || differing > 0 || error)) this.#reports.push({ kind: 'kept', key });
    else if (this.#keepsToChange && change) this.#reports.push(recordOf(image, change, this.#shape));
  }

  /** @param before what was counted before the next record of the page, which failed */
  #noteFailed({ places = [], counted }: OpenPage, before: Counters): void {
    const { position, partition, failedAt } = this.#checkpoint;
    const behind = places[counted];
    if (!behind) return;
    const first = failedAt ?? { ...placeOf(places[counted - 1] ?? { position, partition }), counters: { ...before }, records: [] };
    const isFull = first.records.length === maxFailedRecords;
    const failed = isFull ? { ...first, isCut: true as const } : { ...first, records: [...first.records, recordBefore(behind)] };
    this.#checkpoint = { ...this.#checkpoint, failedAt: failed };
  }
}

function withCounters(members: readonly MemberCounters[], sequence: number | undefined, counters: Partial<Counters>): MemberCounters[] {
  return members.map((member) => (member.sequence === sequence ? { ...member, counters: addCounters(member.counters, counters) } : member));
}

/** Counts an item for each version that met it. Its units are those of the first that changed it. */
function countMembers(counted: readonly MemberCounters[], { members = [], writeUnits = 0 }: SettledItem): void {
  for (const { sequence, outcome, differing } of members) {
    const counters = counted.find((member) => member.sequence === sequence)?.counters;
    if (!counters) continue;
    counters.scanned++;
    counters[outcome]++;
    if (differing) counters.differing++;
  }
  const payer = members.find(({ outcome }) => outcome === 'changed') ?? members[0];
  const paying = counted.find(({ sequence }) => sequence === payer?.sequence) ?? counted[0];
  if (paying) paying.counters.writeUnits += writeUnits;
}

/** The objects with reports, with the next one of this attempt. */
export function withNextReport({ attempt, reports = [] }: Pick<Checkpoint, 'attempt' | 'reports'>): readonly ReportsOfAttempt[] {
  return [...reports.filter((one) => one.attempt !== attempt), { attempt, last: (reports.at(-1)?.last ?? 0) + 1 }];
}

/** Without a partition if there is none, as in checkpoints of a Scan. */
function placeOf({ position, partition }: Place): Place {
  return { position, partition };
}

const besideNames = ['inserted', 'deleted', 'moved', 'differing', 'writeUnits', 'otherWriteUnits'] as const;
