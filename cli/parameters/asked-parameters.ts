import { OperatorError } from '../../aws/operator/operator-error.ts';
import { inForce } from '../../core/ledger/hold.ts';
import { ownValue } from '../../core/own-value.ts';
import { parseRunInput } from '../../core/run/run-input.ts';
import type { StageParameters } from '../../core/transformation/catalog.ts';
import type { Invocation } from '../verb.ts';
import type { Assignment } from './read-set.ts';
import { resolveSet, versionsTaken } from './resolve-set.ts';

/**
 * The input with what `--set` gives, for the deployed files. Secrets are encrypted here, so that they never stand in the history of an
 * execution.
 *
 * @throws RunError InvalidParameters
 * @throws OperatorError ServiceNotFound
 */
export async function withAssignments<Input extends object>(
  input: Input,
  assignments: readonly Assignment[],
  { service }: Pick<Invocation, 'service'>,
): Promise<Input & { parameters?: StageParameters }> {
  if (assignments.length === 0) return input;
  const asked = parseRunInput(input);
  const { table } = asked;
  const [catalog, versions, hold] = await Promise.all([service.catalog(), service.ledger.versions(table), service.ledger.hold(table)]);
  const place = catalog?.preparations;
  if (!catalog || !place)
    throw new OperatorError(
      'ServiceNotFound',
      'The ledger does not name the key that encrypts secret parameters. Deploy the service, then start again.',
    );
  const files = ownValue(catalog.tables, table)?.files ?? [];
  const taken = versionsTaken(asked, files, versions, inForce(hold)?.below);
  return { ...input, parameters: await resolveSet(assignments, { table, files, taken, secrets: service.secrets(place) }) };
}
