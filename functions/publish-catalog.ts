import * as z from 'zod';
import { publishCatalog } from '../aws/ledger/catalog.ts';
import { deployedManifest } from './wiring/deployed-transformations.ts';
import { environment } from './wiring/environment.ts';
import { log } from './wiring/log.ts';
import { retryingClient } from './wiring/retrying-client.ts';

/** The event of a custom resource of CloudFormation, with the tables of the stack. */
const Event = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']).default('Update'),
  ResourceProperties: z
    .object({
      /** Logical to physical names. */
      tables: z.record(z.string(), z.string()).default({}),
      lastWriterWins: z.array(z.string()).default([]),
      lookupTables: z.record(z.string(), z.string()).default({}),
    })
    .prefault({}),
});

/** Records in the ledger the tables and files of this deployment. Called by each deploy, so that `status` shows pending versions immediately. */
export async function handler(event: unknown): Promise<{ PhysicalResourceId: string }> {
  const { RequestType, ResourceProperties } = Event.parse(event);
  const { tables } = ResourceProperties;
  const { ledger, bucket, key } = environment;
  // The catalog stays with the ledger when the stack is deleted.
  if (RequestType !== 'Delete') {
    await publishCatalog({ client: retryingClient, ledger }, await deployedManifest(), ResourceProperties, { bucket, key });
    log('catalogPublished', { tables: Object.keys(tables).length });
  }
  return { PhysicalResourceId: 'catalog' };
}
