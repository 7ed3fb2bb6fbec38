import type { RecordedError } from '../errors.ts';
import type { Direction } from '../transformation/contract.ts';
import type { ScopeRef } from '../transformation/scope-ref.ts';
import type { Counters } from './counters.ts';
import { type Given, shownIfAny } from './given.ts';
import type { RunStatus } from './run-status.ts';
import type { VersionCode } from './versions/version.ts';

/** One sequence of a run, with the code that was known when the run was planned. */
export interface RunStep {
  sequence: number;
  checksum: string;
  /** `Users/v3_split_name.ts`; undefined in records of dynamodt 0.1.0. */
  file?: string | undefined;
  bundleChecksum?: string | undefined;
  packages?: readonly string[] | undefined;
  /** Its file exports `prepare`. */
  prepares: boolean;
  /** Its file exports `seed`. Undefined in records from before this was kept. */
  seeds?: boolean | undefined;
  /** Its code is the one that the ledger keeps, and not that of the deployed file. */
  kept?: true | undefined;
  /** Earlier codes of the version: what still is as one of them gave it is set again. Undefined if the run does not rewrite. */
  rewrites?: readonly VersionCode[] | undefined;
  /** What its functions are given. Undefined in records from before this was kept. */
  given?: Given | undefined;
  /** Which items it is about; undefined for all items of the table. */
  scope?: ScopeRef | undefined;
  /** Its changes are journaled. Undefined in a dry run, in a run down, and in records from before journals. */
  journals?: true | undefined;
  /** It is swept together with the step before it, see core/run/steps/sweep-groups.ts. */
  joins?: true | undefined;
  /** It is taken back by the journal of the runs that applied it, and not by its code. */
  by?: 'journal' | undefined;
}

/**
 * True if both take the same sequences with the same code, wherever that comes from. Names of files make no difference, nor what older
 * records do not have, nor what is given: a version that was begun keeps that. Scopes, whether it journals, and what it may be swept together with
 * follow from the code.
 */
export function areSameSteps(some: readonly RunStep[], others: readonly RunStep[]): boolean {
  const [before, now] = [some, others].map((steps) =>
    JSON.stringify(
      steps.map(({ file: _, seeds: __, kept: ___, given: ____, scope: _____, journals: ______, joins: _______, ...step }) => step),
    ),
  );
  return before === now;
}

/** One table taken in one direction by one execution, over one or more sequences. */
export interface Run {
  id: string;
  table: string;
  tableName: string;
  /** Undefined if DynamoDB does not tell it, and in records from before ids were kept. */
  tableId?: string | undefined;
  direction: Direction;
  steps: RunStep[];
  dryRun: boolean;
  /** It gathers preparations and leaves the table alone. */
  prepareOnly: boolean;
  /** It sweeps a version that is applied already. */
  again?: boolean | undefined;
  /** The version that its start named: the highest it applies, or the one it prepares. Undefined for all, down, and in records from before this was kept. */
  to?: number | undefined;
  /** It sweeps one version after the other: as its start asked for, or as versions could not decide on an item together. */
  oneByOne?: 'asked' | 'found' | undefined;
  totalSegments: number;
  status: RunStatus;
  /** ARN of the execution that holds, or last held, this run. */
  execution: string;
  /** ISO 8601. */
  startedAt: string;
  /** Who started its present part, and why, as far as the input says so. */
  startedBy?: string | undefined;
  reason?: string | undefined;
  /** Counts the starts and redrives that took it on, see run-part.ts; undefined in records of dynamodt 0.1.0. */
  part?: number | undefined;
  /** When the present part began, if it is not the first. */
  partStartedAt?: string | undefined;
  /** Of the execution, in the present part. */
  redriveCount?: number | undefined;
  endedAt?: string | undefined;
  counters: Counters;
  /** Days for which journals were kept when it began; undefined if it keeps none. */
  journalDays?: number | undefined;
  error?: RecordedError | undefined;
}

/** What the functions of each version are given, by sequence, as it may be shown; versions without parameters are left out. */
export function parametersOf({ steps }: Pick<Run, 'steps'>): Record<string, Record<string, unknown>> {
  return Object.fromEntries(
    steps.flatMap(({ sequence, given }) => {
      const shown = shownIfAny(given);
      return shown ? [[String(sequence), shown]] : [];
    }),
  );
}

/** Dry runs and mere preparations leave the table alone: they take no lock, change no version, and are never resumed. */
export function takesTable({ dryRun, prepareOnly }: Pick<Run, 'dryRun' | 'prepareOnly'>): boolean {
  return !dryRun && !prepareOnly;
}
