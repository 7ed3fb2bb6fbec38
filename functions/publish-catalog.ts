import { publishCatalog } from '../aws/catalog.ts';
import type { Manifest } from '../core/catalog.ts';
import { ledgerClient } from './wiring/clients.ts';
import { deployedManifest } from './wiring/deployed-transformations.ts';
import { environment } from './wiring/environment.ts';
import { log } from './wiring/log.ts';

/** Tells the ledger which tables and files this deployment knows: part of a deploy, so that `status` shows at once what is pending. */
export const handler = async (): Promise<void> => {
  const { ledger, bucket, key, namedTables, tableName } = environment;
  const withoutFiles: Manifest['tables'] = Object.fromEntries(namedTables.map((table) => [table, []]));
  const tables = { ...withoutFiles, ...(await deployedManifest()).tables };
  const names = Object.fromEntries(Object.keys(tables).map((table) => [table, tableName(table)]));
  await publishCatalog({ client: ledgerClient, ledger }, { tables }, names, { bucket, key });
  log('catalogPublished', { tables: Object.keys(tables).length });
};
