import { RunError } from '../errors.ts';
import { type OtherTable, otherTables } from '../run/steps/other-tables.ts';
import type { TableShape } from '../values/table-shape.ts';
import { isLoaded, type LocalFile } from './local-file.ts';

/**
 * Describes the other tables into which files insert. A file of which a run would refuse them has a `problem`.
 *
 * @param describe undefined if there is no table under that logical name
 */
export async function withOtherTables(
  asked: Parameters<typeof otherTables>[0],
  shape: TableShape,
  files: readonly LocalFile[],
  describe: (table: string) => Promise<OtherTable | undefined>,
): Promise<{ files: LocalFile[]; others: TableShape['others'] }> {
  const others: Record<string, TableShape> = {};
  const checked: LocalFile[] = [];
  for (const file of files) {
    if (!isLoaded(file)) {
      checked.push(file);
      continue;
    }
    try {
      Object.assign(others, (await otherTables(asked, shape, [file.transformation], describe)).shapes);
      checked.push(file);
    } catch (error) {
      if (!(error instanceof RunError)) throw error;
      const { transformation: _, ...rest } = file;
      checked.push({ ...rest, problem: error });
    }
  }
  return { files: checked, others: Object.keys(others).length > 0 ? others : undefined };
}
