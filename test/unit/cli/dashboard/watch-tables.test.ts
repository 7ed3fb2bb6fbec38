import { expect, it } from 'vitest';
import { keyOf } from '../../../../cli/dashboard/shown-table.ts';
import { TableWatch } from '../../../../cli/dashboard/watch-tables.ts';

interface Read {
  at: number;
  key: string;
}

/** A watch over these tables, each of whose reads takes a while; time passes only when it sleeps or reads. */
function watched(tables: readonly string[], { readMs = 10, pauseMs = 1000, live = [] as readonly string[], ageMs = 5000 } = {}) {
  let [now, sleeps] = [0, 0];
  const reads: Read[] = [];
  const readAt = new Map<string, number>();
  let wake: (() => void) | undefined;
  const watch = new TableWatch<string>({
    tables: async () => tables.map((table) => ({ service: 's', table, workerMemory: 0.5, files: [] })),
    due: (shown, { isOpen, isLive }) => {
      const at = readAt.get(shown.table);
      return at === undefined ? Number.POSITIVE_INFINITY : (now - at) / (isOpen || isLive ? 2000 : ageMs);
    },
    read: async (shown) => {
      reads.push({ at: now, key: keyOf(shown) });
      readAt.set(shown.table, now);
      now += readMs;
      return shown.table;
    },
    isLive: (table) => live.includes(table),
    pauseMs: () => pauseMs,
    now: () => now,
    sleep: async (milliseconds) => {
      now += milliseconds;
      if (++sleeps % 12 === 0) await new Promise<void>((resolve) => (wake = resolve));
    },
  });
  /** Twelve turns of the loop. */
  const turns = async (): Promise<void> => {
    wake?.();
    const until = Math.floor(sleeps / 12) * 12 + 12;
    while (sleeps < until) await new Promise((resolve) => setImmediate(resolve));
  };
  return { watch, reads, turns };
}

const ignore = { seen: () => {}, failed: () => {} };

it('reads one table a second at most, however many windows are open', async () => {
  const { watch, reads, turns } = watched(['A', 'B']);
  const ends = Array.from({ length: 5 }, () => watch.watch(ignore)).concat(watch.watch({ ...ignore, open: 's/A' }));
  await turns();
  const gaps = reads.slice(1).map(({ at }, index) => at - (reads[index]?.at ?? 0));
  expect(gaps.length).toBeGreaterThan(5);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(1000);
  for (const end of ends) end();
});

it('rests three times as long as a read took', async () => {
  const { watch, reads, turns } = watched(['A'], { readMs: 2000 });
  const end = watch.watch(ignore);
  await turns();
  expect((reads[1]?.at ?? 0) - (reads[0]?.at ?? 0)).toBe(8000);
  end();
});

it('rests until requests are paid that were sent ahead of their time', async () => {
  const { watch, reads, turns } = watched(['A', 'B'], { pauseMs: 4000 });
  const end = watch.watch(ignore);
  await turns();
  expect((reads[1]?.at ?? 0) - (reads[0]?.at ?? 0)).toBe(4010);
  end();
});

it('reads all tables, and one that is open or whose run is under way more often', async () => {
  const { watch, reads, turns } = watched(['A', 'B', 'C'], { live: ['C'] });
  const ends = [watch.watch(ignore), watch.watch({ ...ignore, open: 's/A' })];
  await turns();
  const keys = reads.map(({ key }) => key);
  expect(keys[0]).toBe('s/A');
  expect(new Set(keys)).toEqual(new Set(['s/A', 's/B', 's/C']));
  expect(keys.filter((key) => key === 's/B').length).toBeLessThan(keys.filter((key) => key === 's/C').length);
  for (const end of ends) end();
});

it('reads nothing of a table that nobody looks at, and nothing that is new enough', async () => {
  const { watch, reads, turns } = watched(['A', 'B'], { ageMs: 30_000 });
  const end = watch.watch({ ...ignore, open: 's/B' });
  await turns();
  expect(new Set(reads.map(({ key }) => key))).toEqual(new Set(['s/B']));
  expect(Math.min(...reads.slice(1).map(({ at }, index) => at - (reads[index]?.at ?? 0)))).toBeGreaterThanOrEqual(2000);
  end();
});

it('reads nothing while nobody watches', async () => {
  const { watch, reads, turns } = watched(['A']);
  watch.watch(ignore)();
  await new Promise((resolve) => setImmediate(resolve));
  const before = reads.length;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(reads.length).toBe(before);
  const end = watch.watch(ignore);
  await turns();
  expect(reads.length).toBeGreaterThan(before);
  end();
});
