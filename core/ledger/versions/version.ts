import type { Direction } from '../../transformation/contract.ts';
import type { KnownScope } from '../../transformation/scope-ref.ts';
import type { Counters } from '../counters.ts';
import type { Given } from '../given.ts';
import type { PreparationRef } from '../preparation.ts';

export const versionStatuses = ['applying', 'applied', 'rollingBack', 'rolledBack'] as const;
export type VersionStatus = (typeof versionStatuses)[number];

/**
 * The allowed changes of a version's status; `undefined` stands for no record. Every change is written on condition that the status is
 * still the one it was decided on.
 */
export const versionChanges = {
  /**
   * (none), rolledBack → applying: a run up picks it, before its first write.
   * applying, rollingBack → applying: a run up goes on after an interrupted run in either direction.
   * applied → applying: it is swept once more, as `again` asked for.
   */
  beginUp: { from: [undefined, 'rolledBack', 'applying', 'rollingBack', 'applied'], to: 'applying' },
  /** applying → applied: a full pass by one code found nothing left to change. */
  endUp: { from: ['applying'], to: 'applied' },
  /** applied, applying, rollingBack → rollingBack: a run down picks it, before its first write. */
  beginDown: { from: ['applied', 'applying', 'rollingBack'], to: 'rollingBack' },
  /** rollingBack → rolledBack: a full pass down found nothing left to change. */
  endDown: { from: ['rollingBack'], to: 'rolledBack' },
  /**
   * (none), rolledBack, applying, rollingBack, applied → applied: the pass of a version before it, in the same run, found no item in the
   * whole table. It is begun and ended at once.
   */
  settleUp: { from: [undefined, 'rolledBack', 'applying', 'rollingBack', 'applied'], to: 'applied' },
  /** applied, applying, rollingBack → rolledBack: the same in a run down. */
  settleDown: { from: ['applied', 'applying', 'rollingBack'], to: 'rolledBack' },
  /** (none), rolledBack → applied: an operator says that the table has its shape already. */
  baseline: { from: [undefined, 'rolledBack'], to: 'applied' },
  /** applied → applied: an operator accepts that the deployed file differs; only the checksum changes. */
  repair: { from: ['applied'], to: 'applied' },
  /** applied, applying, rollingBack → rolledBack: an operator says that the table is another one, without the version. */
  reset: { from: ['applied', 'applying', 'rollingBack'], to: 'rolledBack' },
} as const satisfies Record<string, { from: readonly (VersionStatus | undefined)[]; to: VersionStatus }>;
export type VersionChange = keyof typeof versionChanges;

export const beginOf = { up: 'beginUp', down: 'beginDown' } as const satisfies Record<Direction, VersionChange>;
export const endOf = { up: 'endUp', down: 'endDown' } as const satisfies Record<Direction, VersionChange>;

export const settleOf = { up: 'settleUp', down: 'settleDown' } as const satisfies Record<Direction, VersionChange>;

export function mayChange(change: VersionChange, before: VersionStatus | undefined): boolean {
  return versionChanges[change].from.some((status) => status === before);
}

/**
 * The status of a version after a change.
 *
 * @throws TypeError: when the change is not allowed from this status, which the caller must have refused before
 */
export function statusAfter(change: VersionChange, before: VersionStatus | undefined): VersionStatus {
  if (!mayChange(change, before)) throw new TypeError(`a version that is ${before ?? 'unknown'} has no ${change}`);
  return versionChanges[change].to;
}

/** Code with which a run took a version, in either direction. */
export interface VersionCode {
  checksum: string;
  /** Of the bundle, which a deploy keeps in the ledger; undefined in records of dynamodt 0.1.0. */
  bundleChecksum?: string | undefined;
  /** What it was called with. */
  preparation?: PreparationRef | undefined;
  given?: Given | undefined;
}

