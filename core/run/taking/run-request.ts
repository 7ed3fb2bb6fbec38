import type { Budget } from '../../ledger/budget.ts';
import type { Control, SharedBudget, UndoPart } from '../../ledger/control.ts';
import type { Run, RunStep } from '../../ledger/run.ts';
import type { VersionWork } from '../../ledger/versions/version-counters.ts';
import type { TableShape } from '../../values/table-shape.ts';
import type { RunInput } from '../run-input.ts';
import type { AskedCost } from '../starting/max-cost-for.ts';
import type { Holder } from './holder.ts';

/** What a start wants to run. */
export interface RunRequest {
  id: string;
  execution: string;
  redriveCount: number;
  /** The execution that started this one and waits for it, as its redrive found another deploy. */
  goesOnFor?: string | undefined;
  /** ISO 8601 */
  now: string;
  input: RunInput;
  shape: TableShape;
  /** Undefined if DynamoDB does not tell it. */
  tableId: string | undefined;
  steps: RunStep[];
  /** What the first pass takes back, if the first sequence is taken back by its journal. */
  undoes?: UndoPart | undefined;
  /** What runs before did for a version, if this one goes on with it. */
  workOf?: ((sequence: number) => VersionWork | undefined) | undefined;
  /** The first sequence was reset: what an earlier run did to the table no longer counts. */
  wasReset: boolean;
  totalSegments: number;
  maxConcurrency: number;
  budget: Budget & Pick<SharedBudget, 'others'>;
  /** The hours in which the run may write; undefined for any. */
  onlyBetween?: string | undefined;
  /** What the run may cost; undefined if the start does not say. */
  maxCost?: AskedCost | undefined;
  /** Write units of an average item. */
  itemUnits: number;
  leaseMs: number;
  controlIntervalMs: number;
  /** Days for which journals are kept; undefined if that is not known. */
  journalDays?: number | undefined;
  /** The lease of the follower of the table's stream, in milliseconds; undefined if the table is not followed. */
  followLeaseMs?: number | undefined;
}

/** The run that a start begins or goes on with; `superseded` is closed in the same transaction. */
export interface Taken {
  run: Run;
  control: Control;
  resumed: boolean;
  superseded?: Holder | undefined;
}
