import { expect, it } from 'vitest';
import { parseRunInput } from '../../../../core/run/run-input.ts';
import { startRun } from '../../../../core/run/start-run.ts';
import type { StartRunPorts } from '../../../../core/run/starting/start-ports.ts';
import { MemoryLedger } from '../../../support/memory-ledger.ts';
import { readableSecrets } from '../../../support/secrets.ts';
import { usersShape } from '../../../support/transformations.ts';

const at = '2030-01-01T00:00:00.000Z';
const day = 86_400_000;

function portsAt(now: number, ledger: MemoryLedger): StartRunPorts {
  const refused = () => Promise.reject(new Error('not asked for'));
  return {
    ...{ ledger, leaseMs: 10_000, controlIntervalMs: 3000, secrets: readableSecrets, journalRetentionDays: 35 },
    clock: { monotonic: () => 0, wall: () => now, random: () => 0, sleep: async () => {} },
    runId: () => 'r2',
    describeTable: async () => ({
      ...{ shape: usersShape, bytes: 0, items: 0, throughputs: [], replicaRegions: [], isStronglyConsistent: false, tableId: 'a table' },
      deployed: [],
    }),
    readSample: refused,
    fitsOnePage: async () => false,
    executedByPredecessor: async () => [],
    describeExecution: refused,
    loadKept: refused,
    contextOf: refused,
  };
}

it('refuses to go back by a journal that expired, names it, and changes neither the table nor a version', async () => {
  const ledger = new MemoryLedger();
  const journals = [{ run: 'r1', firstPass: 1, at, days: 35 }];
  ledger.putVersion({ table: 'Users', sequence: 3, status: 'applied', checksum: 'c3', run: 'r1', execution: 'arn:e1', at, journals });
  const before = await ledger.versions('Users');
  const start = {
    input: parseRunInput({ table: 'Users', direction: 'down', exact: true }),
    execution: 'arn:e2',
    startedAt: at,
    redriveCount: 0,
  };

  await expect(startRun(start, portsAt(Date.parse(at) + 36 * day, ledger))).rejects.toMatchObject({
    name: 'JournalMissing',
    message: expect.stringMatching(/older than the 35 days.*point-in-time recovery/),
  });

  expect(await ledger.versions('Users')).toEqual(before);
  expect(ledger.locks.size).toBe(0);
  expect(ledger.written.flat().map(({ kind }) => kind)).toEqual(['putRefusedStart']);
});
