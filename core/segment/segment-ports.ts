import type { FoundItem, ItemDecision } from '../change/change.ts';
import type { MaybePromise } from '../change/maybe-promise.ts';
import type { Clock } from '../clock.ts';
import type { JournalStore } from '../journal/journal-port.ts';
import type { Checkpoint, SegmentAssignment } from '../ledger/checkpoint.ts';
import type { Control } from '../ledger/control.ts';
import type { Counters } from '../ledger/counters.ts';
import type { Given, GivenValues } from '../ledger/given.ts';
import type { PreparationOwner } from '../ledger/preparation.ts';
import type { LookupSource } from '../lookup/lookup-port.ts';
import type { CodeIdentity } from '../transformation/catalog.ts';
import type { BoundContext, Transformation } from '../transformation/contract.ts';
import type { Scope } from '../transformation/scope.ts';
import type { Image } from '../values/attribute-value.ts';
import type { DecidingProcess } from './careful-decider.ts';
import type { SharePort } from './pacing/share-rebalancer.ts';
import type { SeedPort } from './seed-items.ts';
import type { Failure } from './segment-progress.ts';
import type { TablePort } from './table-port.ts';
import type { TokenPort } from './writes/change-tokens.ts';

/** Where a segment's progress is kept. */
export interface CheckpointPort {
  read(assignment: SegmentAssignment): Promise<Checkpoint | undefined>;
  /**
   * Takes the segment: saves the checkpoint with its new attempt. False if another worker was faster, or if the attempt before has saved the
   * checkpoint since it was read.
   *
   * @param savesRead how often the attempt before had saved the checkpoint when it was read
   */
  take(checkpoint: Checkpoint, savesRead?: number): Promise<boolean>;
  /**
   * Saves the checkpoint if its attempt is still the last and nothing newer of it is saved, and adds to the failures of the run, in the
   * same transaction, those that are in this checkpoint and were not in the one that was saved before.
   *
   * @param failuresCounted the failed items of the last checkpoint that is known to be saved
   * @returns false if another worker took the segment
   */
  save(checkpoint: Checkpoint, failuresCounted: number): Promise<boolean>;
  /** Stores the keys of the first `room` failures. */
  recordFailures(checkpoint: Checkpoint, failures: readonly Failure[], room: number): Promise<void>;
  /** Keeps keys of items that a dry run would change. */
  recordToChange(checkpoint: Checkpoint, keys: readonly Image[]): Promise<void>;
}

/** An image to decide on, with what is under the keys that the decision asked for, once that is known. */
export type AskedImage = Image | AskedAgain;
type AskedAgain = readonly [Image, readonly FoundItem[]];

export function isAskedAgain(asked: AskedImage): asked is AskedAgain {
  return Array.isArray(asked);
}

/** Which code of a version. */
export type CodeAsked = Pick<Control, 'sequence' | 'checksum' | 'bundleChecksum' | 'kept'>;

/** What one invocation of a worker did, for metrics. */
export interface SegmentFigures {
  table: string;
  sequence: number;
  /** Number of workers that have taken this segment in this pass, this one included. */
  attempt: number;
  /** Of this invocation only. */
  counters: Counters;
  /** Writes whose item had changed since it was read. Their items are decided again. */
  conflicts: number;
  /** Requests that DynamoDB refused because it was busy. */
  throttles: number;
}

export interface TransformSegmentPorts {
  /** A random name of this invocation. */
  worker: string;
  /** The number of the decision that began the worker's Map. If it is left out, the worker does not check that it is still the last. */
  decisionNumber?: number | undefined;
  clock: Clock;
  readControl(run: string): Promise<Control | undefined>;
  checkpoints: CheckpointPort;
  /**
   * The code of a sequence: as it is deployed, or if `kept` is set, as the ledger keeps it. Undefined if the sequence is not deployed.
   *
   * @throws RunError KeptCodeMissing, KeptCodeInvalid
   */
  loadTransformation(table: string, code: CodeAsked): Promise<(CodeIdentity & { transformation: Transformation }) | undefined>;
  /**
   * @param transformation undefined if changes are taken back by the journal: then whole items are read
   * @param scope which items are read; undefined for all items of the table
   */
  openTable(control: Control, transformation: Transformation | undefined, scope: Scope | undefined): TablePort;
  /** Undefined if no version journals its changes. */
  journal?: JournalStore | undefined;
  openSeeds(control: Control): SeedPort;
  /**
   * @throws RunError PreparationMissing: when the object or its bucket does not exist
   * @throws RunError PreparationInvalid: when the object was changed, or the key or the bucket refuses access
   */
  readPreparation(owner: PreparationOwner, version: string): Promise<unknown>;
  /** Starts a process that decides as `bindSequences` does. If left out, a careful worker decides by itself. */
  openProcess?: ((control: Control) => DecidingProcess<AskedImage, ItemDecision>) | undefined;
  /** Gives what a version is given to its functions. @throws RunError InvalidParameters: when a secret cannot be decrypted */
  openGiven(version: Pick<Control, 'table' | 'sequence'>, given: Given | undefined): Promise<GivenValues>;
  contextOf(control: Control, sequence: number, preparation: unknown, given: GivenValues): MaybePromise<BoundContext>;
  /** If left out, functions find no table in `look`. */
  lookups?: LookupSource | undefined;
  /** Monotonic milliseconds after which no page is read, and after which nothing more is written. */
  deadline: { read: number; write: number };
  /** How long a request can be delivered after it was signed; default `signatureLifetimeMs` of core/ledger/late-requests.ts. */
  signatureLifetimeMs?: number | undefined;
  /** Memory of the function, in GB, for the cost of a run with `maxCost`; default 0. */
  memoryGigabytes?: number | undefined;
  /** Where the changes of a run with `pauseAfter`, and the money of one with `maxCost`, are claimed; a worker of such a run refuses to begin without it. */
  tokens?: TokenPort | undefined;
  /** If left out, each worker keeps the share with which its Map began. */
  shares?: SharePort | undefined;
  /** Max write units per second of one worker, whatever its share; default `maxWriteUnitsPerWorker`. */
  maxWriteUnitsPerWorker?: number | undefined;
  log(event: string, fields: Record<string, unknown>): void;
  /** Called once for each look at the items of the segment, also if the worker fails in it. */
  measure(figures: SegmentFigures): void;
}
