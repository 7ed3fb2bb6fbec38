import type { RecordedError } from '../errors.ts';
import type { Counters } from '../ledger/counters.ts';
import type { VersionStatus } from '../ledger/version.ts';
import type { Declared } from '../transformation/contract.ts';
import type { Cost, Duration, RunEstimate } from './estimate-run.ts';
import type { FailureCause } from './failure-causes.ts';
import type { ItemDiff } from './item-diff.ts';
import type { Deployment } from './local-file.ts';
import type { TrialCounters, TrialFigures } from './tried-figures.ts';
import type { WayBack } from './try-way-back.ts';

/** Something to mend (a problem) or to know (a note). Never holds item data. */
export interface Finding {
  /** Of an error, as in docs/troubleshooting.md, or of a note, as in docs/plan.md. */
  name: string;
  message: string;
  sequence?: number;
  /** What to add to, or put in place of, the same declaration in the version's file. */
  lines?: string[];
}

/** What `dynamodt plan` finds for one table; printed with `--json`. It may grow, never change. docs/plan.md explains it. */
export interface TablePlan {
  table: string;
  /** Physical name; null if only files were looked at. */
  tableName: string | null;
  /** False if there are problems. */
  ok: boolean;
  problems: Finding[];
  notes: Finding[];
  /** Undefined in places where DynamoDB does not know yet; null if only files were looked at. */
  size: { items?: number; bytes?: number } | null;
  sample: { items: number; places: number; isWholeTable: boolean; readUnits: number } | null;
  /** Pending versions in the order in which a run takes them. */
  versions: PendingVersion[];
  applied: AppliedVersion[];
  /** Null if nothing is pending, or the table's size is not known. */
  estimate: PlanEstimate | null;
  /** The dry run over the whole table; only with `--full`, and null if it was refused. */
  full?: FullRun | null;
}

/** What the deployed files would do to the whole table. */
export interface FullRun {
  run: string | null;
  /** ARN */
  execution: string;
  status: 'running' | 'succeeded' | 'nothingToDo' | 'failed' | 'stopped' | 'aborted' | 'timedOut';
  sequences: number[];
  counters: Counters;
  /** Of those failed items that the ledger keeps. */
  failures: Pick<FailureCause, 'name' | 'place' | 'message' | 'items'>[];
  /** Only if the version is applied: keys of up to 20 items that lack what it gives. */
  missing?: Record<string, unknown>[];
  error?: RecordedError;
}

export interface PendingVersion {
  sequence: number;
  file: string;
  checksum: string;
  /** As the ledger has it; unknown if only files were looked at. */
  status: VersionStatus | 'pending' | 'unknown';
  /** Null if there is no service to compare with. */
  deployed: Deployment | null;
  declared?: Declared;
  /** Seeds that the file holds; each is inserted where its key is free. */
  seeds: number;
  /** Null if it was not tried; `notTried` says why. */
  trial: Trial | null;
  notTried?: string;
}

/** `share` is the part of the sample, from 0 to 1; `estimated` the number of items of the whole table. */
type Trial = Omit<TrialFigures, 'items'> & {
  share: Omit<TrialCounters, 'scanned'>;
  failures: FailureCause[];
  /** Lines that would permit all that the function does. */
  lines: string[];
  wayBack: WayBack;
};

/** The gate before phase 3: does the table have what the version gives? */
export interface AppliedVersion {
  sequence: number;
  file: string;
  /** Items in the sample: those that the version would change again, and those whose value is not what it gives. */
  scanned: number;
  missing: number;
  differing: number;
  failed: number;
  /** In the whole table. */
  estimated: { missing: number; differing: number; failed: number };
  /** What may be missing at most, as a share of the table, with 95 % certainty. */
  missingAtMost: number;
  failures: FailureCause[];
  /** A few items of which something is missing. */
  diffs: ItemDiff[];
  notTried?: string;
}

export interface PlanEstimate extends RunEstimate {
  /** Pending versions that were not tried: of these only the reads are known, and not counted. */
  without: number[];
  /** Null if nobody gives a budget and none is known. */
  byDefault: Duration | null;
  /** With the budget that was asked for. */
  asked?: Duration | null;
  cost: Cost & { currency: string; asOf: string; region: string };
}
