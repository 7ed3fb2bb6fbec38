import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RunError, type RunErrorName } from '../../../../core/errors.ts';
import type { PauseAfter } from '../../../../core/ledger/limits/pause-after.ts';
import type { Pause } from '../../../../core/ledger/pause.ts';
import { recordDecision } from '../../../../core/run/record-decision.ts';
import { type EndedExecution, recordEndings } from '../../../../core/run/record-failure.ts';
import type { LedgerChange } from '../../../../core/run/records/ledger-change.ts';
import type { LedgerReads, LedgerWrites, ReachedLimit } from '../../../../core/run/records/ledger-port.ts';
import { parseRunInput } from '../../../../core/run/run-input.ts';
import { settlePass } from '../../../../core/run/settle-pass.ts';
import { startRun } from '../../../../core/run/start-run.ts';
import type { StartRunPorts } from '../../../../core/run/starting/start-ports.ts';
import { checkExports } from '../../../../core/transformation/check-exports.ts';
import { controlOf, runOf } from '../../../support/control-record.ts';
import { MemoryLedger } from '../../../support/memory-ledger.ts';
import { checkpoint } from '../../../support/memory-run-ledger.ts';
import { readableSecrets } from '../../../support/secrets.ts';
import { usersShape } from '../../../support/transformations.ts';

/** P5: one run per table. A second start, a redrive or a zombie never interleaves with the run that holds the table. */

const clock = { monotonic: () => 0, wall: () => 0, random: () => 0, sleep: async () => {} };
const steps = [{ sequence: 3, checksum: 'c3', prepares: false }];
const file = {
  file: 'Users/v3.ts',
  checksum: 'c3',
  transformation: checkExports({ sequence: 3, adds: ['n'], transformUp() {} }, 'Users/v3.ts'),
};

/** What became of an actor. */
type Outcome = 'succeed' | 'nothingToDo' | 'recorded' | RunErrorName;
type Actor = (service: Service) => Promise<Outcome>;

/** A deployed service whose ledger is in memory: executions, and what Step Functions says of them. */
class Service {
  readonly records = new MemoryLedger();
  readonly alive = new Set<string>();
  /** What the actors work with: the scheduler may let any other go on between two of its calls. */
  readonly ledger: LedgerReads & LedgerWrites & Pick<MemoryLedger, 'runs'>;

  constructor(turn: () => Promise<void>) {
    const { records } = this;
    const taking =
      <Args extends unknown[], Result>(call: (...args: Args) => Promise<Result>) =>
      async (...args: Args): Promise<Result> => {
        await turn();
        return call(...args);
      };
    this.ledger = {
      lock: taking((table: string) => records.lock(table)),
      run: taking((table: string, id: string) => records.run(table, id)),
      runs: taking((table: string) => records.runs(table)),
      control: taking((run: string) => records.control(run)),
      versions: taking((table: string) => records.versions(table)),
      hold: taking((table: string) => records.hold(table)),
      checkpoints: taking((run: string, pass: number) => records.checkpoints(run, pass)),
      passes: taking((run: string) => records.passes(run)),
      claimed: taking((run: string, limit: PauseAfter) => records.claimed(run, limit)),
      pauseAtLimit: taking((run: string, limit: ReachedLimit, pause: Pause) => records.pauseAtLimit(run, limit, pause)),
      setPause: taking((run: string, read: Pause | undefined, pause: Pause | undefined) => records.setPause(run, read, pause)),
      follower: taking((table: string) => records.follower(table)),
      followedVersions: taking(() => records.followedVersions()),
      failures: taking(() => records.failures()),
      write: taking((changes: readonly LedgerChange[]) => records.write(changes)),
    };
  }

