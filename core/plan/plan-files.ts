import { isIrreversible } from '../change/way-back.ts';
import { isJournaled } from '../journal/is-journaled.ts';
import { refuseUnfilled } from '../transformation/refuse-unfilled.ts';
import { checkedFiles, fileNotes, fileProblems, refusalOf } from './findings/file-problems.ts';
import type { UnusedFindings } from './findings/unused-findings.ts';
import { irreversible } from './findings/version-findings.ts';
import { isLoaded, type LocalFile } from './local-file.ts';
import type { Finding, PendingVersion, TablePlan } from './table-plan.ts';

/**
 * Plans the files of a table without AWS, for pull requests.
 *
 * @param squashed versions without a file, because all stages have applied them
 */
export function planFiles(
  table: string,
  localFiles: readonly LocalFile[],
  unused: UnusedFindings,
  squashed: readonly number[] = [],
): TablePlan {
  const files = checkedFiles(localFiles, undefined).toSorted((a, b) => a.sequence - b.sequence);
  const problems = [...unused.problems, ...fileProblems(files), ...files.flatMap(unfilled)];
  return {
    table,
    tableName: null,
    ok: problems.length === 0,
    problems,
    notes: [...unused.notes, ...gaps(files, squashed), ...fileNotes(files), ...files.flatMap(notesOf)],
    size: null,
    sample: null,
    versions: files.map(versionOf),
    applied: [],
    estimate: null,
  };
}

function versionOf(local: LocalFile): PendingVersion {
  const { file, sequence, checksum } = local;
  return {
    sequence,
    file,
    checksum,
    status: 'unknown',
    deployed: null,
    ...(isLoaded(local) ? { declared: local.transformation.declared, journaled: isJournaled(local.transformation) } : {}),
    seeds: isLoaded(local) ? (local.transformation.seed?.length ?? 0) : 0,
    trial: null,
  };
}

function notesOf(file: LocalFile): Finding[] {
  return isLoaded(file) && isIrreversible(file.transformation)
    ? [{ name: 'Irreversible', message: irreversible(file.transformation, 'unknown'), sequence: file.sequence }]
    : [];
}

/** It cannot be applied, in whatever stage. */
function unfilled(local: LocalFile): Finding[] {
  const refusal = isLoaded(local) ? refusalOf(() => refuseUnfilled(local)) : undefined;
  return refusal ? [{ name: refusal.name, message: refusal.message, sequence: local.sequence }] : [];
}

function gaps(files: readonly LocalFile[], squashed: readonly number[]): Finding[] {
  return files.flatMap(({ sequence }, index) => {
    const before = index === 0 ? Math.max(0, ...squashed.filter((each) => each < sequence)) : (files[index - 1]?.sequence ?? 0);
    return sequence > before + 1
      ? [{ name: 'Gap', message: `There is no v${before + 1}: once v${sequence} is applied, it would be out of order.`, sequence }]
      : [];
  });
}
