import { type Checkpoint, isFinished } from '../../core/ledger/checkpoint.ts';
import { type Control, controlTimes, type SharedBudget } from '../../core/ledger/control.ts';
import { nothingGiven } from '../../core/ledger/given.ts';
import { defaultMaxConcurrency, shareAmong } from '../../core/ledger/workers.ts';
import { scatter } from '../../core/run/map-size.ts';
import { transformSegment } from '../../core/segment/transform-segment.ts';
import { controlOf, withFields } from '../../test/support/control-record.ts';
import { Consumption } from '../consumption.ts';
import type { SimulatedTable } from './simulated-table.ts';
import type { SimulatedTime } from './simulated-time.ts';

export interface SimulatedRunOptions {
  segments: number;
  /** Undefined for the number that a run takes by default. */
  maxConcurrency: number | undefined;
  writeUnits?: number | undefined;
  readUnits?: number | undefined;
  itemUnits?: number | undefined;
  /** If true, each worker keeps the share that it had when the Map began. */
  keepsShare?: boolean | undefined;
  /** Max write units a second of a worker; left out, what it takes in AWS. */
  maxWriteUnitsPerWorker?: number | undefined;
  /** Map children that Step Functions begins a second. */
  dispatchPerSecond: number;
  /** Milliseconds from the start of a child to its worker's first line of code, in a new container and in a warm one. */
  coldStartMs: number;
  warmStartMs: number;
  /** Latency of a request to the ledger, in milliseconds. */
  ledgerMs: number;
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html, and what a worker of 1 GB on arm64 needs. Assumed. */
export const usualStart = { dispatchPerSecond: 100, coldStartMs: 800, warmStartMs: 30, ledgerMs: 5 };

/**
 * One Map of a run: the real workers over a simulated table and ledger, started at the rate of Step Functions.
 *
 * 1. Children are started in scattered order, at a fixed rate a second, up to the run's number of workers at a time.
 * 2. Each runs the real `transformSegment` on the shared, simulated clock.
 * 3. The control is one record that all workers read, and that tests change during the run.
 */
export class SimulatedRun {
  control: Control;
  readonly ledgerReads = new Consumption();
  readonly ledgerWrites = new Consumption();
  readonly checkpoints = new Map<number, Checkpoint>();
  /** The time when no segment was left for a worker: until then all workers have work. */
  firstIdleAt: number | undefined;
  readonly #time: SimulatedTime;
  readonly #table: SimulatedTable;
  readonly #options: SimulatedRunOptions;

  constructor(time: SimulatedTime, table: SimulatedTable, options: SimulatedRunOptions) {
    const { segments, maxConcurrency = defaultMaxConcurrency, writeUnits, readUnits, itemUnits } = options;
    const isConcurrencyAsked = options.maxConcurrency !== undefined;
    const budget = { maxConcurrency, isConcurrencyAsked, writeUnits, readUnits, itemUnits };
    this.#time = time;
    this.#table = table;
    this.#options = options;
    this.control = controlOf({
      run: 'simulated',
      table: 'Simulated',
      shape: table.shape,
      sequence: 1,
      checksum,
      totalSegments: segments,
      budget: shareAmong(budget, segments),
      lease: controlTimes(maxConcurrency, { controlIntervalMs: 3000, leaseMs: 10_000 }),
    });
  }

