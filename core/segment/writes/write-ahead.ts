import type { Clock } from '../../clock.ts';
import type { RecordText } from '../../journal/journal-port.ts';
import type { ChangeRecord, JournalRecord, NotAppliedRecord, OfVersion } from '../../journal/journal-record.ts';

/** Max records, and characters of their texts, of one object of the journal. */
const maxRecords = 1000;
const maxLength = 1_000_000;
/** Max objects that are written at a time. While one takes its 30 ms, a worker without a limit decides on the changes of another. */
const maxPuts = 2;
/** Max groups of writes that wait: those that are written, and half of the next one. More would only fill memory: what lives longer is copied more often. */
const maxGroupsWaiting = 2.5;
/** Max milliseconds that a write waits for others to go into the same object: an item that was read long ago has changed more often. */
const maxAgeMs = 1000;

export interface WriteAheadPorts {
  clock: Pick<Clock, 'monotonic'>;
  /** A change is written as it is when it is decided: its images need not be kept for the journal. */
  textOf(record: JournalRecord): RecordText;
  /** Writes the records of one object to the journal, by their versions. */
  write(number: number, records: RecordsOfVersions): Promise<void>;
  /**
   * Resolves when the saved checkpoint names the object.
   *
   * @throws Halted: when the checkpoint may not be saved any more
   */
  saveJournaled(number: number): Promise<void>;
  /** @throws Halted: when nothing may be written any more */
  waitUntilMayDecide(): Promise<void>;
  /** Number of the last object of the segment that the checkpoint names. */
  last: number;
}

type RecordsOfVersions = Map<number | undefined, RecordText[]>;

/** Writes that wait for the same object of the journal. */
interface Group<Held> {
  records: RecordsOfVersions;
  /** Of records, and of the characters that they have. */
  count: number;
  length: number;
  held: Held[];
  /** Those of `records` that say that a change was not applied. */
  notes: OfVersion<NotAppliedRecord>[];
  since: number;
  isUrgent: boolean;
}

/**
 * Holds writes back until their records are durable, and the checkpoint names the object that has them. So a change that was sent can be
 * found, whenever the worker is killed:
 *
 *     worker A                              bucket and ledger                     worker B
 *     --------                              -----------------                     --------
 *     decides on 1,000 items
 *     puts object 7                         has object 7
 *     dies                                                                        takes the segment: the checkpoint
 *                                                                                 names objects 1 to 6, nothing of
 *                                                                                 7 was sent
 *                                                                                 decides again, puts its own object 7
 *                                           has both; their keys differ
 *     saves the checkpoint
 *                                           names B's object 7
 *                                                                                 sends the changes
 *
 * A group is written when it is full, when a write waited for a second, when an item is decided again, or when nothing else is to be sent
 * soon. A second one is written at the same time only if it is full. They are named in the order of their numbers.
 */
export class WriteAhead<Held> {
  readonly #ports: WriteAheadPorts;
  #group: Group<Held> | undefined;
  #last: number;
  #putting = 0;
  #waiting = { writes: 0, length: 0 };
  /** It is decided if the last group may be written. */
  #permitted: Promise<unknown> = Promise.resolve();
  /** The last object is durable. */
  #before: Promise<unknown> = Promise.resolve();

  constructor(ports: WriteAheadPorts) {
    this.#ports = ports;
    this.#last = ports.last;
  }

  /**
   * @param records of one change: one, or one for each version that is swept together with others and journaled
   * @param isUrgent the item was written meanwhile, and may be again: it should not wait for others
   */
  add(records: readonly OfVersion<ChangeRecord>[], held: Held, isUrgent: boolean): void {
    const group = this.#openGroup();
    if (group.held.length === 0) group.since = this.#ports.clock.monotonic();
    const before = group.length;
    for (const record of records) this.#keepIn(group, record);
    group.held.push(held);
    group.isUrgent ||= isUrgent;
    this.#waiting.writes++;
    this.#waiting.length += group.length - before;
  }

