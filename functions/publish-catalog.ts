import * as z from 'zod';
import { publishCatalog } from '../aws/ledger/catalog.ts';
import { keepCode } from '../aws/ledger/keep-code.ts';
import { retryingClient } from './wiring/clients/retrying-client.ts';
import { deployedManifest, keptText } from './wiring/deployed-transformations.ts';
import { environment } from './wiring/environment.ts';
import { log } from './wiring/log.ts';

/** The event of a custom resource of CloudFormation, with the tables of the stack. */
const Event = z.object({
  RequestType: z.enum(['Create', 'Update', 'Delete']).default('Update'),
  ResourceProperties: z
    .object({
      /** Logical to physical names. */
      tables: z.record(z.string(), z.string()).default({}),
      lastWriterWins: z.array(z.string()).default([]),
      /** Tables whose stream is followed. */
      follows: z.array(z.string()).default([]),
      lookupTables: z.record(z.string(), z.string()).default({}),
      /** The versions of the functions that this deploy published. */
      deploy: z.string().optional(),
      /** Of dynamodt. */
      version: z.string().optional(),
      /** JSON of the values that the stack gives to parameters, by tables and numbers of versions: CloudFormation makes strings of numbers. */
      parameters: z
        .string()
        .default('{}')
        .transform((text): unknown => JSON.parse(text))
        .pipe(z.record(z.string(), z.record(z.string(), z.record(z.string(), z.unknown())))),
    })
    .prefault({}),
});

/**
 * Records in the ledger the tables and files of this deployment, and keeps their code. Called by each deploy, so that `status` shows pending
 * versions immediately. It runs none of the code, and no function that does may keep any.
 */
export async function handler(event: unknown): Promise<{ PhysicalResourceId: string }> {
  const { RequestType, ResourceProperties } = Event.parse(event);
  const { tables } = ResourceProperties;
  const { ledger, bucket, key, journalRetentionDays, workerMemory, eventBus } = environment;
  // The catalog stays with the ledger when the stack is deleted.
  if (RequestType !== 'Delete') {
    const left = await keepCode({ client: retryingClient, ledger }, await deployedManifest(), keptText, new Date().toISOString());
    for (const { file, bundleChecksum } of left) log('codeNotKept', { file, bundleChecksum });
    await publishCatalog({ client: retryingClient, ledger }, await deployedManifest(), ResourceProperties, {
      preparations: { bucket, key },
      journalRetention: journalRetentionDays,
      workerMemory,
      eventBus,
    });
    log('catalogPublished', { tables: Object.keys(tables).length });
  }
  return { PhysicalResourceId: 'catalog' };
}
