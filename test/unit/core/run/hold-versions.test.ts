import { describe, expect, it } from 'vitest';
import type { Hold } from '../../../../core/ledger/hold.ts';
import type { VersionStatus } from '../../../../core/ledger/versions/version.ts';
import { type Deployed, planRun } from '../../../../core/run/plan-run.ts';
import { parseRunInput } from '../../../../core/run/run-input.ts';
import { startRun } from '../../../../core/run/start-run.ts';
import type { StartRunPorts } from '../../../../core/run/starting/start-ports.ts';
import { type HoldRequest, holdVersions } from '../../../../core/run/versions/hold-versions.ts';
import { checkExports } from '../../../../core/transformation/check-exports.ts';
import { MemoryLedger } from '../../../support/memory-ledger.ts';
import { readableSecrets } from '../../../support/secrets.ts';
import { usersShape } from '../../../support/transformations.ts';

const clock = { monotonic: () => 0, wall: () => 0, random: () => 0, sleep: async () => {} };
const deployed: Deployed[] = [1, 2, 3, 4].map((sequence) => ({
  file: `Users/v${sequence}.ts`,
  checksum: `c${sequence}`,
  transformation: checkExports({ sequence, adds: [`n${sequence}`], transformUp() {} }, `Users/v${sequence}.ts`),
}));

function holdBelow(below: number | undefined): Hold {
  return { table: 'Users', number: 1, below, by: 'user:ann', at: '2030-01-01T00:00:00.000Z' };
}

function planned(input: object, hold: Hold | undefined, statuses: Record<number, VersionStatus> = {}): number[] {
  const versions = Object.entries(statuses).map(([sequence, status]) => ({
    ...{ table: 'Users', sequence: Number(sequence), status, checksum: `c${sequence}`, run: 'r0', at: '2030-01-01T00:00:00.000Z' },
  }));
  return planRun(parseRunInput({ table: 'Users', ...input }), deployed, versions, hold).map(({ sequence }) => sequence);
}

function ports(ledger: MemoryLedger): StartRunPorts {
  return {
    ...{ clock, ledger, leaseMs: 10_000, controlIntervalMs: 3000, runId: ({ execution }) => `run-of-${execution}` },
    secrets: readableSecrets,
    describeTable: async () => ({
      ...{ shape: usersShape, bytes: 0, items: 0, throughputs: [], replicaRegions: [], isStronglyConsistent: false, tableId: 'a table' },
      deployed,
    }),
    readSample: async () => ({ images: [], isWholeTable: true }),
    fitsOnePage: async () => false,
    executedByPredecessor: async () => [],
    describeExecution: async () => ({ status: 'running', endedAt: undefined, error: undefined, cause: undefined }),
    loadKept: async () => Promise.reject(new Error('not asked for')),
    contextOf: ({ sequence }) => ({
      ...{ table: 'Users', tableName: 'Users-test', sequence, direction: 'up', dryRun: false },
      ...{
        preparation: undefined,
        parameters: {},
        startedAt: 0,
        tableNameOf: (name: string) => name,
        documentClient: undefined,
        log: () => {},
      },
    }),
  };
}

function hold(ledger: MemoryLedger, request: Partial<HoldRequest>) {
  return holdVersions(
    { table: 'Users', by: 'user:ann', now: '2030-01-02T00:00:00.000Z', ...request },
    {
      ledger,
      isAlive: async () => true,
      write: async (next, read) => {
        if (ledger.holds.get('Users')?.number !== read?.number) return false;
        ledger.holds.set('Users', next);
        return true;
      },
    },
  );
}

function start(ledger: MemoryLedger, input: object = {}) {
  return startRun(
    { input: parseRunInput({ table: 'Users', ...input }), execution: 'arn:e1', startedAt: '2030-01-02T00:00:00.000Z', redriveCount: 0 },
    ports(ledger),
  );
}

