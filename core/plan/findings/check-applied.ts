import { largestShare } from '../estimate/extrapolate.ts';
import type { LoadedFile } from '../local-file.ts';
import { about, items } from '../number-text.ts';
import type { AppliedVersion, Finding } from '../table-plan.ts';
import type { SampledItem } from '../tried-item.ts';
import { type TryVersionOptions, tryVersion } from '../try-version.ts';
import { missingInWords } from './version-findings.ts';

/** Looks for items that lack what an applied version gives. @param sample of the table as it is */
export async function checkApplied(
  { file, sequence, transformation }: LoadedFile,
  notTried: string | undefined,
  sample: readonly SampledItem[],
  isWholeTable: boolean,
  options: TryVersionOptions,
): Promise<AppliedVersion> {
  const nothing = { missing: 0, differing: 0, failed: 0 };
  const version = { sequence, file, scanned: 0, ...nothing, estimated: nothing, missingAtMost: 1, failures: [], diffs: [] };
  if (notTried !== undefined) return { ...version, notTried };
  const { counters, estimated, failures, diffs } = await tryVersion(transformation, sample, { ...options, wayBack: false });
  return {
    ...version,
    scanned: counters.scanned,
    missing: counters.changed,
    differing: counters.differing,
    failed: counters.failed,
    estimated: {
      missing: Math.round(estimated.changed),
      differing: Math.round(estimated.differing),
      failed: Math.round(estimated.failed),
    },
    missingAtMost: isWholeTable ? counters.changed / Math.max(1, counters.scanned) : largestShare(counters.changed, counters.scanned),
    failures,
    diffs,
  };
}

/** The findings about an applied version. They are problems if the version was requested by `--sequence`, otherwise notes. */
export function appliedFindings(version: AppliedVersion): { serious: Finding[]; notes: Finding[] } {
  const { sequence, missing, differing, failed, scanned, missingAtMost, failures } = version;
  const serious: Finding[] = [];
  const notes: Finding[] = [];
  if (missing > 0) serious.push({ name: 'MissingItems', message: missingInWords(missing, scanned, missingAtMost), sequence });
  if (failed > 0) {
    const causes = failures.map(({ name, place, items: count }) => `${about(count)} × ${name}${place ? ` at ${place}` : ''}`);
    serious.push({
      name: 'ItemsFailed',
      message: `The function fails on ${about(failed)} of ${items(scanned)} (${causes.join(', ')}).`,
      sequence,
    });
  }
  if (differing > 0)
    notes.push({
      name: 'Differing',
      message: `${about(differing)} of ${items(scanned)} hold a value that is not what the function gives. It may be newer: look at these before phase 3.`,
      sequence,
    });
  return { serious, notes };
}
