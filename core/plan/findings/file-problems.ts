import { RunError } from '../../errors.ts';
import { refuseForTable, refuseSameSequence } from '../../transformation/load-transformation.ts';
import type { TableShape } from '../../values/table-shape.ts';
import { isLoaded, type LocalFile } from '../local-file.ts';
import type { Finding } from '../table-plan.ts';

/** Files of one table; files that a run would refuse have a `problem`. @param shape undefined if only files are looked at */
export function checkedFiles(files: readonly LocalFile[], shape: TableShape | undefined): LocalFile[] {
  return files.map((file, index) => {
    if (!isLoaded(file)) return file;
    const { transformation, ...rest } = file;
    const earlier = files.slice(0, index).find(({ sequence }) => sequence === file.sequence);
    const problem =
      (earlier && refusalOf(() => refuseSameSequence([earlier, file]))) ??
      (shape && refusalOf(() => refuseForTable(file.file, transformation, shape)));
    return problem ? { ...rest, problem } : file;
  });
}

export function fileProblems(files: readonly LocalFile[]): Finding[] {
  return files.flatMap((file) =>
    isLoaded(file) ? [] : [{ name: file.problem.name, message: file.problem.message, sequence: file.sequence }],
  );
}

/** What does not work in a deploy, although the files can be loaded. */
export function fileNotes(files: readonly LocalFile[]): Finding[] {
  return files
    .filter(isLoaded)
    .flatMap(({ file, sequence, notes = [] }) => notes.map((note) => ({ name: 'NotBundled', message: `${file} ${note}.`, sequence })));
}

/** The error by which `action` refuses; undefined if it succeeds. */
export function refusalOf(action: () => unknown): RunError | undefined {
  try {
    action();
    return undefined;
  } catch (error) {
    if (error instanceof RunError) return error;
    throw error;
  }
}
