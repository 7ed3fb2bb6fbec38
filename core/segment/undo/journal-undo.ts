import type { ChangeRecord } from '../../journal/journal-record.ts';
import type { SettledItem } from '../settle-item.ts';
import type { Place } from '../table-port.ts';
import { type JournalPage, recordBefore } from './journal-pages.ts';
import { keysOf, type UndoRecordPorts, undoRecord } from './undo-record.ts';

/** Takes back the changes of a segment: several at the same time, but those of one item one after the other, the newest first. */
export class JournalUndo {
  readonly #ports: UndoRecordPorts;
  /** The last undo that was begun, by item. */
  readonly #last = new Map<string, Promise<unknown>>();
  /** Items of which a record is repeated. */
  readonly #repeated = new Set<string>();
  readonly #retries: ReadonlySet<string> | undefined;

  /** @param retries the records that failed before and are repeated, by the places behind them; undefined if none was undone before */
  constructor(ports: UndoRecordPorts, retries?: readonly string[]) {
    this.#ports = ports;
    this.#retries = retries && new Set(retries);
  }

  /** Takes in a record that a worker before this one has passed, with the place behind it: maybe it was repeated then. */
  notePassed(record: ChangeRecord, behind: Place): void {
    if (this.#retries?.has(recordBefore(behind))) this.#noteRepeated(record);
  }

  /** True if a newer record of the item failed before and is repeated: this one found what that one had left, and was kept. */
  mustRepeat({ records }: JournalPage, index: number): boolean {
    const record = records[index];
    return record !== undefined && keysOf(record, this.#ports.shape).some((key) => this.#repeated.has(key));
  }

  /**
   * Called for the records of a page in their order.
   *
   * @param token waited for before the record is undone; undefined if the run may change any number of items
   * @throws Halted: when the segment must stop
   * @throws Error: when an error ends the segment
   */
  undo({ records }: JournalPage, index: number, token?: Promise<void> | void): Promise<SettledItem> {
    const record = records[index];
    if (!record) throw new TypeError('a page has a record for each image');
    const keys = keysOf(record, this.#ports.shape);
    const before = [...keys.flatMap((key) => this.#last.get(key) ?? []), ...(token ? [token] : [])];
    if (this.#retries) this.#noteRepeated(record);
    const run = (): Promise<SettledItem> => undoRecord(record, this.#ports);
    // If a newer one could not be undone, neither may an older one be.
    const undone = before.length > 0 ? Promise.all(before).then(run) : run();
    for (const key of keys) this.#last.set(key, undone);
    const forget = (): void => {
      for (const key of keys) if (this.#last.get(key) === undone) this.#last.delete(key);
    };
    undone.then(forget, () => undefined);
    return undone;
  }

  #noteRepeated(record: ChangeRecord): void {
    for (const key of keysOf(record, this.#ports.shape)) this.#repeated.add(key);
  }
}
