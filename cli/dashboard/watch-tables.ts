import { readIntervalFor } from '../progress/observe-run.ts';
import type { ShownTable } from './dashboard-source.ts';

export interface WatchPorts<View> {
  tables(): Promise<ShownTable[]>;
  /** Reads one table. @param isOpen somebody has its page open */
  read(shown: ShownTable, isOpen: boolean): Promise<View>;
  /** True if a run is under way: such a table is read more often. */
  isLive(view: View): boolean;
  /** About how many checkpoints of segments were read for it. */
  checkpointsRead(view: View): number;
  /** Milliseconds of a clock that only goes forward. */
  now(): number;
  sleep(milliseconds: number): Promise<void>;
}

/** Somebody who looks at all tables, or at one. */
export interface Watcher<View> {
  /** `service/table` of the table whose page is open. */
  open?: string | undefined;
  seen(key: string, view: View): void;
  failed(error: unknown): void;
}

/** Min milliseconds from the beginning of one read to that of the next. */
const minIntervalMs = 1000;
/** Part of the time in which the ledger may be read: a table with many segments takes longer, and is read more seldom. */
const maxShare = 0.25;
const catalogMs = 60_000;

/**
 * One loop that reads the tables for all who watch, however many windows are open, and nothing while nobody watches:
 *
 * 1. One table at a time, up to one a second.
 * 2. Every second turn goes to a table whose page is open or whose run is under way; the others to all tables, one after the other.
 * 3. After a read that took long, it rests three times as long; after a read of many checkpoints, a millisecond for each.
 */
export class TableWatch<View> {
  readonly #ports: WatchPorts<View>;
  readonly #watchers = new Set<Watcher<View>>();
  #tables: ShownTable[] = [];
  readonly #live = new Set<string>();
  #tablesAt = Number.NEGATIVE_INFINITY;
  #turn = 0;
  #isRunning = false;

  constructor(ports: WatchPorts<View>) {
    this.#ports = ports;
  }

  /** @returns ends it */
  watch(watcher: Watcher<View>): () => void {
    this.#watchers.add(watcher);
    if (!this.#isRunning) void this.#loop();
    return () => void this.#watchers.delete(watcher);
  }

  async #loop(): Promise<void> {
    this.#isRunning = true;
    while (this.#watchers.size > 0) {
      const began = this.#ports.now();
      let checkpoints = 0;
      try {
        checkpoints = await this.#readNext(began);
      } catch (error) {
        for (const { failed } of this.#watchers) failed(error);
      }
      const took = this.#ports.now() - began;
      await this.#ports.sleep(Math.max(readIntervalFor(checkpoints, minIntervalMs), took / maxShare) - took);
    }
    this.#isRunning = false;
  }

  /** @returns how many checkpoints were read */
  async #readNext(began: number): Promise<number> {
    if (began - this.#tablesAt > catalogMs) {
      this.#tables = await this.#ports.tables();
      this.#tablesAt = began;
    }
    const shown = this.#next();
    if (!shown) return 0;
    const key = keyOf(shown);
    const isOpen = [...this.#watchers].some(({ open }) => open === key);
    const view = await this.#ports.read(shown, isOpen);
    if (this.#ports.isLive(view)) this.#live.add(key);
    else this.#live.delete(key);
    for (const { seen } of this.#watchers) seen(key, view);
    return this.#ports.checkpointsRead(view);
  }

  #next(): ShownTable | undefined {
    const turn = this.#turn++;
    const isForAll = [...this.#watchers].some((watcher) => watcher.open === undefined);
    const isOpen = (key: string): boolean => [...this.#watchers].some((watcher) => watcher.open === key);
    const often = this.#tables.filter((shown) => isOpen(keyOf(shown)) || (isForAll && this.#live.has(keyOf(shown))));
    if (often.length === 0) return this.#tables[turn % Math.max(1, this.#tables.length)];
    if (!isForAll) return often[turn % often.length];
    const half = Math.floor(turn / 2);
    return turn % 2 === 0 ? often[half % often.length] : this.#tables[half % this.#tables.length];
  }
}

export function keyOf({ service, table }: Pick<ShownTable, 'service' | 'table'>): string {
  return `${service}/${table}`;
}
