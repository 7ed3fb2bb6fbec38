import { type AttributeValue, type DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { ownValue } from '../../core/own-value.ts';
import type { Catalog, Manifest, StageParameters } from '../../core/transformation/catalog.ts';
import { catalogKey, keyValues } from './ledger-keys.ts';
import { fromRecord, toRecord } from './ledger-record.ts';

/** As JSON, so that every number stays as it was given. */
const StageParametersRecord = z
  .string()
  .transform((text): unknown => JSON.parse(text))
  .pipe(z.record(z.string(), z.record(z.string(), z.unknown())));

export const CatalogRecord = z.object({
  preparations: z.object({ bucket: z.string(), key: z.string() }).optional(),
  journalRetention: z.number().optional(),
  workerMemory: z.number().optional(),
  eventBus: z.string().optional(),
  lookupTables: z.record(z.string(), z.string()).optional(),
  deploy: z.string().optional(),
  version: z.string().optional(),
  tables: z.record(
    z.string(),
    z.object({
      tableName: z.string(),
      acceptsLastWriterWins: z.boolean().optional(),
      follows: z.boolean().optional(),
      parameters: StageParametersRecord.optional(),
      files: z.array(
        z.object({
          file: z.string(),
          sequence: z.number(),
          checksum: z.string(),
          formerChecksums: z.array(z.string()).optional(),
          problem: z.string().optional(),
          isUnfilled: z.boolean().optional(),
          parameters: z.record(z.string(), z.object({ type: z.string().optional(), secret: z.literal(true).optional() })).optional(),
        }),
      ),
    }),
  ),
});

const key = keyValues(catalogKey);

/** Names that a deploy gives to the service. */
export interface PublishedNames {
  tables: Record<string, string>;
  lastWriterWins?: readonly string[];
  /** Tables whose stream is followed. */
  follows?: readonly string[];
  lookupTables?: Record<string, string>;
  /** The versions of the functions; undefined if a run calls the newest ones. */
  deploy?: string | undefined;
  /** The version of dynamodt. */
  version?: string | undefined;
  /** Values for parameters, by tables. */
  parameters?: Record<string, StageParameters>;
}

/**
 * Part of a deploy: tells the ledger which tables and files the service knows now.
 *
 * @param named `tables`: logical to physical names; a table that has no files yet is known by standing here. `lastWriterWins`: those of them
 *   whose replicas are accepted; `follows`: those whose stream is followed
 */
export async function publishCatalog(
  { client, ledger }: { client: DynamoDBClient; ledger: string },
  manifest: Manifest,
  { tables: tableNames, lastWriterWins = [], follows = [], lookupTables, deploy, version, parameters = {} }: PublishedNames,
  settings: Pick<Catalog, 'preparations' | 'journalRetention' | 'workerMemory' | 'eventBus'>,
): Promise<void> {
  const tables: Record<string, Omit<Catalog['tables'][string], 'parameters'> & { parameters?: string }> = {};
  for (const table of new Set([...Object.keys(manifest.tables), ...Object.keys(tableNames)])) {
    const ofStage = ownValue(parameters, table);
    tables[table] = {
      tableName: ownValue(tableNames, table) ?? table,
      ...(lastWriterWins.includes(table) ? { acceptsLastWriterWins: true } : {}),
      ...(follows.includes(table) ? { follows: true } : {}),
      ...(ofStage ? { parameters: JSON.stringify(ofStage) } : {}),
      files: (ownValue(manifest.tables, table) ?? []).map(
        ({ file, sequence, checksum, formerChecksums, problem, isUnfilled, parameters }) => ({
          file,
          sequence,
          checksum,
          formerChecksums,
          problem,
          isUnfilled,
          parameters,
        }),
      ),
    };
  }
  await client.send(
    new PutItemCommand({
      TableName: ledger,
      Item: { ...toRecord({ tables, lookupTables, deploy, version, ...settings }), ...key },
    }),
  );
}

/** What the deployed service knows; undefined if nothing was deployed yet. */
export async function readCatalog(client: DynamoDBClient, ledger: string): Promise<Catalog | undefined> {
  const { Item } = await client.send(new GetItemCommand({ TableName: ledger, Key: key, ConsistentRead: true }));
  return catalogIn(Item);
}

/** The catalog that a record of the ledger holds. */
export function catalogIn(record: Record<string, AttributeValue> | undefined): Catalog | undefined {
  return record && fromRecord(CatalogRecord, record);
}