  /** Run r1 of execution e1 holds the table, and its execution has ended without saying so. */
  holdByDeadExecution(finishedSegments: number): void {
    const { records } = this;
    records.runsById.set('r1', runOf({ steps }));
    records.controls.set('r1', controlOf());
    records.locks.set('Users', { table: 'Users', run: 'r1', execution: 'arn:e1', fence: 1 });
    records.putVersion({ table: 'Users', sequence: 3, status: 'applying', checksum: 'c3', run: 'r1', execution: 'arn:e1', at: 'then' });
    records.putCheckpoints([0, 1, 2, 3].slice(0, finishedSegments).map((segment) => checkpoint(segment)));
  }

  describe = async (execution: string): Promise<EndedExecution> => ({
    status: this.alive.has(execution) ? 'running' : 'aborted',
    endedAt: undefined,
    error: undefined,
    cause: undefined,
  });

  get startPorts(): Omit<StartRunPorts, 'runId'> {
    return {
      clock,
      ledger: this.ledger,
      describeTable: async () => ({
        shape: usersShape,
        bytes: 0,
        items: 0,
        throughputs: [],
        replicaRegions: [],
        isStronglyConsistent: false,
        tableId: 'a table',
        deployed: [file],
      }),
      readSample: async () => ({ images: [], isWholeTable: true }),
      fitsOnePage: async () => false,
      executedByPredecessor: async () => [],
      describeExecution: async (execution) => this.describe(execution),
      loadKept: async () => file,
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
      secrets: readableSecrets,
      leaseMs: 10_000,
      controlIntervalMs: 3000,
    };
  }

  async settle(execution: string, run: string, decisionNumber: number, redriveCount: number) {
    return recordDecision(
      { table: 'Users', run, decisionNumber, execution, redriveCount },
      { clock, ledger: this.ledger, deployedStep: async () => steps[0], stepsAhead: async () => [] },
      settlePass,
    );
  }

  /** Goes through the states of an execution from a decision to its end; each Map leaves clean segments. */
  async follow(execution: string, next: Awaited<ReturnType<typeof recordDecision>>, redriveCount: number): Promise<Outcome> {
    let step = next;
    for (;;) {
      if (step.decision === 'succeed' || step.decision === 'nothingToDo') return step.decision;
      if (step.decision !== 'transform') throw new Error(`no such decision here: ${step.decision}`);
      const { run, pass, segments } = step;
      this.records.putCheckpoints(segments.map((segment) => checkpoint(segment, { run, pass })));
      step = await this.settle(execution, run, step.decisionNumber, redriveCount);
    }
  }
}

async function outcomeOf(work: Promise<Outcome>): Promise<Outcome> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof RunError) return error.name;
    throw error;
  }
}

/** An execution: StartRun, then Map and SettlePass until it ends. */
function execution(name: string, input: object = {}): Actor {
  return async (service) => {
    const arn = `arn:${name}`;
    service.alive.add(arn);
    const start = {
      input: parseRunInput({ table: 'Users', ...input }),
      execution: arn,
      startedAt: '2030-01-02T00:00:00.000Z',
      redriveCount: 0,
    };
    const work = async () => service.follow(arn, await startRun(start, { ...service.startPorts, runId: () => `run-of-${name}` }), 0);
    const outcome = await outcomeOf(work());
    service.alive.delete(arn);
    return outcome;
  };
}

const actors: Record<string, Actor> = {
  'a start that goes on with the same run': execution('e2'),
  'a second start like it': execution('e3'),
  'a start that begins another run': execution('e4', { totalSegments: 8 }),
  'an old SettlePass of the dead execution': (service) =>
    outcomeOf(service.settle('arn:e1', 'r1', 1, 0).then((next) => service.follow('arn:e1', next, 0))),
  'the same SettlePass once more': (service) =>
    outcomeOf(service.settle('arn:e1', 'r1', 1, 0).then((next) => service.follow('arn:e1', next, 0))),
  'a redrive of the dead execution': async (service) => {
    service.alive.add('arn:e1');
    const outcome = await outcomeOf(service.settle('arn:e1', 'r1', 1, 1).then((next) => service.follow('arn:e1', next, 1)));
    service.alive.delete('arn:e1');
    return outcome;
  },
  'a late event of the dead execution': async (service) => {
    await recordEndings('Users', 'arn:e1', { ledger: service.ledger, describeExecution: service.describe });
    return 'recorded';
  },
};

