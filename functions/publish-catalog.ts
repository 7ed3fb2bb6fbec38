import { publishCatalog } from '../aws/ledger/catalog.ts';
import { deployedManifest } from './wiring/deployed-transformations.ts';
import { environment } from './wiring/environment.ts';
import { ledgerClient } from './wiring/ledger.ts';
import { log } from './wiring/log.ts';

/** Tells the ledger which tables and files this deployment knows: part of a deploy, so that `status` shows at once what is pending. */
export async function handler(): Promise<void> {
  const { ledger, bucket, key, tableNames } = environment;
  await publishCatalog({ client: ledgerClient, ledger }, await deployedManifest(), tableNames, { bucket, key });
  log('catalogPublished', { tables: Object.keys(tableNames).length });
}
