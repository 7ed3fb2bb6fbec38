import { expect, it } from 'vitest';
import { measureHotPartition } from '../../../../../bench/hot-partition.ts';

/** On the model of `npm run bench -- hot`: most items have one partition key, and one worker writes them. */
const given = { items: 84_000, workers: 20 };

it('writes a collection of which the application writes nothing 1.9 times as fast as half of a partition, and harms no other partition', async () => {
  const { lastUnitsPerSecond, elsewhere } = await measureHotPartition({ ...given, applicationWrites: 0 });
  const alone = await measureHotPartition({ ...given, workers: 0, applicationWrites: 0 });

  expect(lastUnitsPerSecond).toBeGreaterThan(1.9 * 500);
  expect(elsewhere.p99).toBeLessThan(1.02 * alone.elsewhere.p99);
  expect(elsewhere.failed).toBe(0);
});

it('leaves the application what it takes of the partition', async () => {
  const { lastUnitsPerSecond, here } = await measureHotPartition({ ...given, applicationWrites: 250 });
  const alone = await measureHotPartition({ ...given, workers: 0, applicationWrites: 250 });

  expect(lastUnitsPerSecond).toBeGreaterThan(1.2 * 500);
  expect(here.p99).toBeLessThan(1.1 * alone.here.p99);
  expect(here.failed).toBe(0);
});

it('stays at half of a partition where keys have fewer items than a page', async () => {
  const { lastUnitsPerSecond } = await measureHotPartition({ ...given, items: 40_000, applicationWrites: 0, itemsPerKey: 300 });

  expect(lastUnitsPerSecond).toBeLessThan(1.02 * 500);
});
