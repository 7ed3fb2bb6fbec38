import { RunError } from '../core/errors.ts';
import type { CatalogFile } from '../core/transformation/catalog.ts';
import { invalidFile } from '../core/transformation/check-exports.ts';
import type { Transformation } from '../core/transformation/contract.ts';
import { loadTransformation } from '../core/transformation/load-transformation.ts';
import { withOwnError } from './own-error.ts';
import { notBundled } from './team-imports.ts';

/**
 * Loads and checks one bundled file as a function does. The error has what the team's code itself threw, and what of its imports is not in the bundle: only
 * for code that runs on a developer's machine, or at synth.
 *
 * @throws RunError InvalidTransformation
 */
export async function loadBundled(entry: CatalogFile, importModule: (module: string) => Promise<object>): Promise<Transformation> {
  let thrown: unknown;
  const noting = async (module: string): Promise<object> => {
    try {
      return await importModule(module);
    } catch (error) {
      thrown = error;
      throw error;
    }
  };
  try {
    return await loadTransformation(entry, noting);
  } catch (error) {
    if (!(error instanceof RunError)) throw error;
    if (thrown instanceof Error && thrown.name === notBundled) throw invalidFile(entry.file, thrown.message);
    const { name, message, fields } = withOwnError(error, thrown, entry.file);
    const notes = thrown === undefined ? [] : (entry.notes ?? []);
    throw new RunError(name, [message, ...notes.map((note) => `It also ${note}.`)].join(' '), { fields, cause: thrown });
  }
}
