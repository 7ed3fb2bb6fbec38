import { publishCatalog } from '../aws/ledger/catalog.ts';
import { deployedManifest } from './wiring/deployed-transformations.ts';
import { environment } from './wiring/environment.ts';
import { ledgerClient } from './wiring/ledger.ts';
import { log } from './wiring/log.ts';

/** Records in the ledger the tables and files of this deployment. Called by each deploy, so that `status` shows pending versions immediately. */
export async function handler(): Promise<void> {
  const { ledger, bucket, key, tableNames } = environment;
  await publishCatalog({ client: ledgerClient, ledger }, await deployedManifest(), tableNames, { bucket, key });
  log('catalogPublished', { tables: Object.keys(tableNames).length });
}
