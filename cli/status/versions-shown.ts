import type { LedgerReader } from '../../aws/ledger/reading/ledger-reader.ts';
import { type Checkpoint, isAbout } from '../../core/ledger/checkpoint.ts';
import type { Control } from '../../core/ledger/control.ts';
import { type Counters, noCounters } from '../../core/ledger/counters.ts';
import { worksOf } from '../../core/ledger/sweep.ts';
import { type AdoptedCode, isHalfway, isInTable, type Version } from '../../core/ledger/versions/version.ts';
import { type VersionState, versionState } from '../../core/ledger/versions/version-state.ts';
import type { PublishedFile } from '../../core/transformation/catalog.ts';
import { type JournalShown, journalShown } from './journal-shown.ts';

/** How a version stands, in `status`. */
export interface VersionShown {
  sequence: number;
  state: VersionState;
  /** The run that brought it there, and when (ISO 8601); undefined if the ledger has no record of it. */
  run?: string | undefined;
  since?: string | undefined;
  /** Only of a version that is in the table: if it can be taken back by its journal. */
  journal?: JournalShown | undefined;
}

/** All versions that are deployed or in the ledger, in the order of their sequences. @param underWay the run that goes on now @param now wall-clock milliseconds */
export function versionsShown(
  files: readonly PublishedFile[],
  versions: readonly Version[],
  underWay: string | undefined,
  now: number,
): VersionShown[] {
  const sequences = new Set([...files, ...versions].map(({ sequence }) => sequence));
  return [...sequences]
    .sort((a, b) => a - b)
    .map((sequence) => {
      const version = versions.find((candidate) => candidate.sequence === sequence);
      const isUnfilled = files.some((file) => file.sequence === sequence && file.isUnfilled);
      const state = versionState(version, { isUnderWay: version !== undefined && version.run === underWay, isUnfilled });
      const journal = journalShown(version, now);
      return { sequence, state, ...(version ? { run: version.run, since: version.at } : {}), ...(journal ? { journal } : {}) };
    });
}

/** How far the run of a half-way version is, or was when it ended. */
export interface Reached {
  pass: number;
  segmentsDone: number;
  totalSegments: number;
  /** Of the version, over all runs. */
  counters: Counters;
}

/** By sequence. A run whose records are gone leaves none. @param observed the checkpoints of a run's present pass, if they were read already */
export async function reachedBy(
  versions: readonly Version[],
  ledger: Pick<LedgerReader, 'control' | 'checkpoints'>,
  observed?: { control: Control; checkpoints: readonly Checkpoint[] },
): Promise<Map<number, Reached>> {
  const found = await Promise.all(
    versions.filter(isHalfway).map(async ({ sequence, run }): Promise<[number, Reached][]> => {
      const known = observed?.control.run === run ? observed : undefined;
      const control = known?.control ?? (await ledger.control(run));
      if (!control || !isAbout(control, sequence)) return [];
      const { pass, totalSegments } = control;
      const checkpoints = known?.checkpoints ?? [...(await ledger.checkpoints(run, pass)).values()];
      const segmentsDone = checkpoints.filter(({ done }) => done).length;
      const counters = worksOf(control, checkpoints).get(sequence)?.counters ?? noCounters();
      return [[sequence, { pass, segmentsDone, totalSegments, counters }]];
    }),
  );
  return new Map(found.flat());
}

/** A version that was finished, or goes on, by other code than it was begun with. */
export interface AdoptedShown extends AdoptedCode {
  sequence: number;
  /** Of the code that finished it. */
  checksum: string;
  acknowledged?: { by: string; at: string };
}

export function adoptedShown(versions: readonly Version[]): AdoptedShown[] {
  return versions
    .filter(isInTable)
    .flatMap(({ sequence, checksum, adopted = [] }) => adopted.map((code) => ({ sequence, checksum, ...code })));
}
