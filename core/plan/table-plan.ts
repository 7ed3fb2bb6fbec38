import type { RecordedError } from '../errors.ts';
import type { Counters } from '../ledger/counters.ts';
import type { VersionStatus } from '../ledger/versions/version.ts';
import type { Declared } from '../transformation/contract.ts';
import type { DownPlan } from './down-plan.ts';
import type { Cost, Duration, RunEstimate } from './estimate/estimate-run.ts';
import type { OtherEstimate } from './estimate/other-estimates.ts';
import type { TrialCounters, TrialFigures } from './estimate/tried-figures.ts';
import type { FailureCause } from './findings/failure-causes.ts';
import type { ItemDiff } from './item-diff.ts';
import type { Deployment } from './local-file.ts';
import type { WayBack } from './try-way-back.ts';

/** Something to correct (a problem) or to know (a note). Never contains item data. */
export interface Finding {
  /** The name of an error (docs/troubleshooting.md) or of a finding (docs/plan.md). */
  name: string;
  message: string;
  sequence?: number;
  /** Lines for the version's file, each of which replaces the same declaration or is new. */
  lines?: string[];
}

/** What `dynamodt plan` finds for one table; printed with `--json`. Fields may be added, but not changed. docs/plan.md explains it. */
export interface TablePlan {
  table: string;
  /** Physical name; null if only files were looked at. */
  tableName: string | null;
  /** Undefined if DynamoDB does not tell it, or only files were looked at. */
  tableId?: string;
  /** False if there are problems. */
  ok: boolean;
  problems: Finding[];
  notes: Finding[];
  /** A figure is undefined if DynamoDB does not know it yet; null if only files were looked at. */
  size: { items?: number; bytes?: number } | null;
  sample: { items: number; places: number; isWholeTable: boolean; readUnits: number } | null;
  /** Pending versions in the order in which a run takes them. */
  versions: PendingVersion[];
  applied: AppliedVersion[];
  /** Null if nothing is pending, or the table's size is not known. */
  estimate: PlanEstimate | null;
  /** The dry run over the whole table; only with `--full`, and null if it was refused. */
  full?: FullRun | null;
  /** How `down` takes applied versions back; only with `--down`, which looks at no item. */
  down?: DownPlan;
}

/** What the deployed files would do to the whole table. */
export interface FullRun {
  run: string | null;
  /** ARN */
  execution: string;
  status: 'running' | 'succeeded' | 'nothingToDo' | 'failed' | 'stopped' | 'aborted' | 'timedOut';
  sequences: number[];
  counters: Counters;
  /** Causes of the failed items that the ledger keeps. */
  failures: Pick<FailureCause, 'name' | 'place' | 'message' | 'items'>[];
  /** Only if the version is applied: keys of up to 20 items that lack what it gives. */
  missing?: Record<string, unknown>[];
  error?: RecordedError;
}

export interface PendingVersion {
  sequence: number;
  file: string;
  checksum: string;
  /** Status in the ledger; unknown if only files were looked at. */
  status: VersionStatus | 'pending' | 'unknown';
  /** Null if no service is deployed. */
  deployed: Deployment | null;
  declared?: Declared;
  /** A run up keeps a journal of what it changes. */
  journaled?: boolean;
  /** What its functions are given; secrets are masked. */
  parameters?: Readonly<Record<string, unknown>>;
  /** Number of seeds in the file; each is inserted if its key is free. */
  seeds: number;
  /** Null if it was not tried; `notTried` says why. */
  trial: TrialSummary | null;
  notTried?: string;
}

/** `share` is the part of the sample, from 0 to 1; `estimated` the number of items of the whole table. */
type TrialSummary = Omit<TrialFigures, 'items'> & {
  share: Omit<TrialCounters, 'scanned'>;
  failures: FailureCause[];
  /** Lines for the file that would permit everything the function does. */
  lines: string[];
  wayBack: WayBack;
};

/** The gate before phases 3 and 4: does the table have what the version gives? */
export interface AppliedVersion {
  sequence: number;
  file: string;
  /** Numbers of items in the sample. `missing`: the version would change them again. `differing`: an existing value is not what the version gives. */
  scanned: number;
  missing: number;
  differing: number;
  failed: number;
  /** Extrapolated to the whole table. */
  estimated: { missing: number; differing: number; failed: number };
  /** Max share of the table that may be missing, from 0 to 1, with 95 % certainty. */
  missingAtMost: number;
  failures: FailureCause[];
  /** Examples of missing items, before and after. */
  diffs: ItemDiff[];
  /** Only of the version given by `--sequence`, if it has seeds. */
  seeds?: SeedsFound;
  notTried?: string;
}

/** How the seeds of an applied version stand in the table. */
export interface SeedsFound {
  /** Seeds of the file that were looked for: the first 1,000. */
  looked: number;
  /** Not in the table, and no run has come to them. */
  missing: number;
  /** Not in the table, although a run has come to them: deleted since, or put in the place of another seed. */
  gone: number;
  /** Their key has an item with other content. */
  differing: number;
}

export interface PlanEstimate extends Omit<RunEstimate, 'otherUnits'> {
  /** What the run writes to other tables, by logical name; neither in the units nor in the cost above, but in the time. */
  others?: Record<string, OtherEstimate>;
  /** The pending versions that a run sweeps together, unless it finds that it must not; left out if each is swept alone. */
  together?: number[][];
  /** Pending versions that were not tried, and are not in the estimate. */
  without: number[];
  /** With the default budget; null if that is not known. */
  byDefault: Duration | null;
  /** With the budget that the user gave. */
  asked?: Duration | null;
  /** `notKnown` says, as a clause, why amounts are null. */
  cost: Cost & { currency: string; asOf: string; region: string; notKnown?: string };
}
