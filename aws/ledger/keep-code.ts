import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { ConditionalCheckFailedException, type DynamoDBClient, PutItemCommand } from '@aws-sdk/client-dynamodb';
import type { CatalogFile, Manifest } from '../../core/transformation/catalog.ts';
import { type KeptCodeRecord, maxPartBytes, maxParts } from './kept-code-record.ts';
import { keptCodeKey, keyValues } from './ledger-keys.ts';
import { toRecord, toValue } from './ledger-record.ts';

/** Written if it is not there, or not what a deploy would keep: a deploy of the same code mends it. */
const isNewOrOther = 'attribute_not_exists(pk) OR #text <> :text';

/**
 * Part of a deploy: keeps the code of each file, by its checksum. It stays in the ledger after the file was changed or removed.
 *
 * @param readText reads the text of a file that is to be kept, by its path in the manifest
 * @param now ISO 8601
 * @returns files whose code is too large to be kept
 */
export async function keepCode(
  { client, ledger }: { client: DynamoDBClient; ledger: string },
  { tables }: Manifest,
  readText: (path: string) => Promise<string>,
  now: string,
): Promise<CatalogFile[]> {
  const left: CatalogFile[] = [];
  for (const [table, files] of Object.entries(tables))
    for (const file of files) {
      const { kept } = file;
      if (kept === undefined) continue;
      const records = await recordsOf(table, file, await readText(kept), now);
      if (records.length > maxParts) left.push(file);
      else await Promise.all(records.map((record) => put(client, ledger, record)));
    }
  return left;
}

async function recordsOf(table: string, file: CatalogFile, text: string, now: string): Promise<KeptCodeRecord[]> {
  const { sequence, checksum, formerChecksums = [], bundleChecksum = '', packages } = file;
  const bytes = new Uint8Array(await promisify(gzip)(text));
  const parts = Math.ceil(bytes.length / maxPartBytes);
  const shared = { table, sequence, file: file.file, checksum, formerChecksums: [...formerChecksums], bundleChecksum, parts, at: now };
  return Array.from({ length: parts }, (_, part) => ({
    ...shared,
    packages: packages && [...packages],
    part,
    text: bytes.slice(part * maxPartBytes, (part + 1) * maxPartBytes),
  }));
}

async function put(client: DynamoDBClient, ledger: string, record: KeptCodeRecord): Promise<void> {
  const key = keyValues(keptCodeKey(record.table, record.sequence, record.bundleChecksum, record.part));
  try {
    await client.send(
      new PutItemCommand({
        TableName: ledger,
        Item: { ...toRecord(record), ...key },
        ConditionExpression: isNewOrOther,
        ExpressionAttributeNames: { '#text': 'text' },
        ExpressionAttributeValues: { ':text': toValue(record.text) },
      }),
    );
  } catch (error) {
    if (!(error instanceof ConditionalCheckFailedException)) throw error;
  }
}
