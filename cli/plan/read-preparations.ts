import type { DeployedService } from '../../aws/operator/deployed-service.ts';
import { deepFreeze } from '../../core/change/deep-freeze.ts';
import type { Version } from '../../core/ledger/version.ts';
import { isLoaded, type LocalFile, type PreparationAtHand } from '../../core/plan/local-file.ts';
import { defaultMaxPreparationBytes } from '../../core/run/gather-preparation.ts';
import type { Catalog } from '../../core/transformation/catalog.ts';

/** Where to look. */
interface Kept {
  table: string;
  tableName: string;
  /** By the ledger. */
  versions: readonly Version[];
  place: Catalog['preparations'];
  service: DeployedService;
}

/** What files that export `prepare` need, by their sequences: as far as the same code gathered it before, and it may be read. */
export async function readPreparations(files: readonly LocalFile[], kept: Kept): Promise<Map<number, PreparationAtHand>> {
  const preparing = files.filter((file) => isLoaded(file) && file.transformation.prepare);
  const found = await Promise.all(preparing.map(async (file) => [file.sequence, await readPreparation(file, kept)] as const));
  return new Map(found);
}

async function readPreparation(
  { sequence, checksum }: LocalFile,
  { table, tableName, versions, place, service }: Kept,
): Promise<PreparationAtHand> {
  if (!place) return { missing: 'it exports prepare, and there is no service that keeps what that gathers' };
  const { store, records } = await service.preparations(place, tableName, defaultMaxPreparationBytes);
  // What was made with a preparation is compared with the same.
  const made = versions.find((version) => version.sequence === sequence)?.preparation;
  const preparation = made?.checksum === checksum ? made : await records.preparation({ table, sequence, checksum });
  if (!preparation)
    return {
      missing: `nothing is prepared by this very file: deploy it, then \`dynamodt prepare ${table} --sequence ${sequence}\`, or try it with \`--full\``,
    };
  try {
    return { value: deepFreeze(await store.read(preparation)) };
  } catch (error) {
    return {
      missing: `its preparation cannot be read here (${error instanceof Error ? error.name : 'unknown error'}): try it with \`--full\``,
    };
  }
}
