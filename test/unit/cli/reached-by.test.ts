import { expect, it } from 'vitest';
import { reachedBy } from '../../../cli/status/versions-shown.ts';
import type { Version } from '../../../core/ledger/versions/version.ts';
import { controlOf } from '../../support/control-record.ts';
import { checkpoint } from '../../support/memory-run-ledger.ts';

const halfway: Version = { table: 'Users', sequence: 3, status: 'applying', checksum: 'c3', run: 'r1', at: 'then' };
const checkpoints = [checkpoint(0), checkpoint(1, { done: false })];

it('reads the checkpoints of a half-way version once, however many look at them', async () => {
  let reads = 0;
  const ledger = {
    control: async () => controlOf(),
    checkpoints: async () => {
      reads++;
      return new Map(checkpoints.map((one) => [one.segment, one]));
    },
  };
  const unseen = await reachedBy([halfway], ledger);
  expect(reads).toBe(1);

  expect(await reachedBy([halfway], ledger, { control: controlOf(), checkpoints })).toEqual(unseen);
  expect(reads).toBe(1);
  expect(unseen.get(3)).toMatchObject({ pass: 1, segmentsDone: 1, totalSegments: 4 });

  await reachedBy([{ ...halfway, run: 'r0' }], ledger, { control: controlOf(), checkpoints });
  expect(reads).toBe(2);
});
