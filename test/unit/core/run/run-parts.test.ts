import { describe, expect, it } from 'vitest';
import { RunError } from '../../../../core/errors.ts';
import { noCounters } from '../../../../core/ledger/counters.ts';
import { recordDecision } from '../../../../core/run/record-decision.ts';
import type { LedgerReads, LedgerWrites } from '../../../../core/run/records/ledger-port.ts';
import { parseRunInput } from '../../../../core/run/run-input.ts';
import { settlePass } from '../../../../core/run/settle-pass.ts';
import { startRun } from '../../../../core/run/start-run.ts';
import type { Start, StartRunPorts } from '../../../../core/run/starting/start-ports.ts';
import { checkExports } from '../../../../core/transformation/check-exports.ts';
import { runOf } from '../../../support/control-record.ts';
import { checkpoint, memoryLedger } from '../../../support/memory-run-ledger.ts';
import { readableSecrets } from '../../../support/secrets.ts';
import { usersShape } from '../../../support/transformations.ts';

const clock = { monotonic: () => 0, wall: () => 0, random: () => 0, sleep: async () => {} };
const now = new Date(0).toISOString();

/** SettlePass of the run's execution, by the code `checksum`. */
function settle(ledger: LedgerReads & LedgerWrites, redriveCount: number, checksum = 'c3') {
  return recordDecision(
    { table: 'Users', run: 'r1', decisionNumber: 1, execution: 'arn:e1', redriveCount },
    { clock, ledger, deployedStep: async ({ sequence }) => ({ sequence, checksum, prepares: false }), stepsAhead: async () => [] },
    settlePass,
  );
}

const counted = { ...noCounters(), scanned: 30, changed: 29, failed: 1, writeUnits: 29 };
const failing = [checkpoint(0, { counters: counted }), checkpoint(1), checkpoint(2), checkpoint(3)];

function parts(ledger: ReturnType<typeof memoryLedger>['ledger']) {
  return [...ledger.parts.values()];
}

describe('a redrive', () => {
  it('keeps the failed part as it ended, with its error, counters and code, in the transaction of its first decision', async () => {
    const { ledger, kept } = memoryLedger(failing);
    await expect(settle(ledger, 0)).rejects.toMatchObject({ name: 'ItemsFailed' });
    const failed = kept.run;
    expect(parts(ledger)).toEqual([]);

    await settle(ledger, 1, 'mended');

    expect(parts(ledger)).toEqual([{ ...failed, part: 1 }]);
    expect(failed).toMatchObject({ status: 'failed', endedAt: now, counters: counted, steps: [{ checksum: 'c3' }] });
    expect(kept.run).toMatchObject({ part: 2, partStartedAt: now, redriveCount: 1, status: 'running', steps: [{ checksum: 'mended' }] });
    expect(ledger.written.at(-1)?.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['updateControl', 'updateRun', 'putPart']));
  });

  it('that is stopped before its first decision is a part of its own', async () => {
    const { ledger, kept } = memoryLedger(failing);
    await expect(settle(ledger, 0)).rejects.toMatchObject({ name: 'ItemsFailed' });
    const stopped = { by: 'user:ann', since: now, redriveCount: 1 };
    kept.control = { ...kept.control, marks: { ...kept.control.marks, stopped } };
    await expect(settle(ledger, 1)).rejects.toMatchObject({ name: 'Stopped' });
    expect(kept.run).toMatchObject({ part: 2, status: 'stopped', redriveCount: 1 });

    await settle(ledger, 2);

    expect(parts(ledger)).toMatchObject([
      { part: 1, status: 'failed', error: { name: 'ItemsFailed' } },
      { part: 2, status: 'stopped', error: { name: 'Stopped' } },
    ]);
    expect(kept.run).toMatchObject({ part: 3, status: 'running', redriveCount: 2 });
  });

  it('of a run whose end was not recorded says so', async () => {
    const { ledger } = memoryLedger(failing);

    await settle(ledger, 1);

    expect(parts(ledger)).toMatchObject([{ part: 1, status: 'failed', error: { name: 'Unrecorded' } }]);
  });

  it('is one part, however many decisions it takes', async () => {
    const { ledger, kept } = memoryLedger([...failing.slice(1), checkpoint(0, { done: false })]);
    await settle(ledger, 1);
    kept.control = { ...kept.control, decision: { ...kept.control.decision, number: 1 } };
    await settle(ledger, 1);

    expect(parts(ledger)).toHaveLength(1);
    expect(kept.run).toMatchObject({ part: 2 });
  });
});

const start: Start = { input: parseRunInput({ table: 'Users' }), execution: 'arn:e2', startedAt: now, redriveCount: 0 };