/** Fails at the first write after which the ledger would let two runs write, or a final status has changed. */
function watch({ records }: Service): void {
  let fence = records.locks.get('Users')?.fence ?? 0;
  const final = new Map<string, string>();
  const decisions = new Map([...records.controls.values()].map(({ run, decision }) => [run, decision.number]));
  records.afterWrite = (changes) => {
    const lock = records.locks.get('Users');
    expect(lock?.fence).toBeGreaterThanOrEqual(fence);
    if (changes.some(({ kind }) => kind === 'putLock')) expect(lock?.fence).toBeGreaterThan(fence);
    fence = lock?.fence ?? 0;

    // A worker may write only while its run's control is not ended and names the fence with which it began.
    const open = [...records.controls.values()].filter(({ ended }) => !ended);
    expect(open.map(({ run, fence }) => ({ run, fence }))).toEqual(lock?.endedAt ? [] : [{ run: lock?.run, fence }]);
    // A decision comes from the execution that holds the lock, or has just taken it.
    for (const change of changes)
      if (change.kind === 'putVersion') expect(change.version).toMatchObject({ run: lock?.run, execution: lock?.execution });

    // No decision takes the place of another.
    for (const { run, decision, ended } of records.controls.values()) {
      const before = decisions.get(run) ?? 0;
      const isWritten = changes.some((change) => change.kind === 'updateControl' && change.control.run === run);
      if (isWritten && !(ended && decision.kind !== 'succeed')) expect(decision.number).toBe(before + 1);
      decisions.set(run, decision.number);
    }

    for (const { id, status } of records.runsById.values()) {
      if (final.has(id)) expect(status).toBe(final.get(id));
      if (status === 'succeeded' || status === 'superseded') final.set(id, status);
    }
    expect([...records.runsById.values()].filter(({ status }) => status === 'running').length).toBeLessThanOrEqual(1);
  };
}

async function play(service: Service, cast: readonly Actor[], finishedSegments: number | undefined): Promise<Outcome[]> {
  if (finishedSegments !== undefined) service.holdByDeadExecution(finishedSegments);
  watch(service);
  return Promise.all(cast.map((actor) => actor(service)));
}

function expectOneEnd({ records }: Service): void {
  const applied = records.written.flat().filter((change) => change.kind === 'putVersion' && change.version.status === 'applied');
  const begun = records.written.flat().filter((change) => change.kind === 'putLock');
  const succeeded = [...records.runsById.values()].filter(({ status }) => status === 'succeeded');
  expect(applied.length).toBe(succeeded.length);
  if (succeeded.length === 0) return;
  expect(records.locks.get('Users')?.endedAt).toBeDefined();
  expect(begun.length).toBeLessThanOrEqual(records.runsById.size + 2);
}

describe('actors that all work at one table, in any interleaving of their reads and writes of the ledger', () => {
  it.each([undefined, 4, 2])(
    'never let two runs write, and change no final status (a dead run holds it with %s of 4 segments finished)',
    async (finishedSegments) => {
      const seen = new Map<Outcome, number>();
      await fc.assert(
        fc.asyncProperty(fc.scheduler(), fc.subarray(Object.values(actors), { minLength: 2 }), async (scheduler, cast) => {
          const service = new Service(() => scheduler.schedule(Promise.resolve()));
          const playing = play(service, cast, finishedSegments);
          await scheduler.waitFor(playing);
          for (const outcome of await playing) seen.set(outcome, (seen.get(outcome) ?? 0) + 1);
          expectOneEnd(service);
        }),
        { numRuns: 500 },
      );
      // Otherwise the schedules show nothing.
      expect([...seen.keys()]).toEqual(expect.arrayContaining(['succeed', 'TableBusy', 'Superseded']));
    },
  );
});
