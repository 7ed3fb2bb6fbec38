import { isTransaction } from '../../change/change.ts';
import { andFinally, type MaybePromise } from '../../change/maybe-promise.ts';
import type { ChangeRecord, OfVersion } from '../../journal/journal-record.ts';
import type { Pacing } from '../pacing/pacing.ts';
import type { RequestsInFlight } from '../pacing/requests-in-flight.ts';
import { Halted, type SegmentGate } from '../segment-gate.ts';
import { isFault, type TablePort, type Write, type WriteResult } from '../table-port.ts';
import type { AnsweredWrites } from './item-faults.ts';
import type { WriteAhead } from './write-ahead.ts';

/** https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchExecuteStatement.html */
export const maxStatements = 25;
/** From this number of waiting writes on, no further item should be decided. */
const maxWaiting = 4 * maxStatements;
/** Max bytes of a request, since each change has its item's image in its condition. */
const maxBytes = 2_000_000;

/** A write that waits to be sent, or to be recorded before that. */
export interface Waiting {
  write: Write;
  resolve: (result: WriteResult) => void;
  reject: (error: unknown) => void;
  /** The journal has a record of it, and it was not sent since. */
  isRecorded?: boolean;
}

/** Without `coverCost`, a request may cost any amount. */
type BatchGate = Pick<SegmentGate, 'waitUntilMayWrite' | 'mayWriteNow'> & Partial<Pick<SegmentGate, 'coverCost'>>;

/**
 * Gathers single writes into requests of up to 25. A request is sent when it is full, or when no decision is under way that could add a
 * write. A key is never twice in a request, since an item has only one open write. A write with a record waits for the journal first.
 */
export class WriteBatches {
  readonly #table: TablePort;
  readonly #pacing: Pacing;
  readonly #gate: BatchGate;
  readonly #allowed: RequestsInFlight;
  readonly #others: ((table: string) => Pacing | undefined) | undefined;
  readonly #journal: WriteAhead<Waiting> | undefined;
  readonly #waiting: Waiting[] = [];
  /** How DynamoDB answered so far. */
  readonly answered: AnsweredWrites = { sound: 0, faulty: 0 };
  #onRoom: (() => void)[] = [];
  #inFlight = 0;
  #deciding = 0;

  /**
   * @param allowed how many requests may be in flight
   * @param others the pacing of another table, by its logical name
   * @param journal undefined if the changes are not journaled
   */
  constructor(
    table: TablePort,
    pacing: Pacing,
    gate: BatchGate,
    allowed: RequestsInFlight,
    others?: (table: string) => Pacing | undefined,
    journal?: WriteAhead<Waiting>,
  ) {
    this.#others = others;
    this.#journal = journal;
    this.#table = table;
    this.#pacing = pacing;
    this.#gate = gate;
    this.#allowed = allowed;
  }

  /** Runs a decision that may end in a `send`. A request that is not full waits for it. */
  deciding<T>(decide: () => MaybePromise<T>): MaybePromise<T> {
    this.#deciding++;
    return andFinally(decide, () => {
      this.#deciding--;
      this.#sendWhatIsReady();
    });
  }

  /** Whether changes are recorded before they are sent. */
  get isJournaled(): boolean {
    return this.#journal !== undefined;
  }

  /**
   * Resolves when the write was sent and answered.
   *
   * @param records go into the journal first; undefined if the change was recorded already, or is not journaled
   * @param isUrgent the records do not wait for others
   * @throws Halted: when the segment must stop
   * @throws Error: when an error ends the segment
   */
  send(write: Write, records?: readonly OfVersion<ChangeRecord>[], isUrgent = false): Promise<WriteResult> {
    return new Promise((resolve, reject) => {
      const waiting = { write, resolve, reject };
      if (records && records.length > 0 && this.#journal) this.#journal.add(records, waiting, isUrgent);
      else this.#waiting.push(waiting);
      this.#sendWhatIsReady();
    });
  }

  /** The last change of the item was sent, and surely not applied. */
  noteNotApplied({ key, recordedFor }: Pick<Write, 'key' | 'recordedFor'>): void {
    const versions: readonly (number | undefined)[] = recordedFor ?? [undefined];
    for (const of of versions) this.#journal?.note({ kind: 'notApplied', key, ...(of === undefined ? {} : { of }) });
  }

  /**
   * Without this, each pause and each change of workers would leave records of changes that were never made. Only what is in the journal may be
   * noted: the note would cancel an older record of the item, whose change was applied.
   */
  #noteNotSent(batch: readonly Waiting[]): void {
    for (const { write, isRecorded } of batch) if (isRecorded) this.noteNotApplied(write);
  }

  /** Whether further decisions would only wait, and fill memory. */
  get isFull(): boolean {
    return this.#journal ? this.#journal.isFull(this.#waiting.length) : this.#waiting.length >= maxWaiting;
  }

  /** Max estimate of a request that is not the smallest possible. */
  get maxAffordable(): number {
    return this.#pacing.maxAffordable;
  }