  /** Says that the last change of an item was not applied. Nothing waits for this: it goes with the next group, or when the worker leaves. */
  note(record: OfVersion<NotAppliedRecord>): void {
    const group = this.#openGroup();
    this.#keepIn(group, record);
    group.notes.push(record);
  }

  /** Whether further writes would only fill memory. @param released writes that are not held back any more, and not sent */
  isFull(released: number): boolean {
    return this.#waiting.writes + released >= maxGroupsWaiting * maxRecords || this.#waiting.length >= maxGroupsWaiting * maxLength;
  }

  /**
   * The writes of the group that is due now, once they may be sent; undefined if none is due.
   *
   * @param isIdle no decision is under way that could add a write, and little is left to be sent
   */
  due(isIdle: boolean): { held: readonly Held[]; released: Promise<void> } | undefined {
    const group = this.#group;
    if (!group || !this.#isDue(group, isIdle)) return undefined;
    this.#group = undefined;
    return { held: group.held, released: this.#put(group) };
  }

  /** Records changes that are not sent by the batches. Resolves when they may be sent. */
  async keep(records: readonly ChangeRecord[]): Promise<void> {
    if (records.length === 0) return;
    const group = noGroup<Held>();
    for (const record of records) this.#keepIn(group, record);
    await this.#put(group);
  }

  /** Writes what was noted, if no write waits for it. Never rejects: what was not noted remains of unknown outcome. */
  async leave(): Promise<void> {
    const group = this.#group;
    if (!group || group.held.length > 0) return;
    this.#group = undefined;
    await this.#put(group, { mayBeHalted: true }).catch(() => undefined);
  }

  #openGroup(): Group<Held> {
    this.#group ??= noGroup();
    return this.#group;
  }

  #keepIn(group: Group<Held>, record: OfVersion<JournalRecord>): void {
    const text = this.#ports.textOf(record);
    const texts = group.records.get(record.of);
    if (texts) texts.push(text);
    else group.records.set(record.of, [text]);
    group.count++;
    group.length += text.length;
  }

  #isDue({ count, length, held, since, isUrgent }: Group<Held>, isIdle: boolean): boolean {
    if (held.length === 0) return false;
    const isFull = count >= maxRecords || length >= maxLength;
    if (isFull) return this.#putting < maxPuts;
    return this.#putting === 0 && (isIdle || isUrgent || this.#ports.clock.monotonic() - since >= maxAgeMs);
  }

  async #put(group: Group<Held>, { mayBeHalted = false } = {}): Promise<void> {
    this.#putting++;
    try {
      if (!mayBeHalted) await this.#waitUntilPermitted(group);
      await this.#write(group.records);
    } finally {
      this.#putting--;
      this.#waiting.writes -= group.held.length;
      this.#waiting.length -= group.length;
    }
  }

  /** One after the other, so that groups are numbered in their order. What a group notes of earlier ones is kept if it may not be written. */
  async #waitUntilPermitted({ notes }: Group<Held>): Promise<void> {
    const permitted = this.#permitted.then(() => this.#ports.waitUntilMayDecide());
    this.#permitted = permitted.catch(() => {});
    try {
      await permitted;
    } catch (error) {
      for (const record of notes) this.note(record);
      throw error;
    }
  }

  async #write(records: RecordsOfVersions): Promise<void> {
    const number = ++this.#last;
    const before = this.#before;
    const put = this.#ports.write(number, records).then(() => before);
    const named = put.then(() => this.#ports.saveJournaled(number));
    // The number after is named after this one, but the saves may be one. A failure ends the segment.
    this.#before = put;
    put.catch(() => {});
    await named;
  }
}

function noGroup<Held>(): Group<Held> {
  return { records: new Map(), count: 0, length: 0, held: [], notes: [], since: 0, isUrgent: false };
}
