import { comparedParameters, type Preparation, type PreparationRecords, type PreparationStore } from '../../ledger/preparation.ts';
import type { PrepareContext } from '../../transformation/contract.ts';
import { exportsNoPrepare } from '../file-warnings.ts';
import type { Deployed } from '../plan-run.ts';
import { type GatherPorts, gatherPreparation } from './gather-preparation.ts';

export interface MakePreparationPorts extends Omit<GatherPorts, 'file' | 'context'> {
  store: PreparationStore;
  records: PreparationRecords;
  /** ARN of the execution, or the operator. */
  by: string;
}

/**
 * Gathers the preparation of a version anew: calls `prepare`, keeps the result encrypted, and records it in the ledger. A run that has
 * frozen an older one goes on with that.
 *
 * @throws RunError InvalidInput: when the file exports no `prepare`
 * @throws RunError those of gatherPreparation and of the store
 */
export async function makePreparation(
  { file, checksum, transformation }: Deployed,
  context: PrepareContext,
  ports: MakePreparationPorts,
): Promise<Preparation> {
  const { store, records, clock, by } = ports;
  const { table } = context;
  const { sequence, prepare } = transformation;
  if (!prepare) throw exportsNoPrepare(file, table, sequence);
  const json = await gatherPreparation(prepare, { ...ports, file, context });
  const owner = { table, sequence, checksum };
  const version = await store.write(owner, json.text);
  const parameters = comparedParameters(transformation.parameters, context.parameters);
  const at = new Date(clock.wall()).toISOString();
  const { text, ...size } = json;
  const preparation = {
    ...owner,
    version,
    ...size,
    digest: store.digest(text),
    at,
    by,
    ...(parameters === undefined ? {} : { parameters }),
  };
  await records.recordPreparation(preparation);
  return preparation;
}
