import { type FileWarning, fileWarnings, withSeen } from '../../core/run/file-warnings.ts';
import { tablesAsked } from '../tables-asked.ts';
import type { Invocation } from '../verb.ts';

/**
 * Versions whose file is no longer deployed. `up` continues without them, since a deploy that was rolled back must not stop
 * every pipeline, but the user should know.
 */
export async function missingFiles({ table, service }: Pick<Invocation, 'table' | 'service'>): Promise<FileWarning[]> {
  return (await warningsOf({ table, service })).filter(({ name }) => name === 'MissingTransformation');
}

/** Why a start of the table is refused, as far as the ledger's rules say so; undefined if they do not. */
export async function refusedFiles(asked: Pick<Invocation, 'table' | 'service'>): Promise<FileWarning | undefined> {
  return (await warningsOf(asked)).find(({ name }) => name !== 'MissingTransformation');
}

async function warningsOf({ table, service }: Pick<Invocation, 'table' | 'service'>): Promise<FileWarning[]> {
  // If one of these requests fails, it has failed the run too, with its own error.
  const [asked] = await tablesAsked({ table, service }).catch(() => []);
  if (!asked) return [];
  const [versions, acknowledged] = await Promise.all([
    service.ledger.versions(asked.table).catch(() => []),
    service.ledger.acknowledged(asked.table).catch(() => undefined),
  ]);
  return withSeen(fileWarnings(asked.table, asked.files, versions), acknowledged);
}
