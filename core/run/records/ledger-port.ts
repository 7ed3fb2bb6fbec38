import type { Checkpoint } from '../../ledger/checkpoint.ts';
import type { Control } from '../../ledger/control.ts';
import type { FollowControl } from '../../ledger/follow.ts';
import type { Hold } from '../../ledger/hold.ts';
import type { MaxCost } from '../../ledger/limits/max-cost.ts';
import type { PauseAfter } from '../../ledger/limits/pause-after.ts';
import type { Lock } from '../../ledger/lock.ts';
import type { Pause, PauseHolder } from '../../ledger/pause.ts';
import type { Run } from '../../ledger/run.ts';
import type { SettledPass } from '../../ledger/settled-pass.ts';
import type { Version } from '../../ledger/versions/version.ts';
import type { LedgerChange } from './ledger-change.ts';

/** What the run's decisions read: always strongly consistent. */
export interface LedgerReads {
  lock(table: string): Promise<Lock | undefined>;
  run(table: string, id: string): Promise<Run | undefined>;
  control(run: string): Promise<Control | undefined>;
  /** How many changes workers claimed under a limit of the run; or how much money, under what claimsOfCost gives. */
  claimed(run: string, limit: PauseAfter): Promise<number>;
  versions(table: string): Promise<Version[]>;
  /** The last hold of the table, also if it was released. */
  hold(table: string): Promise<Hold | undefined>;
  /** The checkpoints of one pass, by segment. */
  checkpoints(run: string, pass: number): Promise<Map<number, Checkpoint>>;
  /** What stays of the settled passes of a run, in their order. */
  passes(run: string): Promise<SettledPass[]>;
  /** What the follower of the table's stream says; undefined if there never was one. */
  follower(table: string): Promise<FollowControl | undefined>;
  /** How many items the follower changed for each version. */
  followedVersions(table: string): Promise<readonly { sequence: number; changed: number; lastAt: string }[]>;
  failures(run: string, pass: number): Promise<{ name: string; place?: string | undefined }[]>;
}

/** How the run's decisions are written. */
export interface LedgerWrites {
  /**
   * Makes all changes of one decision in one transaction, or none.
   *
   * @returns false if a condition does not hold, as another decision was faster: read again and decide again
   */
  write(changes: readonly LedgerChange[]): Promise<boolean>;
  /** Pauses a run that is not paused, is not over, and has still this limit of changes. @returns false if one of these does not hold */
  pauseAtLimit(run: string, limit: ReachedLimit, pause: Pause): Promise<boolean>;
  /** As `ControlMarks` of control/control-run.ts says. */
  setPause(run: string, read: Pause | undefined, pause: Pause | undefined, by: PauseHolder): Promise<boolean>;
}

/** The limit that a run has reached. */
export type ReachedLimit = { pauseAfter: PauseAfter } | { maxCost: MaxCost };
