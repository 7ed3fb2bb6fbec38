import type { Direction } from './contract.ts';
import type { Counters } from './counters.ts';
import type { PreparationRef } from './preparation.ts';

/**
 * Where a version stands.
 *
 * - (none) → applying, rolledBack → applying: a run up picks it, before its first write
 * - applying → applied: a full pass by one code found nothing left to change
 * - applied → rollingBack, applying → rollingBack: a run down picks it, before its first write
 * - rollingBack → rolledBack: a full pass down found nothing left to change
 * - rollingBack → applying: a run up picks it after an interrupted run down
 * - applied → applying: it is swept once more, as `again` asked for
 */
export const versionStatuses = ['applying', 'applied', 'rollingBack', 'rolledBack'] as const;
export type VersionStatus = (typeof versionStatuses)[number];

/** What the ledger knows of one version of a table. */
export interface Version {
  table: string;
  sequence: number;
  status: VersionStatus;
  checksum: string;
  /** What it was made with. */
  preparation?: PreparationRef | undefined;
  /** The run that brought it there, its execution's ARN, and when (ISO 8601). */
  run: string;
  execution: string;
  at: string;
  counters?: Counters | undefined;
}

export const beginStatus: Record<Direction, VersionStatus> = { up: 'applying', down: 'rollingBack' };
export const endStatus: Record<Direction, VersionStatus> = { up: 'applied', down: 'rolledBack' };

/** Statuses from which a version may begin in a direction; `undefined` stands for no record. */
export const mayBeginFrom: Record<Direction, readonly (VersionStatus | undefined)[]> = {
  up: [undefined, 'rolledBack', 'applying', 'rollingBack', 'applied'],
  down: ['applied', 'applying', 'rollingBack'],
};

/** True where items of the table may have the version's new shape. */
export const isInTable = (version: Version | undefined): version is Version => version !== undefined && version.status !== 'rolledBack';
