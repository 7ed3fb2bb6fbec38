import type { MaybePromise } from '../../change/maybe-promise.ts';
import type { ReadSample, TryApart } from '../../change/trial/try-sample.ts';
import type { Clock } from '../../clock.ts';
import type { Throughput } from '../../ledger/budget.ts';
import type { GivenValues, SecretCipher } from '../../ledger/given.ts';
import type { RunStep } from '../../ledger/run.ts';
import type { LookupSource } from '../../lookup/lookup-port.ts';
import type { StageParameters } from '../../transformation/catalog.ts';
import type { BoundContext } from '../../transformation/contract.ts';
import type { TableShape } from '../../values/table-shape.ts';
import type { PauseByAlarmPorts } from '../control/pause-by-alarm.ts';
import type { TellEvents } from '../events/run-event.ts';
import type { Deployed } from '../plan-run.ts';
import type { EndedExecution } from '../record-failure.ts';
import type { LedgerReads, LedgerWrites } from '../records/ledger-port.ts';
import type { RunInput } from '../run-input.ts';
import type { OtherTable, OtherTables } from '../steps/other-tables.ts';
import type { IndexDetails } from '../steps/step-scopes.ts';
import type { KeptCodePort } from '../versions/kept-code.ts';

/** A start of the state machine. */
export interface Start {
  input: RunInput;
  /** ARN of the execution. */
  execution: string;
  /** ISO 8601 */
  startedAt: string;
  redriveCount: number;
  /** The execution that started this one and waits for it, as its redrive found another deploy: if it holds the table, it gives it to this one. */
  startedBy?: string | undefined;
}

/** What must be known of the table and its files. */
export interface StartedTable {
  shape: TableShape;
  /** Differs from that of a table that had the name before; undefined if DynamoDB does not tell it. */
  tableId: string | undefined;
  bytes: number;
  /** Items, about. */
  items: number;
  /** As AWS names it; default `STANDARD`. */
  tableClass?: string | undefined;
  throughputs: readonly Throughput[];
  replicaRegions: readonly string[];
  isStronglyConsistent: boolean;
  /** By the names of indexes. */
  indexDetails?: Readonly<Record<string, IndexDetails>> | undefined;
  /** Milliseconds that a global index may lag behind the table; default `indexLagMs` of core/transformation/scope-ref.ts. */
  indexLagMs?: number | undefined;
  /** All files of the table, loaded and checked. */
  deployed: readonly Deployed[];
  /** Versions without a file, because all stages have applied them; undefined for none. */
  squashed?: readonly number[] | undefined;
  /** Values that the deployment gives to parameters in this stage. */
  stageParameters?: StageParameters | undefined;
  /** The last deploy says that the table's stream is followed. */
  follows?: boolean | undefined;
  /** One page holds the whole table; undefined if that is not known. */
  isSmall?: boolean | undefined;
  /** Budgets of other tables into which the versions of the run insert. */
  otherBudgets?: OtherTables['budgets'];
}

export interface StartRunPorts extends KeptCodePort {
  clock: Clock;
  ledger: LedgerReads & LedgerWrites;
  /** Told what was begun or refused, after it is recorded. Left out, nobody is. */
  tell?: TellEvents | undefined;
  /**
   * @param mayHaveNoFiles if true, a table without files is no error
   * @throws RunError UnknownTable, NoTransformations, InvalidTransformation
   */
  describeTable(table: string, mayHaveNoFiles: boolean): Promise<StartedTable>;
  /** A table into which versions insert, by its logical name; undefined if there is none. */
  describeOther?: ((table: string) => Promise<OtherTable | undefined>) | undefined;
  readSample: ReadSample;
  /** Whether a page of up to this number of items holds the whole table. */
  fitsOnePage(shape: TableShape, maxItems: number): Promise<boolean>;
  /** The sequences that dynamo-data-transform has recorded in the table as applied. @throws RunError InvalidInput if its item cannot be read */
  executedByPredecessor(shape: TableShape): Promise<number[]>;
  /** By DescribeExecution; undefined if Step Functions does not know the execution. */
  describeExecution(execution: string): Promise<EndedExecution | undefined>;
  /** How the sample is tried; in the process of the function if it is left out. */
  tryApart?: TryApart | undefined;
  /** What functions look things up in. */
  lookups?: LookupSource | undefined;
  /** Encrypts and decrypts secret parameters. */
  secrets: SecretCipher;
  contextOf(step: RunStep, start: Start, shape: TableShape, given: GivenValues): MaybePromise<BoundContext>;
  runId(start: Start): string;
  /** Undefined if no alarm pauses runs. */
  pauseAlarm?: PauseByAlarmPorts | undefined;
  /** The hours in which runs may write, as the deploy says; undefined for any. */
  onlyBetween?: string | undefined;
  leaseMs: number;
  controlIntervalMs: number;
  /** Workers that Lambda starts at a time, by their reserved concurrency; undefined if none is reserved. */
  reservedConcurrency?: number | undefined;
  /** The lease of a follower that has not said its own yet, in milliseconds. */
  followLeaseMs?: number | undefined;
  /** Days for which journals are kept; undefined if that is not known. */
  journalRetentionDays?: number | undefined;
}
