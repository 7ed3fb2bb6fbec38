import { describe, expect, it } from 'vitest';
import type { Deployed } from '../../../../core/run/plan-run.ts';
import { parseRunInput } from '../../../../core/run/run-input.ts';
import { startRun } from '../../../../core/run/start-run.ts';
import { checkExports } from '../../../../core/transformation/check-exports.ts';
import { MemoryLedger } from '../../../support/memory-ledger.ts';
import { readableSecrets } from '../../../support/secrets.ts';
import { usersShape } from '../../../support/transformations.ts';

const clock = { monotonic: () => 0, wall: () => 0, random: () => 0, sleep: async () => {} };

function deployed(exports: object = {}): Deployed {
  const file = 'Users/v1.ts';
  return { file, checksum: 'c1', transformation: checkExports({ sequence: 1, adds: ['n'], transformUp() {}, ...exports }, file) };
}

/** Starts a run of a table that has this size, says DescribeTable, or fits one page indeed. */
async function startOf(table: { bytes?: number; items?: number; fits?: boolean }, input: object = {}, file = deployed()) {
  let asked = 0;
  const next = await startRun(
    { input: parseRunInput({ table: 'Users', ...input }), execution: 'arn:e1', startedAt: '2030-01-01T00:00:00.000Z', redriveCount: 0 },
    {
      ...{ clock, ledger: new MemoryLedger(), leaseMs: 10_000, controlIntervalMs: 3000, runId: () => 'r1' },
      secrets: readableSecrets,
      describeTable: async () => ({
        ...{ shape: usersShape, bytes: table.bytes ?? 0, items: table.items ?? 0, throughputs: [], replicaRegions: [] },
        ...{ isStronglyConsistent: false, tableId: 'a table', deployed: [file] },
      }),
      readSample: async () => ({ images: [], isWholeTable: true }),
      fitsOnePage: async () => {
        asked++;
        return table.fits ?? true;
      },
      executedByPredecessor: async () => [],
      describeExecution: async () => undefined,
      loadKept: async () => Promise.reject(new Error('not asked for')),
      contextOf: ({ sequence }) => ({
        ...{ table: 'Users', tableName: 'Users-test', sequence, direction: 'up', dryRun: false, preparation: undefined, parameters: {} },
        ...{ startedAt: 0, tableNameOf: (name: string) => name, documentClient: undefined, log: () => {} },
      }),
    },
  );
  return { segments: next.decision === 'transform' ? next.segments.length : 0, asked };
}

describe('a table that fits one page', () => {
  it('is one segment', async () => {
    expect(await startOf({ bytes: 200_000, items: 900 })).toEqual({ segments: 1, asked: 1 });
  });

  it('has more segments if only DescribeTable says that it is small, hours after it was filled', async () => {
    expect(await startOf({ bytes: 0, items: 0, fits: false })).toEqual({ segments: 8, asked: 1 });
  });

  it.each([
    ['the table is larger than a page', { bytes: 2 ** 21, items: 900 }, {}, 8],
    ['the table has more items than a worker changes in two seconds', { bytes: 200_000, items: 1001 }, {}, 8],
    ['the input gives the number of segments', {}, { totalSegments: 3 }, 3],
  ])('is not asked for if %s', async (_, table, input, segments) => {
    expect(await startOf(table, input)).toEqual({ segments, asked: 0 });
  });

  it('is not asked for if every version is about some items only, as the whole table would be read', async () => {
    expect((await startOf({}, {}, deployed({ only: { partitions: ['u1'] } }))).asked).toBe(0);
  });
});
