import type { Checkpoint } from '../../ledger/checkpoint.ts';
import type { Control } from '../../ledger/control.ts';
import type { Counters } from '../../ledger/counters.ts';
import type { Hold } from '../../ledger/hold.ts';
import type { Lock } from '../../ledger/lock.ts';
import type { RefusedStart } from '../../ledger/refused-start.ts';
import type { Run } from '../../ledger/run.ts';
import type { RunPart } from '../../ledger/run-part.ts';
import type { RunStatus } from '../../ledger/run-status.ts';
import type { SettledPass } from '../../ledger/settled-pass.ts';
import type { Version, VersionStatus } from '../../ledger/versions/version.ts';
import type { Holder } from '../taking/holder.ts';

/** There is no such record yet. */
export interface RecordIsNew {
  name: 'recordIsNew';
}

/** No other start took the table since the lock was read, and its fence did not rise. */
export interface LockIsAsRead {
  name: 'lockIsAsRead';
  read: Pick<Lock, 'run' | 'execution' | 'fence'>;
}

/** No other run, and no operator, changed the version since it was read. */
interface VersionIsAsRead {
  name: 'versionIsAsRead';
  read: { status: VersionStatus };
}

/** No operator held or released versions since the hold was read. */
export interface HoldIsAsRead {
  name: 'holdIsAsRead';
  read: Pick<Hold, 'number'>;
}

/** The execution still holds the run, and the run's status did not change since it was read. */
export interface RunIsAsRead {
  name: 'runIsAsRead';
  read: { execution: string; status: RunStatus };
}

/** What tells whether a decision was recorded since the control was read. */
interface LastDecision {
  fence: number;
  decisionNumber: number;
  redriveCount: number;
}

/** No other decision of the run was recorded since its control was read. */
interface NoDecisionSince {
  name: 'noDecisionSince';
  read: LastDecision;
}

/** The same, and no operator stopped the redrive that decides now. The stop of an earlier redrive is cleared. */
interface NoDecisionOrStopSince {
  name: 'noDecisionOrStopSince';
  read: LastDecision;
  /** Of the redrive that decides now. */
  redriveCountNow: number;
}

export type LedgerCondition =
  | RecordIsNew
  | LockIsAsRead
  | VersionIsAsRead
  | HoldIsAsRead
  | RunIsAsRead
  | NoDecisionSince
  | NoDecisionOrStopSince;

/** The fields of a run that change after its start. An undefined value removes the field; a field that is not named stays. */
export interface RunFields {
  status: RunStatus;
  steps?: Run['steps'];
  execution?: string;
  counters?: Counters;
  oneByOne?: Run['oneByOne'];
  to?: number | undefined;
  startedBy?: string | undefined;
  reason?: string | undefined;
  part?: number | undefined;
  partStartedAt?: string | undefined;
  redriveCount?: number | undefined;
  endedAt: string | undefined;
  error: Run['error'];
}

/**
 * What a decision does to the marks of operators and workers (pause, limit of changes, stop, budget, failures, task token), which change beside the
 * decisions, also while one is taken: it leaves them, or clears the failures of a pass that others replace, or a redrive clears the stop and the
 * failures of those before it, or a new holder sets all of them.
 */
export type MarksChange = 'left' | 'failuresCleared' | 'clearedByRedrive' | 'set';

/** One change of one record of the ledger, with the condition on which it is made. */
export type LedgerChange =
  | { kind: 'putRun'; run: Run; condition: RecordIsNew }
  | { kind: 'updateRun'; table: string; run: string; fields: RunFields; condition: RunIsAsRead }
  /** What a continued or superseded run was until then. */
  | { kind: 'putPart'; part: RunPart; condition: RecordIsNew }
  | { kind: 'putRefusedStart'; refused: RefusedStart }
  | { kind: 'putControl'; control: Control; condition: RecordIsNew }
  | { kind: 'updateControl'; control: Control; marks: MarksChange; condition: NoDecisionSince | NoDecisionOrStopSince }
  | { kind: 'putVersion'; version: Version; condition: RecordIsNew | VersionIsAsRead }
  | { kind: 'checkHold'; table: string; condition: RecordIsNew | HoldIsAsRead }
  | { kind: 'putLock'; lock: Lock; condition: RecordIsNew | LockIsAsRead }
  | { kind: 'moveFence'; table: string; fence: number; condition: LockIsAsRead }
  | { kind: 'closeLock'; table: string; endedAt: string; lateUntil: number | undefined; condition: LockIsAsRead }
  | { kind: 'putSettledPass'; settledPass: SettledPass }
  | { kind: 'deleteSeedPosition'; table: string; sequence: number };

/** How a run is recorded whose execution ended without SettlePass. */
export interface RunEnding {
  status: RunStatus;
  endedAt: string | undefined;
  error: { name: string; message: string };
}

/** What StartRun read before it decided. */
export interface StartRead {
  lock: Lock | undefined;
  holder: Holder | undefined;
  versions: readonly Version[];
  hold: Hold | undefined;
}

/** What SettlePass or Prepare read before it decided. */
export interface VerdictRead {
  run: Run;
  control: Control;
  versions: readonly Version[];
  /** Of the present pass. */
  checkpoints: readonly Checkpoint[];
}

export const recordIsNew: RecordIsNew = { name: 'recordIsNew' };
