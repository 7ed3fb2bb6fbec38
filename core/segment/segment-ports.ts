import type { Clock } from '../clock.ts';
import type { Checkpoint, SegmentAssignment } from '../ledger/checkpoint.ts';
import type { Control } from '../ledger/control.ts';
import type { Counters } from '../ledger/counters.ts';
import type { PreparationRef } from '../ledger/preparation.ts';
import type { Transformation, TransformContext } from '../transformation/contract.ts';
import type { SeedPort } from './seed-items.ts';
import type { Failure } from './segment-progress.ts';
import type { SharePort } from './share-rebalancer.ts';
import type { TablePort } from './table-port.ts';

/** Where a segment's progress is kept. */
export interface CheckpointPort {
  read(assignment: SegmentAssignment): Promise<Checkpoint | undefined>;
  /** Takes the segment: saves the checkpoint with its new attempt. False where another worker was faster. */
  take(checkpoint: Checkpoint): Promise<boolean>;
  /** Saves, if the attempt still is the last. False where another worker took the segment. */
  save(checkpoint: Checkpoint): Promise<boolean>;
  /** Counts the failures for the whole run, and keeps the keys of the first `room` of them. */
  recordFailures(checkpoint: Checkpoint, failures: readonly Failure[], room: number): Promise<void>;
}

/** What one invocation of a worker did. */
export interface SegmentFigures {
  table: string;
  sequence: number;
  /** How many workers have taken this segment in this pass, with this one. */
  attempt: number;
  /** Of this invocation only. */
  counters: Counters;
  /** Writes whose item had changed since it was read; they are decided again. */
  conflicts: number;
  /** Requests that DynamoDB was too busy for. */
  throttles: number;
}

export interface TransformSegmentPorts {
  /** The number of the decision that began the worker's Map. If it is left out, the worker does not check that it is still the last. */
  decisionNumber?: number | undefined;
  clock: Clock;
  readControl(run: string): Promise<Control | undefined>;
  checkpoints: CheckpointPort;
  /** The code that is deployed now; undefined where the sequence is not in it. */
  loadTransformation(table: string, sequence: number): Promise<{ transformation: Transformation; checksum: string } | undefined>;
  openTable(control: Control, transformation: Transformation): TablePort;
  openSeeds(control: Control): SeedPort;
  /** @throws RunError PreparationMissing, PreparationInvalid */
  readPreparation(preparation: PreparationRef): Promise<unknown>;
  contextOf(control: Control, sequence: number, preparation: unknown): TransformContext;
  /** Monotonic milliseconds after which no page is read, and after which nothing more is written. */
  deadline: { read: number; write: number };
  /** Left out, each worker keeps the share with which its Map began. */
  shares?: SharePort | undefined;
  /** Write units a second of one worker, whatever its share; `maxWriteUnitsPerWorker` where it is left out. */
  maxWriteUnitsPerWorker?: number | undefined;
  log(event: string, fields: Record<string, unknown>): void;
  /** Called once where the segment's items were begun, also when the worker fails. */
  measure(figures: SegmentFigures): void;
}
