import { keyOf, type ShownTable } from './shown-table.ts';

/** How a table stands, which decides what of it is read again, and how often. */
export interface Standing {
  /** Somebody has its page open. */
  isOpen: boolean;
  /** Its run is under way. */
  isLive: boolean;
}

export interface WatchPorts<View> {
  tables(): Promise<ShownTable[]>;
  /** By how much what is known of a table is too old; from 1 on it may be read. */
  due(shown: ShownTable, standing: Standing): number;
  /** Reads of a table what is most overdue, and draws it. */
  read(shown: ShownTable, standing: Standing): Promise<View>;
  /** True if a run is under way: such a table is read more often. */
  isLive(view: View): boolean;
  /** Milliseconds before anything may be read again. */
  pauseMs(): number;
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

/** Min milliseconds from one turn to the next. */
const minIntervalMs = 1000;
/** Part of the time in which AWS may be asked: if it answers slowly, it is asked more seldom. */
const maxShare = 0.25;
const catalogMs = 60_000;

/**
 * One loop that reads the tables for all who watch, however many windows are open, and nothing while nobody watches:
 *
 * 1. Each second it reads one thing of one table: what is most overdue of all that somebody looks at.
 * 2. After requests that were sent ahead of their time, as when a page is opened, it waits twice as long.
 * 3. After a turn that took long, it rests three times as long.
 */
export class TableWatch<View> {
  readonly #ports: WatchPorts<View>;
  readonly #watchers = new Set<Watcher<View>>();
  #tables: ShownTable[] = [];
  readonly #live = new Set<string>();
  #tablesAt = Number.NEGATIVE_INFINITY;
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
      try {
        await this.#readNext(began);
      } catch (error) {
        for (const { failed } of this.#watchers) failed(error);
      }
      const took = this.#ports.now() - began;
      await this.#ports.sleep(Math.max(this.#ports.pauseMs(), minIntervalMs - took, took / maxShare - took));
    }
    this.#isRunning = false;
  }

  async #readNext(began: number): Promise<void> {
    if (began - this.#tablesAt > catalogMs) {
      this.#tables = await this.#ports.tables();
      this.#tablesAt = began;
    }
    const next = this.#mostOverdue();
    if (!next) return;
    const { shown, standing } = next;
    const key = keyOf(shown);
    const view = await this.#ports.read(shown, standing);
    if (this.#ports.isLive(view)) this.#live.add(key);
    else this.#live.delete(key);
    for (const { seen } of this.#watchers) seen(key, view);
  }

  /** Of what somebody looks at. Of tables that are equally overdue, the first; of those that were never read, one whose page is open. */
  #mostOverdue(): { shown: ShownTable; standing: Standing } | undefined {
    const open = new Set([...this.#watchers].map((watcher) => watcher.open));
    const isForAll = open.has(undefined);
    const overdue = this.#tables
      .filter((shown) => isForAll || open.has(keyOf(shown)))
      .map((shown) => {
        const standing = { isOpen: open.has(keyOf(shown)), isLive: this.#live.has(keyOf(shown)) };
        return { shown, standing, due: this.#ports.due(shown, standing) };
      })
      .filter(({ due }) => due >= 1)
      .sort((a, b) => (a.due === b.due ? Number(b.standing.isOpen) - Number(a.standing.isOpen) : b.due - a.due));
    return overdue[0];
  }
}