  /** Resolves when all segments are done. */
  async map(): Promise<void> {
    const order = scatter(this.#options.segments);
    let warm = 0;
    let dispatchedAt = Number.NEGATIVE_INFINITY;
    const child = async (): Promise<void> => {
      for (let segment = order.shift(); segment !== undefined; segment = order.shift()) {
        dispatchedAt = Math.max(this.#time.now, dispatchedAt + 1000 / this.#options.dispatchPerSecond);
        const start = warm > 0 ? this.#options.warmStartMs : this.#options.coldStartMs;
        warm = Math.max(0, warm - 1);
        await this.#time.wait(dispatchedAt - this.#time.now + start);
        while ((await this.#work(segment)).more);
        if (!isFinished(this.checkpoints.get(segment))) throw new Error(`Segment ${segment} is not finished.`);
        warm++;
      }
      this.firstIdleAt ??= this.#time.now;
    };
    await Promise.all(Array.from({ length: this.control.budget.workers }, child));
  }

  #work(segment: number): Promise<{ more: boolean }> {
    return transformSegment(
      { run: 'simulated', pass: 1, segment },
      {
        worker: `w${segment}`,
        clock: this.#time.clock,
        readControl: () => this.#ask(this.ledgerReads, () => this.control),
        checkpoints: {
          read: () => this.#ask(this.ledgerReads, () => this.checkpoints.get(segment)),
          take: (checkpoint) => this.#save(checkpoint),
          save: (checkpoint) => this.#save(checkpoint),
          recordFailures: async () => {},
          recordToChange: async () => {},
        },
        shares: this.#options.keepsShare
          ? undefined
          : {
              claim: (control, now, lookedBefore) =>
                this.#ask(this.ledgerWrites, () => {
                  const claimed = this.#isNow(control) && (this.control.budget.sharedAt ?? Number.NEGATIVE_INFINITY) < lookedBefore;
                  if (claimed) this.changeBudget({ sharedAt: now });
                  return claimed;
                }),
              finished: () => this.#ask(this.ledgerReads, () => [...this.checkpoints.values()].filter(isFinished).length),
              share: (control, workers) =>
                this.#ask(this.ledgerWrites, () => {
                  const shared = this.#isNow(control) && this.control.budget.workers > workers;
                  if (shared) this.changeBudget({ workers });
                  return shared;
                }),
            },
        loadTransformation: async () => ({
          checksum,
          transformation: { ...splitName, reads: this.#table.readAttributes },
        }),
        readPreparation: async () => undefined,
        openGiven: async () => nothingGiven,
        openTable: () => this.#table,
        openSeeds: () => ({ position: async () => 0, insert: async () => ({ kind: 'done' }), inserted: async () => new Set() }),
        contextOf: () => simulatedContext,
        maxWriteUnitsPerWorker: this.#options.maxWriteUnitsPerWorker,
        deadline: { read: Number.POSITIVE_INFINITY, write: Number.POSITIVE_INFINITY },
        log: () => {},
        measure: () => {},
      },
    );
  }

  /** Changes the control, as a worker or an operator does during a run. */
  changeBudget(budget: Partial<SharedBudget>): void {
    this.control = withFields(this.control, { budget });
  }

  #isNow({ decision, fence }: Control): boolean {
    return this.control.decision.number === decision.number && this.control.fence === fence;
  }

  #save(checkpoint: Checkpoint): Promise<boolean> {
    return this.#ask(this.ledgerWrites, () => {
      this.checkpoints.set(checkpoint.segment, checkpoint);
      return true;
    });
  }

  async #ask<T>(requests: Consumption, answer: () => T): Promise<T> {
    requests.add(this.#time.now, 1);
    const answered = answer();
    await this.#time.wait(this.#options.ledgerMs);
    return answered;
  }
}

/** Splits a name in two, as the demo does. */
const splitName = {
  file: undefined,
  sequence: 1,
  declared: { adds: ['firstName', 'lastName'], overwrites: [], removes: [], inserts: false, deletes: false },
  reads: undefined,
  versionAttribute: undefined,
  seed: undefined,
  prepare: undefined,
  transformUp: (user: Record<string, unknown>) => {
    const [firstName = '', lastName = ''] = String(user['fullName']).split(' ');
    return { ...user, firstName, lastName };
  },
  transformDown: undefined,
};

const checksum = '1:simulated';

/** The version that simulated runs apply. */
export const simulatedVersion = { sequence: 1, checksum, transformation: splitName };

export const simulatedContext = {
  table: 'Simulated',
  tableName: 'Simulated',
  sequence: 1,
  direction: 'up' as const,
  dryRun: false,
  parameters: {},
  startedAt: 0,
  tableNameOf: (name: string) => name,
  documentClient: undefined,
  log: () => {},
};