/** A run up that journaled what it changed for a version. */
export interface JournalOfRun {
  run: string;
  /** Its first pass over the version; later ones have objects of their own. */
  firstPass: number;
  /** When it took the version (ISO 8601): none of its objects is older. */
  at: string;
  /** Days for which journals were kept then: the ledger forgets the names of its objects after them. Undefined if that was not known. */
  days?: number | undefined;
}

/** What the ledger knows of one version of a table. */
export interface Version {
  table: string;
  sequence: number;
  status: VersionStatus;
  checksum: string;
  /** The file that it was begun with, `Users/v3_split_name.ts`; undefined in records of dynamodt 0.1.0. */
  file?: string | undefined;
  /** `name@version` of the packages in its bundle. */
  packages?: readonly string[] | undefined;
  /** The codes with which runs took it since the table had it, in their order; undefined in records of dynamodt 0.1.0. */
  codes?: readonly VersionCode[] | undefined;
  /** The scopes with which runs up wrote it since the table had it, up to two; undefined if all of them were about all items. */
  scopes?: readonly KnownScope[] | undefined;
  /** What it was made with. */
  preparation?: PreparationRef | undefined;
  /** What its functions were given, and will be on the way back. Undefined in records from before this was kept. */
  given?: Given | undefined;
  /** The run that brought it there, its execution's ARN, and when (ISO 8601). A version that no run applied has the run `baseline`. */
  run: string;
  execution?: string | undefined;
  at: string;
  /** What all runs together did for it in its present direction, see version-counters.ts; while a run is at it, until that run took it. */
  counters?: Counters | undefined;
  /** A pass came to the end of the table, so that `kept` and `unchanged` are known. */
  isCovered?: boolean | undefined;
  /** Items that its last pass still changed, as older code wrote them meanwhile: the follower brings up what comes after. Undefined if that pass was clean. */
  leftToFollower?: number | undefined;
  /** The predecessor had recorded in the table that it ran the version. */
  fromPredecessor?: boolean | undefined;
  /** The operator who recorded it; undefined if a run did. */
  by?: string | undefined;
  /** Other code that was at the version before this one in its present direction, the earliest first. What it set in `adds`, it set for good. */
  adopted?: readonly AdoptedCode[] | undefined;
  /** When an operator last accepted a changed file for it, and the checksum until then. */
  repaired?: { by: string; at: string; from: string } | undefined;
  /** Of the table that has it: DynamoDB gives a new id to each table that is made or restored. Undefined if it is not known. */
  tableId?: string | undefined;
  /** Set if an operator squashed it: its file is needed no longer, and no run takes it back. */
  squashed?: { by: string; at: string } | undefined;
  /** When an operator last said that another table has the version, too, and the id until then. */
  tableChanged?: { by: string; at: string; from: string } | undefined;
  /** The runs up that journaled their changes since the table had it, the earliest first. Undefined if none did; empty if no run had to begin it, as the table had no item. */
  journals?: readonly JournalOfRun[] | undefined;
  /** Beside the runs in `journals`, others changed items for it: without a journal, or after `journals` was full. */
  hasUnjournaled?: true | undefined;
}

/** Code that a run left off at a version, and that a redrive or another run replaced before the version was done. */
export interface AdoptedCode {
  /** Its checksum, and that of its bundle. */
  from: string;
  bundleFrom?: string | undefined;
  /** Items that it changed. */
  changed: number;
  /** The run that went on with other code, and when (ISO 8601). */
  run: string;
  at: string;
}

/** True for a version that a run began, in either direction, and did not end. */
export function isHalfway({ status }: Pick<Version, 'status'>): boolean {
  return status === 'applying' || status === 'rollingBack';
}

/** Stands for the run of a version that was declared to be applied. */
export const baselineRun = 'baseline';

/** Stands for the run of a version that was declared not to be in the table. */
export const resetRun = 'reset';

/** True if items of the table may have the version's new shape. */
export function isInTable<V extends Pick<Version, 'status'>>(version: V | undefined): version is V {
  return version !== undefined && version.status !== 'rolledBack';
}
