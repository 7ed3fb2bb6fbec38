import { publishCatalog } from '../aws/ledger/catalog.ts';
import { deployedManifest } from './wiring/deployed-transformations.ts';
import { environment } from './wiring/environment.ts';
import { log } from './wiring/log.ts';
import { retryingClient } from './wiring/retrying-client.ts';

/** Records in the ledger the tables and files of this deployment. Called by each deploy, so that `status` shows pending versions immediately. */
export async function handler(): Promise<void> {
  const { ledger, bucket, key, tableNames } = environment;
  await publishCatalog({ client: retryingClient, ledger }, await deployedManifest(), tableNames, { bucket, key });
  log('catalogPublished', { tables: Object.keys(tableNames).length });
}
