import { type JournalObject, type JournalStore, objectsOf } from '../../core/journal/journal-port.ts';
import type { ChangeRecord, JournalRecord } from '../../core/journal/journal-record.ts';
import type { Checkpoint } from '../../core/ledger/checkpoint.ts';
import type { Image } from '../../core/values/attribute-value.ts';
import { keyText } from '../../core/values/table-shape.ts';
import { MemoryJournals } from '../support/memory-journals.ts';
import type { Findings } from './findings.ts';
import type { Network } from './network.ts';
import type { Process } from './scheduler.ts';

type Distort = (objects: readonly JournalRecord[][]) => readonly JournalRecord[][];

/** Journals of simulated processes, and what a bucket does not know: which of the changes were applied. */
export class MemoryJournal {
  readonly #network: Network;
  readonly #findings: Findings;
  readonly #journals = new MemoryJournals();
  readonly #written: { object: JournalObject; process: Process }[] = [];
  readonly #applied = new Set<ChangeRecord>();

  constructor(network: Network, findings: Findings) {
    this.#network = network;
    this.#findings = findings;
  }

  storeFor(process: Process): JournalStore {
    return {
      textOf: (record) => this.#journals.textOf(record),
      write: (object, records) =>
        this.#network.send(process, `object ${object.number} of the journal`, async () => {
          await this.#journals.write(object, records);
          this.#written.push({ object, process });
        }),
      read: (object) => this.#journals.read(object),
      writeReport: (object, records) =>
        this.#network.send(process, `report ${object.number}`, () => this.#journals.writeReport(object, records)),
    };
  }

  /** @param checkpointOf by the number of a segment of the run that wrote the journal */
  distorted(store: JournalStore, checkpointOf: (segment: number) => Checkpoint | undefined, distort: Distort): JournalStore {
    return {
      ...store,
      read: async (object) => {
        const all = objectsOf(object, checkpointOf(object.segment)?.journal).map((each) => [...this.#journals.recordsOf(each)]);
        return [...(distort(all)[object.number - 1] ?? [])];
      },
    };
  }

  /** True if the last change of one item was recorded before that of the other. @param key, other of the items that were decided on */
  wasRecordedBefore(key: Image, other: Image): boolean {
    const records = this.#written.flatMap(({ object }) => this.#journals.recordsOf(object).filter(isChange));
    const [first, second] = [key, other].map((each) => records.findLastIndex(({ item }) => keyText(item.key) === keyText(each)));
    return first !== undefined && second !== undefined && first < second;
  }

  /** The change of an item that the process recorded last was applied. @param key of the item that was decided on */
  wasApplied(process: Process, key: Image): void {
    const ofProcess = this.#written.filter((each) => each.process === process);
    const records = ofProcess.flatMap(({ object }) => this.#journals.recordsOf(object).filter(isChange));
    const record = records.findLast(({ item }) => keyText(item.key) === keyText(key));
    if (record) this.#applied.add(record);
    else this.#findings.violate(`${process.name} changed ${keyText(key)} without a record`);
  }

  /** Changes of a segment that the ledger names, that were not applied, and of which the journal does not say so; with who recorded them. */
  *unknown({ pass, segment, run, sequence, journal }: Checkpoint): Generator<{ record: ChangeRecord; process: Process }> {
    const standing: { record: ChangeRecord; process: Process }[] = [];
    for (const object of objectsOf({ table: 'Model', run, sequence, pass, segment }, journal)) {
      const records = this.#journals.recordsOf(object);
      const { process } = this.#written.find((each) => isSame(each.object, object)) ?? {};
      if (!process) throw new Error('an object was written by nobody');
      for (const record of records) {
        if (isChange(record)) standing.push({ record, process });
        else {
          const text = keyText(record.key);
          const index = standing.findLastIndex((each) => keyText(each.record.item.key) === text);
          if (index >= 0) standing.splice(index, 1);
        }
      }
    }
    for (const each of standing) if (!this.#applied.has(each.record)) yield each;
  }
}

function isSame(a: JournalObject, b: JournalObject): boolean {
  return a.pass === b.pass && a.segment === b.segment && a.attempt === b.attempt && a.number === b.number;
}

function isChange(record: JournalRecord): record is ChangeRecord {
  return record.kind === 'change';
}
