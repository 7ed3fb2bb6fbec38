import { expect, it } from 'vitest';
import { keyOf, TableWatch } from '../../../../cli/dashboard/watch-tables.ts';

interface Read {
  at: number;
  key: string;
}

/** A watch over these tables, each of whose reads takes a while; time passes only when it sleeps or reads. */
function watched(tables: readonly string[], { readMs = 10, live = [] as readonly string[], checkpoints = 8 } = {}) {
  let [now, sleeps] = [0, 0];
  const reads: Read[] = [];
  let wake: (() => void) | undefined;
  const watch = new TableWatch<string>({
    tables: async () => tables.map((table) => ({ service: 's', table, workerMemory: 0.5, files: [] })),
    read: async (shown) => {
      reads.push({ at: now, key: keyOf(shown) });
      now += readMs;
      return shown.table;
    },
    isLive: (table) => live.includes(table),
    checkpointsRead: () => checkpoints,
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

it('rests longer if a read reads the checkpoints of thousands of segments', async () => {
  const { watch, reads, turns } = watched(['A'], { checkpoints: 10_000 });
  const end = watch.watch(ignore);
  await turns();
  expect((reads[1]?.at ?? 0) - (reads[0]?.at ?? 0)).toBe(10_000);
  end();
});

it('reads all tables in turn, and every second time one that is open or whose run is under way', async () => {
  const { watch, reads, turns } = watched(['A', 'B', 'C'], { live: ['C'] });
  const ends = [watch.watch(ignore), watch.watch({ ...ignore, open: 's/A' })];
  await turns();
  const keys = reads.map(({ key }) => key);
  expect(new Set(keys)).toEqual(new Set(['s/A', 's/B', 's/C']));
  expect(keys.filter((key) => key === 's/B').length).toBeLessThan(keys.filter((key) => key === 's/C').length);
  for (const end of ends) end();
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
