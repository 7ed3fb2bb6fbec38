import { expect, it } from 'vitest';
import { allocatedBytes } from '../../../../bench/cpu/allocated-bytes.ts';

it('counts what is allocated and collected meanwhile, and nothing of what was allocated before', async () => {
  const kept: number[][] = [];
  const allocate = async (count: number): Promise<void> => {
    for (let index = 0; index < count; index++) kept[0] = new Array<number>(128).fill(index);
  };
  await allocate(20_000);

  // An array of 128 numbers has a little more than 8 × 128 bytes.
  const bytes = await allocatedBytes(() => allocate(20_000));

  expect(bytes / 20_000).toBeGreaterThan(900);
  expect(bytes / 20_000).toBeLessThan(2500);
});
