import type { RunError } from '../errors.ts';
import type { Version } from '../ledger/versions/version.ts';
import { planRun } from '../run/plan-run.ts';
import { parseRunInput } from '../run/run-input.ts';
import { refusalOf } from './findings/file-problems.ts';
import { isLoaded, type LoadedFile, type LocalFile } from './local-file.ts';

/** Local files by the status of their versions in the ledger. */
export interface FilesByStatus {
  /** Pending files, in the order in which a run takes them. */
  pending: LocalFile[];
  applied: LoadedFile[];
  /** Applied versions without a local file. */
  withoutFile: number[];
  /** The errors by which the ledger's rules would refuse a run up. */
  refusal: RunError | undefined;
}

/** @param to the highest sequence to take; undefined for all */
export function filesByStatus(
  table: string,
  files: readonly LocalFile[],
  versions: readonly Version[],
  to: number | undefined,
): FilesByStatus {
  const applied = new Set(versions.filter(({ status }) => status === 'applied').map(({ sequence }) => sequence));
  const squashed = new Set(versions.filter((version) => version.squashed).map(({ sequence }) => sequence));
  const ordered = files.toSorted((a, b) => a.sequence - b.sequence);
  const loaded = ordered.filter(isLoaded);
  return {
    pending: ordered.filter(({ sequence }) => !applied.has(sequence) && sequence <= (to ?? Number.POSITIVE_INFINITY)),
    applied: loaded.filter(({ sequence }) => applied.has(sequence)),
    withoutFile: [...applied].filter((sequence) => !squashed.has(sequence) && !files.some((file) => file.sequence === sequence)),
    refusal: refusalOf(() => planRun(parseRunInput({ table }), loaded, versions)),
  };
}
