import { recordText } from '../../aws/journal/record-text.ts';
import { type JournalStore, objectsOf } from '../../core/journal/journal-port.ts';
import type { JournalRecord, ReportRecord } from '../../core/journal/journal-record.ts';
import type { Checkpoint } from '../../core/ledger/checkpoint.ts';
import type { Control } from '../../core/ledger/control.ts';
import type { TransformSegmentPorts } from '../../core/segment/segment-ports.ts';
import type { Failure } from '../../core/segment/segment-progress.ts';
import type { TablePort, Write, WriteResult } from '../../core/segment/table-port.ts';
import { transformSegment } from '../../core/segment/transform-segment.ts';
import type { Image } from '../../core/values/attribute-value.ts';
import { keyOf, keyText } from '../../core/values/table-shape.ts';
import { controlOf } from './control-record.ts';
import { FakeClock } from './fake-clock.ts';
import { updateIfHolds } from './memory-items.ts';
import { recordOfText } from './record-of-text.ts';
import { openReadable } from './secrets.ts';
import { contextFor, type File, load, usersShape } from './transformations.ts';

export const assignment = { run: 'r1', pass: 1, segment: 0 };

/** A segment of a table, its ledger and its control, all in memory, and what was done to them in order. */
export class MemorySegment {
  readonly clock = new FakeClock();
  readonly items = new Map<string, Image>();
  readonly log: string[] = [];
  control: Control | undefined = controlOf();
  checkpoint: Checkpoint | undefined;
  /** Of the segment of the run that is taken back. */
  undone: Checkpoint | undefined;
  failures: Failure[] = [];
  failuresOfRun = 0;
  /** With each save: how many failed items were counted before it. */
  counted: number[] = [];
  /** Keys of items that a dry run would change. */
  toChange: Image[] = [];
  /** Called before each operation is done. */
  before: (operation: string) => Promise<void> | void = () => {};
  itemsPerPage = 1000;
  readUnitsPerPage = 1;
  deadline = { read: Number.POSITIVE_INFINITY, write: Number.POSITIVE_INFINITY };
  writes = 0;

  constructor(images: readonly Image[]) {
    for (const image of images) this.items.set(keyText(keyOf(usersShape, image)), image);
  }

  /** Runs a worker until it returns. */
  work(file: File, ports: Partial<TransformSegmentPorts> = {}): Promise<{ more: boolean }> {
    return this.clock.until(this.start(file, ports));
  }

  start(file: File, ports: Partial<TransformSegmentPorts> = {}): Promise<{ more: boolean }> {
    const transformation = load(file);
    return transformSegment(assignment, {
      worker: 'w1',
      clock: this.clock,
      readControl: async () => {
        await this.#do('control');
        return this.control;
      },
      checkpoints: {
        read: async ({ run }) => (run === assignment.run ? this.checkpoint : this.undone),
        take: (checkpoint, savesRead = 0) =>
          this.#save(
            'take',
            checkpoint,
            (before) => (before?.attempt ?? 0) === checkpoint.attempt - 1 && (before?.saves ?? 0) === savesRead,
          ),
        save: async (checkpoint, counted) => {
          const isNewer = (before: Checkpoint | undefined): boolean =>
            before?.attempt === checkpoint.attempt && before.saves < checkpoint.saves;
          const saved = await this.#save(checkpoint.dirty ? 'save dirty' : 'save', checkpoint, isNewer);
          if (saved) this.failuresOfRun += checkpoint.counters.failed - counted;
          this.counted.push(counted);
          return saved;
        },
        recordToChange: async (_, keys) => {
          await this.#do(`record ${keys.length} to change`);
          this.toChange.push(...keys);
        },
        recordFailures: async (_, failures, room) => {
          await this.#do(`record ${failures.length}, room for ${room}`);
          this.failures.push(...failures);
        },
      },
      loadTransformation: async () => ({ transformation, checksum: 'c3' }),
      readPreparation: async () => undefined,
      openGiven: openReadable,
      openTable: () => this.table,
      journal: this.#journals,
      openSeeds: () => {
        throw new Error('not expected');
      },
      contextOf: () => contextFor('up'),
      deadline: this.deadline,
      log: () => {},
      measure: () => {},
      ...ports,
    });
  }

  get images(): Image[] {
    return [...this.items.values()];
  }

  /** Objects of the journal, by their attempts and numbers. */
  readonly journal = new Map<string, readonly JournalRecord[]>();

  /** Reports, by their attempts and numbers. */
  readonly reports = new Map<string, readonly ReportRecord[]>();

  readonly #journals: JournalStore = {
    textOf: recordText,
    write: async ({ attempt, number }, records) => {
      await this.#do(`put ${records.length}`);
      this.journal.set(`${attempt}-${number}`, records.map(recordOfText));
    },
    read: () => Promise.reject(new Error('not expected')),
    writeReport: async ({ attempt, number }, records) => {
      await this.before('report');
      this.reports.set(`${attempt}-${number}`, records);
    },
  };

  /** What the reports say that the checkpoint names. Fails if one is missing. */
  get reported(): readonly ReportRecord[] {
    const objects = objectsOf({ table: 'Users', sequence: 3, ...assignment }, this.checkpoint?.reports);
    return objects.flatMap(({ attempt, number }) => {
      const records = this.reports.get(`${attempt}-${number}`);
      if (!records) throw new Error(`The checkpoint names report ${number} of attempt ${attempt}, which does not exist.`);
      return records;
    });
  }

  /** The records of the objects that the checkpoint names. Fails if one is missing. */
  get recorded(): readonly JournalRecord[] {
    const objects = objectsOf({ table: 'Users', sequence: 3, ...assignment }, this.checkpoint?.journal);
    return objects.flatMap(({ attempt, number }) => {
      const records = this.journal.get(`${attempt}-${number}`);
      if (!records) throw new Error(`The checkpoint names object ${number} of attempt ${attempt}, which does not exist.`);
      return records;
    });
  }

  async #do(operation: string): Promise<void> {
    await this.before(operation);
    this.log.push(operation);
  }

  async #save(operation: string, checkpoint: Checkpoint, mayBe: (before: Checkpoint | undefined) => boolean): Promise<boolean> {
    await this.#do(operation);
    if (!mayBe(this.checkpoint)) return false;
    this.checkpoint = checkpoint;
    return true;
  }

  readonly table: TablePort = {
    readPage: async ({ position, limit = this.itemsPerPage }) => {
      await this.#do('read');
      const keys = [...this.items.keys()];
      const from = position ? keys.indexOf(keyText(position)) + 1 : 0;
      const images = this.images.slice(from, from + Math.min(limit, this.itemsPerPage));
      const last = from + images.length < keys.length ? images.at(-1) : undefined;
      return { images, position: last && keyOf(usersShape, last), readUnits: this.readUnitsPerPage };
    },
    readItem: async (key) => this.items.get(keyText(key)),
    readItems: () => Promise.reject(new Error('not expected')),
    writeBatch: async (writes, mayWrite) => {
      await this.#do(`write ${writes.length}`);
      return mayWrite() ? writes.map((write) => this.#apply(write)) : writes.map(() => ({ kind: 'throttled' }));
    },
    writeTransaction: () => Promise.reject(new Error('not expected')),
    writeTogether: () => Promise.reject(new Error('not expected')),
    putBack: () => Promise.reject(new Error('not expected')),
  };

  #apply(write: Write): WriteResult {
    if (!updateIfHolds(this.items, write)) return { kind: 'conditionFailed', image: this.items.get(keyText(write.key)) };
    this.writes++;
    return { kind: 'written' };
  }
}
