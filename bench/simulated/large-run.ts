import { Checkpoints } from '../../aws/ledger/checkpoints.ts';
import { toStoredControl } from '../../aws/ledger/control-record.ts';
import { controlKey } from '../../aws/ledger/ledger-keys.ts';
import { toRecord } from '../../aws/ledger/ledger-record.ts';
import { LedgerReader } from '../../aws/ledger/reading/ledger-reader.ts';
import type { Checkpoint } from '../../core/ledger/checkpoint.ts';
import { type Control, controlTimes } from '../../core/ledger/control.ts';
import { nothingGiven } from '../../core/ledger/given.ts';
import type { Run } from '../../core/ledger/run.ts';
import { shareAmong } from '../../core/ledger/workers.ts';
import { segmentsOf } from '../../core/run/fresh-pass.ts';
import type { NextStep } from '../../core/run/next-step.ts';
import { recordDecision } from '../../core/run/record-decision.ts';
import { settlePass } from '../../core/run/settle-pass.ts';
import { transformSegment } from '../../core/segment/transform-segment.ts';
import { type ControlFields, controlOf, runOf, withFields } from '../../test/support/control-record.ts';
import { MemoryLedger } from '../../test/support/memory-ledger.ts';
import type { SimulatedLedger } from './simulated-ledger.ts';
import { simulatedContext, simulatedVersion } from './simulated-run.ts';
import type { SimulatedTable } from './simulated-table.ts';
import type { SimulatedTime } from './simulated-time.ts';

export interface LargeRunOptions {
  segments: number;
  maxConcurrency: number;
  writeUnits?: number | undefined;
  dispatchPerSecond: number;
  coldStartMs: number;
  warmStartMs: number;
}

/** Seconds for which a worker reads, and writes, in its 15 minutes. */
const deadlineSeconds = { read: 840, write: 870 };
const table = 'Simulated';

/**
 * A run of many segments, with the real workers, the real ledger classes and the real decisions of SettlePass, on simulated time. Only what changes the
 * control is not sent as a request of the real ledger: it is counted, and the record is replaced.
 */
export class LargeRun {
  readonly #time: SimulatedTime;
  readonly #table: SimulatedTable;
  readonly #ledger: SimulatedLedger;
  readonly #options: LargeRunOptions;
  readonly #decisions: DecisionLedger;
  readonly #checkpoints: Checkpoints;
  readonly #reader: LedgerReader;
  readonly #run: Run;
  #warm = 0;

