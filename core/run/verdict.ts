import type { Checkpoint } from '../ledger/checkpoint.ts';
import type { Control, TogetherStep, UndoPart } from '../ledger/control.ts';
import type { Counters } from '../ledger/counters.ts';
import type { Given } from '../ledger/given.ts';
import type { Run, RunStep } from '../ledger/run.ts';
import type { SettledPass } from '../ledger/settled-pass.ts';
import type { Version } from '../ledger/versions/version.ts';
import type { FollowerSeen } from './left-to-follower.ts';

/** What SettlePass and Prepare know when they decide. */
export interface PassState {
  run: Run;
  control: Control;
  /** Of the table. */
  versions: readonly Version[];
  /** The checkpoints of the present pass, by segment; a segment without one is unfinished. */
  checkpoints: ReadonlyMap<number, Checkpoint>;
  /** The present sequence as it is deployed now; undefined if its file is gone. */
  deployed: RunStep | undefined;
  /** The same of each version that is swept together with the present one. */
  deployedTogether?: readonly (RunStep | undefined)[] | undefined;
  /** If other code of them was deployed: all of them as they are deployed now, with what can still be swept together. */
  regrouped?: readonly RunStep[] | undefined;
  /** The redrive count of the execution, now. */
  redriveCount: number;
  /** Wall-clock milliseconds. */
  now: number;
  /** What the follower of the table's stream says, if the run awaits it, or if the pass of a run up still changed something. */
  follower?: FollowerSeen | undefined;
  /** Says in one clause which errors the failed items have and where. */
  failuresInWords: string;
  /** The parts of the journals, by sequence, of the present and the next step if they are taken back by them. */
  undoParts?: ReadonlyMap<number, readonly UndoPart[]> | undefined;
  /** The steps after the present one, up to the first whose file is no longer deployed with the code of the run. */
  ahead: readonly RunStep[];
}

/**
 * What a settled pass leads to; `settledPass` is set if the pass is over. A verdict that fails the run is thrown instead.
 *
 * - `settledTogether`: the versions that the pass swept together with its first, and settled.
 * - `settledToo`: the sequences after those that it settled, too, as it found no item.
 * - `renewed`: the versions swept together with the first that go on by other code, or each alone.
 * - `oneByOne`: the run goes on with one version after the other.
 * - `hasFailedBehind`: it goes on with the versions before the one that failed for an item, so the failures so far no longer count.
 */
export type Verdict = {
  control: Control;
  settledPass?: SettledPass;
  settledTogether?: SettledSequence[];
  settledToo?: SettledSequence[];
  renewed?: readonly TogetherStep[];
  oneByOne?: 'found';
  hasFailedBehind?: true;
} & (
  | { kind: 'wait' }
  /** Nothing is written until `quietUntil` of the lease. */
  | { kind: 'quiet'; settledSequence?: SettledSequence }
  /** The Map runs over these segments. */
  | { kind: 'transform'; segments: number[]; settledSequence?: SettledSequence }
  /** The state Prepare freezes a preparation before the Map runs over all segments. */
  | { kind: 'prepare'; settledSequence?: SettledSequence }
  /** `settledSequence` is missing if only preparations were asked for. */
  | { kind: 'succeed'; settledSequence?: SettledSequence }
);

/** What is recorded with a version whose sequence is done: a full pass by this code found nothing left to change, or what older code writes is followed. */
export interface SettledSequence {
  sequence: number;
  checksum: string;
  packages?: readonly string[] | undefined;
  bundleChecksum?: string | undefined;
  /** It set again what earlier codes had given. */
  rewrote?: boolean;
  /** Items that its last pass still changed: what is written from now on is left to the follower. */
  leftToFollower?: number;
  /** Set if the version was not begun before. */
  file?: string | undefined;
  given?: Given | undefined;
  /** Set if the version was not begun before, and a run of it would have journaled what it changed. */
  isJournaled?: true;
  /** Of all runs that applied it, or took it back. */
  counters: Counters;
}
