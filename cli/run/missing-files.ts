import { type FileWarning, fileWarnings } from '../../core/run/file-warnings.ts';
import { tablesAsked } from '../tables-asked.ts';
import type { Invocation } from '../verb.ts';

/**
 * Versions whose file is not in the deployment any more: `up` goes on without them, since a deploy that was taken back must not stop
 * every pipeline, and whoever started it should know.
 */
export async function missingFiles({ table, service }: Pick<Invocation, 'table' | 'service'>): Promise<FileWarning[]> {
  // What is not known here has failed the run by its own name.
  const [asked] = await tablesAsked({ table, service }).catch(() => []);
  if (!asked) return [];
  const warnings = fileWarnings(asked.table, asked.files, await service.ledger.versions(asked.table));
  return warnings.filter(({ name }) => name === 'MissingTransformation');
}
