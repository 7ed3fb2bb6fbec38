import { OperatorError } from '../../aws/operator/operator-error.ts';
import { RunError } from '../../core/errors.ts';
import { ownValue } from '../../core/own-value.ts';
import type { RunInput } from '../../core/run/run-input.ts';
import { type Catalog, deployedFile } from '../../core/transformation/catalog.ts';
import { tablesAsked } from '../tables-asked.ts';
import { versions as versionsInWords } from '../terminal/in-words.ts';
import type { Invocation } from '../verb.ts';

/**
 * Refuses, before an execution is started, a table, a version or a file that the deployed service would refuse at once. What only the ledger's
 * rules refuse is left to the service, which records it in the history. Local AWS deploys changed files when a run starts, so there the start
 * refuses.
 *
 * @throws RunError UnknownTable: when neither the service nor the ledger knows the table
 * @throws RunError InvalidTransformation: when a file of the table cannot be bundled
 * @throws RunError InvalidInput: when a version that was named is not deployed
 */
export async function refuseUnknown(asked: RunInput, { service }: Pick<Invocation, 'service'>): Promise<void> {
  if (service.isElsewhere) return;
  const { table, direction, to, again, keptCode } = asked;
  const catalog = await catalogIfDeployed(service);
  if (!catalog) return;
  const known = ownValue(catalog.tables, table);
  if (!known) {
    await tablesAsked({ table, service });
    return;
  }
  if (direction === 'down' || keptCode) return;
  const sequences = [...new Set(known.files.map(({ sequence }) => sequence))].sort((a, b) => a - b);
  for (const sequence of [to, again])
    if (sequence !== undefined && sequences.length > 0 && !sequences.includes(sequence))
      throw new RunError('InvalidInput', `There is no ${table} v${sequence}. Deployed versions: ${versionsInWords(sequences)}.`, {
        fields: { table, sequence },
      });
  for (const sequence of sequences) deployedFile(known.files, sequence);
}

/** Undefined if there is no service, or it published nothing yet: the start says so. */
async function catalogIfDeployed(service: Invocation['service']): Promise<Catalog | undefined> {
  try {
    return await service.catalog();
  } catch (error) {
    if (error instanceof OperatorError && error.name === 'ServiceNotFound') return undefined;
    throw error;
  }
}
