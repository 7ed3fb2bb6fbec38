import { type FileWarning, fileWarnings } from '../../core/run/file-warnings.ts';
import { tablesAsked } from '../tables-asked.ts';
import type { Invocation } from '../verb.ts';

/**
 * Versions whose file is no longer deployed. `up` continues without them, since a deploy that was rolled back must not stop
 * every pipeline, but the user should know.
 */
export async function missingFiles({ table, service }: Pick<Invocation, 'table' | 'service'>): Promise<FileWarning[]> {
  // If this request fails, it has failed the run too, with its own error.
  const [asked] = await tablesAsked({ table, service }).catch(() => []);
  if (!asked) return [];
  const warnings = fileWarnings(asked.table, asked.files, await service.ledger.versions(asked.table));
  return warnings.filter(({ name }) => name === 'MissingTransformation');
}