  constructor(time: SimulatedTime, simulated: SimulatedTable, ledger: SimulatedLedger, options: LargeRunOptions) {
    const { segments, maxConcurrency, writeUnits } = options;
    this.#time = time;
    this.#table = simulated;
    this.#ledger = ledger;
    this.#options = options;
    this.#checkpoints = new Checkpoints(ledger.client, 'ledger', () => time.now);
    this.#reader = new LedgerReader(ledger.client, 'ledger');
    this.#decisions = new DecisionLedger(this.#reader);
    const { sequence, checksum } = simulatedVersion;
    this.#run = runOf({ table, steps: [{ sequence, checksum, prepares: false }], totalSegments: segments });
    this.#decisions.runsById.set(this.#run.id, this.#run);
    this.#decisions.putVersion({ table, sequence, status: 'applying', checksum, run: this.#run.id, at: this.#run.startedAt });
    this.#put(
      controlOf({
        table,
        shape: simulated.shape,
        sequence,
        checksum,
        totalSegments: segments,
        budget: shareAmong({ maxConcurrency, writeUnits }, segments),
        lease: controlTimes(maxConcurrency, { controlIntervalMs: 3000, leaseMs: 10_000 }),
      }),
    );
  }

  get control(): Control {
    return this.#decisions.controls.get(this.#run.id) ?? controlOf();
  }

  get controlKey(): string {
    return controlKey(this.#run.id).pk;
  }

  /** As an operator changes it. */
  change(fields: ControlFields): void {
    this.#put(withFields(this.control, fields));
  }

  /** Runs a Map over the segments. Resolves when its last child has ended. */
  async map(segments: readonly number[] = segmentsOf(this.control)): Promise<void> {
    const { dispatchPerSecond } = this.#options;
    const { pass, decision, budget } = this.control;
    const order = [...segments].reverse();
    let dispatchedAt = Number.NEGATIVE_INFINITY;
    const child = async (): Promise<void> => {
      for (let segment = order.pop(); segment !== undefined; segment = order.pop()) {
        dispatchedAt = Math.max(this.#time.now, dispatchedAt + 1000 / dispatchPerSecond);
        await this.#time.wait(dispatchedAt - this.#time.now);
        while ((await this.#invoke(segment, pass, decision.number)).more);
      }
    };
    await Promise.all(Array.from({ length: budget.workers }, child));
  }

  /** What SettlePass decides now. */
  async settle(): Promise<NextStep> {
    const { decision } = this.control;
    const next = await recordDecision(
      { table, run: this.#run.id, decisionNumber: decision.number, execution: this.#run.execution, redriveCount: 0 },
      {
        clock: this.#time.clock,
        ledger: this.#decisions,
        deployedStep: async () => this.#run.steps[0],
        stepsAhead: async () => [],
      },
      settlePass,
    );
    this.#put(this.control);
    return next;
  }

  async #invoke(segment: number, pass: number, decisionNumber: number): Promise<{ more: boolean }> {
    await this.#time.wait(this.#warm > 0 ? this.#options.warmStartMs : this.#options.coldStartMs);
    this.#warm = Math.max(0, this.#warm - 1);
    try {
      return await this.#work(segment, pass, decisionNumber);
    } finally {
      this.#warm++;
    }
  }

  #work(segment: number, pass: number, decisionNumber: number): Promise<{ more: boolean }> {
    const { now, clock } = this.#time;
    const run = this.#run.id;
    const { pk, sk } = controlKey(run);
    const update = (isDue: (present: Control) => boolean, budget: Partial<Control['budget']>, decided: Control): Promise<boolean> =>
      this.#ledger.ask('write', pk, sk, () => {
        const present = this.control;
        const made = present.decision.number === decided.decision.number && present.fence === decided.fence && isDue(present);
        if (made) this.change({ budget });
        return made;
      });
    return transformSegment(
      { run, pass, segment },
      {
        worker: `w${segment}`,
        decisionNumber,
        clock,
        readControl: () => this.#ledger.ask('read', pk, sk, () => this.control),
        checkpoints: this.#checkpoints,
        shares: {
          claim: (control, sharedAt, before) =>
            update(({ budget }) => (budget.sharedAt ?? Number.NEGATIVE_INFINITY) < before, { sharedAt }, control),
          finished: () => this.#reader.finishedSegments(run, pass, simulatedVersion.checksum),
          share: (control, workers) => update(({ budget }) => budget.workers > workers, { workers }, control),
        },
        loadTransformation: async () => ({ checksum: simulatedVersion.checksum, transformation: simulatedVersion.transformation }),
        readPreparation: async () => undefined,
        openGiven: async () => nothingGiven,
        openTable: () => this.#table,
        openSeeds: () => ({ position: async () => 0, insert: async () => ({ kind: 'done' }), inserted: async () => new Set() }),
        contextOf: () => simulatedContext,
        deadline: { read: now + deadlineSeconds.read * 1000, write: now + deadlineSeconds.write * 1000 },
        log: () => {},
        measure: () => {},
      },
    );
  }

  #put(control: Control): void {
    this.#decisions.controls.set(control.run, control);
    this.#ledger.put(toRecord({ ...controlKey(control.run), ...toStoredControl(control) }));
  }
}

/** Decisions are recorded in memory; the checkpoints that they are taken from are read as in AWS. */
class DecisionLedger extends MemoryLedger {
  readonly #reader: LedgerReader;

  constructor(reader: LedgerReader) {
    super();
    this.#reader = reader;
  }

  override checkpoints(run: string, pass: number): Promise<Map<number, Checkpoint>> {
    return this.#reader.checkpoints(run, pass);
  }
}