function startPorts(ledger: StartRunPorts['ledger'], checksum: string): StartRunPorts {
  const transformation = checkExports({ sequence: 3, adds: ['n'], transformUp() {} }, 'Users/v3.ts');
  return {
    clock,
    ledger,
    loadKept: async () => Promise.reject(new Error('not asked for')),
    describeTable: async () => ({
      shape: usersShape,
      tableId: undefined,
      bytes: 0,
      items: 0,
      throughputs: [],
      replicaRegions: [],
      isStronglyConsistent: false,
      deployed: [{ file: 'Users/v3.ts', checksum, transformation }],
    }),
    readSample: async () => ({ images: [], isWholeTable: true }),
    fitsOnePage: async () => false,
    executedByPredecessor: async () => [],
    describeExecution: async () => ({ status: 'aborted', endedAt: new Date(1000), error: undefined, cause: undefined }),
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
    runId: () => 'r2',
    secrets: readableSecrets,
    leaseMs: 10_000,
    controlIntervalMs: 3000,
  };
}

describe('a start', () => {
  it('that goes on with a run keeps the part before, with the end that was not recorded', async () => {
    const { ledger, kept } = memoryLedger(failing);

    await startRun(start, startPorts(ledger, 'c3'));

    expect(parts(ledger)).toMatchObject([
      {
        part: 1,
        execution: 'arn:e1',
        status: 'aborted',
        endedAt: new Date(1000).toISOString(),
        counters: counted,
        error: { name: 'Aborted' },
      },
    ]);
    expect(kept.run).toMatchObject({ part: 2, execution: 'arn:e2', status: 'running' });
  });

  it('that goes on with a run says who started the present part, why, and up to which version', async () => {
    const { ledger, kept } = memoryLedger(failing);
    kept.run = runOf({ startedBy: 'ann', reason: '#12', to: 7 });

    const input = parseRunInput({ table: 'Users', to: 3, startedBy: 'bob' });
    await startRun({ ...start, input }, startPorts(ledger, 'c3'));

    expect(parts(ledger)).toMatchObject([{ part: 1, startedBy: 'ann', reason: '#12', to: 7 }]);
    expect(kept.run).toMatchObject({ part: 2, startedBy: 'bob', to: 3 });
    expect(kept.run.reason).toBeUndefined();
  });

  it('with other code keeps the part of the run that it supersedes, and what that did for the version, with the code it adopts', async () => {
    const { ledger, kept } = memoryLedger(failing);
    const error = { name: 'ItemsFailed', message: 'x' } as const;
    kept.run = runOf({ status: 'failed', endedAt: 'then', error });

    await startRun(start, startPorts(ledger, 'mended'));

    expect(parts(ledger)).toMatchObject([{ id: 'r1', part: 1, status: 'failed', endedAt: 'then', error, counters: counted }]);
    expect(kept.run).toMatchObject({ status: 'superseded' });
    expect((await ledger.versions('Users'))[0]).toMatchObject({
      status: 'applying',
      checksum: 'mended',
      counters: { changed: 29, writeUnits: 29 },
      adopted: [{ from: 'c3', changed: 29, run: 'r2' }],
    });
  });

  it('that is refused is recorded, and writes nothing else', async () => {
    const { ledger, kept } = memoryLedger(failing);
    const before = kept.run;
    const refused: Promise<unknown> = startRun(start, {
      ...startPorts(ledger, 'c3'),
      describeExecution: async () => ({ status: 'running', endedAt: undefined, error: undefined, cause: undefined }),
    });

    const error: RunError = await refused.then(
      () => Promise.reject(new Error('It was not refused.')),
      (thrown) => thrown,
    );

    expect(error.name).toBe('TableBusy');
    expect(ledger.refusedStarts).toEqual([
      {
        ...{ id: 'r2', table: 'Users', direction: 'up', dryRun: false, prepareOnly: false, execution: 'arn:e2', redriveCount: 0, at: now },
        error: expect.objectContaining({ name: 'TableBusy', message: error.message }),
      },
    ]);
    expect(ledger.written).toHaveLength(1);
    expect(kept.run).toBe(before);
  });

  it.each([
    ['has no table', new RunError('UnknownTable', 'There is no table Users.'), []],
    [
      'looks things up in a table that is missing',
      new RunError('UnknownTable', 'There is no table Prices.', { fields: { table: 'Users', sequence: 3 } }),
      ['UnknownTable'],
    ],
  ])('is recorded only if there is a table it could be a record of: it %s', async (_, error, recorded) => {
    const { ledger } = memoryLedger(failing);
    await expect(startRun(start, { ...startPorts(ledger, 'c3'), describeTable: () => Promise.reject(error) })).rejects.toBe(error);
    expect(ledger.refusedStarts.map((refused) => refused.error.name)).toEqual(recorded);
  });
});
