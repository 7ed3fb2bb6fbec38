import type { SettledItem } from '../settle-item.ts';
import type { JournalPage } from './journal-pages.ts';
import { keysOf, type UndoRecordPorts, undoRecord } from './undo-record.ts';

/** Takes back the changes of a segment: several at the same time, but those of one item one after the other, the newest first. */
export class JournalUndo {
  readonly #ports: UndoRecordPorts;
  /** The last undo that was begun, by item. */
  readonly #last = new Map<string, Promise<unknown>>();
  /** Items of which a record was undone, by this worker. */
  readonly #undone = new Set<string>();
  readonly #isRetry: boolean;

  /** @param isRetry other records of the segment were undone before */
  constructor(ports: UndoRecordPorts, isRetry = false) {
    this.#ports = ports;
    this.#isRetry = isRetry;
  }

  /** True if a newer record of the item was just undone that had failed before: this one found what that one had left, and was kept. */
  mustRepeat({ records }: JournalPage, index: number): boolean {
    const record = records[index];
    return record !== undefined && keysOf(record, this.#ports.shape).some((key) => this.#undone.has(key));
  }

  /**
   * Called for the records of a page in their order.
   *
   * @throws Halted: when the segment must stop
   * @throws Error: when an error ends the segment
   */
  undo({ records }: JournalPage, index: number): Promise<SettledItem> {
    const record = records[index];
    if (!record) throw new TypeError('a page has a record for each image');
    const keys = keysOf(record, this.#ports.shape);
    const newer = keys.flatMap((key) => this.#last.get(key) ?? []);
    if (this.#isRetry) for (const key of keys) this.#undone.add(key);
    const run = (): Promise<SettledItem> => undoRecord(record, this.#ports);
    // If a newer one could not be undone, neither may an older one be.
    const undone = newer.length > 0 ? Promise.all(newer).then(run) : run();
    for (const key of keys) this.#last.set(key, undone);
    const forget = (): void => {
      for (const key of keys) if (this.#last.get(key) === undone) this.#last.delete(key);
    };
    undone.then(forget, () => undefined);
    return undone;
  }
}