function stepsIn(ledger: MemoryLedger): number[] | undefined {
  return ledger.runsById.get('run-of-arn:e1')?.steps.map(({ sequence }) => sequence);
}

describe('a hold below version 3', () => {
  it('keeps it and all above out of a run that names no version', () => {
    expect(planned({}, holdBelow(3))).toEqual([1, 2]);
    expect(planned({ dryRun: true }, holdBelow(3))).toEqual([1, 2]);
    expect(planned({}, holdBelow(3), { 1: 'applied', 2: 'applied', 3: 'rolledBack' })).toEqual([]);
  });

  it('keeps a half-way version out, also if its file is gone', () => {
    expect(planned({}, holdBelow(3), { 1: 'applied', 2: 'applied', 3: 'applying' })).toEqual([]);
    expect(planned({}, holdBelow(3), { 1: 'applied', 2: 'applied', 5: 'rollingBack' })).toEqual([]);
    expect(() => planned({}, holdBelow(6), { 5: 'rollingBack' })).toThrow('half-way');
  });

  it('lets a run through that names the version, and a run down', () => {
    expect(planned({ to: 3 }, holdBelow(3))).toEqual([1, 2, 3]);
    expect(planned({ again: 4 }, holdBelow(3))).toEqual([4]);
    expect(planned({ direction: 'down' }, holdBelow(1), { 1: 'applied', 2: 'applied' })).toEqual([2]);
  });

  it('means nothing after its release', () => {
    expect(planned({}, holdBelow(undefined))).toEqual([1, 2, 3, 4]);
  });
});

describe('a hold that is set while a run is starting', () => {
  it('is followed if the run has not taken the table yet', async () => {
    const ledger = new MemoryLedger();
    ledger.beforeNextWrite = () => hold(ledger, { below: 3, why: 'broken' });

    await start(ledger);

    expect(stepsIn(ledger)).toEqual([1, 2]);
  });

  it('leaves nothing to do if it holds all that the run would take', async () => {
    const ledger = new MemoryLedger();
    ledger.beforeNextWrite = () => hold(ledger, { below: 1, why: 'broken' });

    expect(await start(ledger)).toMatchObject({ decision: 'nothingToDo' });
    expect(ledger.locks.size).toBe(0);
  });

  it('is followed by a later start if it takes the place of another one or was released before', async () => {
    const ledger = new MemoryLedger();
    await hold(ledger, { below: 2, why: 'first' });
    await hold(ledger, {});
    ledger.beforeNextWrite = () => hold(ledger, { below: 4, why: 'second' });

    await start(ledger);

    expect(stepsIn(ledger)).toEqual([1, 2, 3]);
  });

  it('names the run that has taken the table, with the held versions that it still applies', async () => {
    const ledger = new MemoryLedger();
    await start(ledger);

    expect(await hold(ledger, { below: 3, why: 'broken' })).toMatchObject({
      underWay: { run: 'run-of-arn:e1', execution: 'arn:e1', sequences: [3, 4] },
    });
    expect((await hold(ledger, { below: 5, why: 'broken' })).underWay).toBeUndefined();
  });
});

it('releases what was held, and changes nothing if nothing was', async () => {
  const ledger = new MemoryLedger();
  expect(await hold(ledger, {})).toEqual({ before: undefined, hold: undefined });
  expect(ledger.holds.size).toBe(0);

  await hold(ledger, { below: 3, why: 'broken' });
  expect(await hold(ledger, { by: 'user:ben' })).toMatchObject({ before: { below: 3, by: 'user:ann', why: 'broken' }, hold: undefined });
  expect(ledger.holds.get('Users')).toMatchObject({ number: 2, by: 'user:ben' });
});

it('gives up if others change the hold all the time', async () => {
  const refused = holdVersions(
    { table: 'Users', below: 3, by: 'user:ann', now: '' },
    { ledger: new MemoryLedger(), isAlive: async () => true, write: async () => false },
  );

  await expect(refused).rejects.toMatchObject({ name: 'TableBusy' });
});
