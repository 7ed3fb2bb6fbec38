import type { DeployedService } from '../../aws/operator/deployed-service.ts';
import { deepFreeze } from '../../core/change/deep-freeze.ts';
import { comparedParameters, newestPreparation, ownerOf, versionFor } from '../../core/ledger/preparation.ts';
import type { Version } from '../../core/ledger/versions/version.ts';
import { type GivenAtHand, givenIn } from '../../core/plan/given-at-hand.ts';
import { isLoaded, type LoadedFile, type LocalFile, type PreparationAtHand } from '../../core/plan/local-file.ts';
import { defaultMaxPreparationBytes } from '../../core/run/preparing/gather-preparation.ts';
import { type Catalog, isSameSource } from '../../core/transformation/catalog.ts';

/** Where preparations are kept. */
interface Kept {
  table: string;
  tableName: string;
  /** By the ledger. */
  versions: readonly Version[];
  /** What each version is given, by sequence. */
  given: ReadonlyMap<number, GivenAtHand>;
  place: Catalog['preparations'];
  service: DeployedService;
}

/** The preparations of files that export `prepare`, by sequence: each one that the same code gathered before and that the caller may read. */
export async function readPreparations(files: readonly LocalFile[], kept: Kept): Promise<Map<number, PreparationAtHand>> {
  const preparing = files.filter(isLoaded).filter(({ transformation }) => transformation.prepare);
  const found = await Promise.all(preparing.map(async (file) => [file.sequence, await readPreparation(file, kept)] as const));
  return new Map(found);
}

async function readPreparation(file: LoadedFile, { table, tableName, versions, given, place, service }: Kept): Promise<PreparationAtHand> {
  if (!place) return { missing: 'it exports prepare, and no deployed service keeps preparations' };
  const { store, records } = await service.preparations(place, tableName, defaultMaxPreparationBytes);
  const { sequence } = file;
  // The version is compared with the preparation it was applied with.
  const made = versions.find((version) => version.sequence === sequence)?.preparation;
  const parameters = comparedParameters(file.transformation.parameters, givenIn(given, sequence).parameters);
  const preparation =
    made && isSameSource(file, made.checksum) ? made : await newestPreparation(records, { table, sequence }, file, parameters);
  if (!preparation)
    return {
      missing: `no preparation was gathered by exactly this file${parameters === undefined ? '' : ' with these parameters'}: deploy it, then \`dynamodt prepare ${table} --sequence ${sequence}\`, or try it with \`--full\``,
    };
  try {
    const owner = ownerOf({ table, sequence }, file, preparation);
    return { value: deepFreeze(await store.read(owner, versionFor(owner, preparation))) };
  } catch (error) {
    return {
      missing: `its preparation cannot be read here (${error instanceof Error ? error.name : 'unknown error'}): try it with \`--full\``,
    };
  }
}