  /** Resolves when a further decision may be made. */
  async room(): Promise<void> {
    while (this.isFull) await new Promise<void>((resolve) => this.#onRoom.push(resolve));
  }

  #sendWhatIsReady(): void {
    if (this.#journal) this.#recordWhatIsDue(this.#journal);
    while (
      this.#inFlight < (this.#pacing.isProbing ? 1 : this.#allowed.limit) &&
      (this.#waiting.length >= maxStatements || (this.#waiting.length > 0 && this.#deciding === 0))
    )
      void this.#sendOne(this.#takeBatch());
    if (this.isFull || this.#onRoom.length === 0) return;
    const resolved = this.#onRoom;
    this.#onRoom = [];
    for (const resolve of resolved) resolve();
  }

  #recordWhatIsDue(journal: WriteAhead<Waiting>): void {
    const group = journal.due(this.#deciding === 0 && this.#waiting.length <= this.#sentSoon);
    if (group) void this.#sendOnceRecorded(group);
  }

  get #sentSoon(): number {
    return Math.min(this.#allowed.limit * maxStatements, this.#pacing.maxAffordable);
  }

  async #sendOnceRecorded({ held, released }: { held: readonly Waiting[]; released: Promise<void> }): Promise<void> {
    try {
      await released;
      for (const waiting of held) {
        waiting.isRecorded = true;
        this.#waiting.push(waiting);
      }
    } catch (error) {
      for (const { reject } of held) reject(error);
    } finally {
      this.#sendWhatIsReady();
    }
  }

  #takeBatch(): Waiting[] {
    const [first] = this.#waiting;
    if (first && isTransaction(first.write.change)) return this.#waiting.splice(0, 1);
    // With a small budget, small requests go out evenly, and soon after their items were read.
    const maxUnits = Math.min(maxBytes / 1024, this.#pacing.maxAffordable);
    let units = 0;
    const end = this.#waiting.findIndex(({ write }, index) => {
      units += write.units;
      return index > 0 && (index === maxStatements || units > maxUnits || isTransaction(write.change));
    });
    return this.#waiting.splice(0, end === -1 ? maxStatements : end);
  }

  async #sendOne(batch: Waiting[]): Promise<void> {
    this.#inFlight++;
    try {
      const results = await this.#write(batch.map(({ write }) => write));
      batch.forEach(({ resolve }, index) => {
        resolve(results[index] ?? { kind: 'throttled' });
      });
    } catch (error) {
      if (error instanceof Halted) this.#noteNotSent(batch);
      for (const { reject } of batch) reject(error);
    } finally {
      this.#inFlight--;
      this.#sendWhatIsReady();
    }
  }

  async #write(writes: Write[]): Promise<WriteResult[]> {
    const estimate = writes.reduce((sum, { units }) => sum + units, 0);
    const covering = this.#gate.coverCost?.({ writeUnits: estimate * this.#pacing.unitsPerEstimate });
    const covered = covering && (await covering);
    const paying = this.#pacing.pay(estimate, () => this.#gate.waitUntilMayWrite());
    const paid = await (covered ? paying.finally(covered) : paying);
    const [first] = writes;
    const elsewhere = await this.#payOtherTables(first?.otherUnits);
    await this.#gate.waitUntilMayWrite().catch((error: unknown) => {
      // Nothing is sent.
      for (const each of [{ pacing: this.#pacing, paid }, ...elsewhere]) each.pacing.correct(each.paid, 0);
      throw error;
    });
    const noteAnswered = this.#allowed.sent();
    const results =
      first && isTransaction(first.change)
        ? [await this.#table.writeTransaction(first, this.#gate.mayWriteNow)]
        : await this.#table.writeBatch(writes, this.#gate.mayWriteNow);
    if (results.every(({ kind }) => kind !== 'throttled')) noteAnswered();
    this.#accountFor(writes, results, paid, estimate);
    if (elsewhere.length > 0) accountElsewhere(elsewhere, results[0]);
    return results;
  }

  /** Each table has a budget of its own. */
  async #payOtherTables(units: Write['otherUnits'] = {}): Promise<PaidElsewhere[]> {
    const paid: PaidElsewhere[] = [];
    for (const [table, estimate] of Object.entries(units)) {
      const pacing = this.#others?.(table);
      if (pacing) paid.push({ table, pacing, estimate, paid: await pacing.pay(estimate, () => this.#gate.waitUntilMayWrite()) });
    }
    return paid;
  }

  /** A failed condition costs as a write. A throttled write costs nothing, unless its outcome is unknown, and lowers the rate. */
  #accountFor(writes: Write[], results: WriteResult[], paid: number, estimate: number): void {
    let consumed = 0;
    let reported = 0;
    let estimateOfReported = 0;
    let answered = 0;
    let throttled = false;
    for (const [index, result] of results.entries()) {
      const own = writes[index]?.units ?? 0;
      if (result.kind === 'throttled' && !result.isNotSent) throttled = true;
      if (isFault(result)) this.answered.faulty++;
      else if (result.kind !== 'throttled') this.answered.sound++;
      if (result.kind === 'throttled' && !result.isUnknown) continue;
      if ('units' in result && result.units !== undefined) {
        consumed += result.units;
        reported += result.units;
        estimateOfReported += own;
      } else consumed += (own / estimate) * paid;
      answered += own;
    }
    this.#pacing.correct(paid, consumed);
    this.#pacing.learn(reported > 0 ? estimateOfReported : answered, reported);
    if (throttled) this.#pacing.throttled();
  }
}

interface PaidElsewhere {
  table: string;
  pacing: Pacing;
  estimate: number;
  paid: number;
}

/** What is said of the units of a transaction, and that it was throttled, holds for each of its tables: which of them was, DynamoDB may not tell. */
function accountElsewhere(elsewhere: readonly PaidElsewhere[], result: WriteResult | undefined): void {
  for (const { table, pacing, estimate, paid } of elsewhere) {
    const reported = result?.kind === 'written' ? result.otherUnits?.[table] : undefined;
    const isFree = result?.kind === 'throttled' && !result.isUnknown;
    pacing.correct(paid, isFree ? 0 : (reported ?? paid));
    if (reported !== undefined) pacing.learn(estimate, reported);
    if (result?.kind === 'throttled' && !result.isNotSent) pacing.throttled();
  }
}
