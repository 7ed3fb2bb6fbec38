import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { type AttributeValue, type DynamoDBClient, paginateQuery } from '@aws-sdk/client-dynamodb';
import { RunError } from '../../../core/errors.ts';
import type { VersionCode } from '../../../core/ledger/versions/version.ts';
import { isSameSource } from '../../../core/transformation/catalog.ts';
import { checksumOfText, KeptCodeRecord } from '../kept-code-record.ts';
import { keptCodeOf, keptCodePrefix } from '../ledger-keys.ts';
import { fromRecord } from '../ledger-record.ts';

/** Code that a deploy kept. */
export interface KeptCode extends Pick<KeptCodeRecord, 'file' | 'checksum' | 'formerChecksums' | 'bundleChecksum' | 'packages'> {
  text: string;
}

/** Of the text: no bundle is near it, and a forged record must not fill the memory. */
const maxTextBytes = 64 * 1024 * 1024;

/**
 * Reads code that a deploy kept, and verifies it by the checksum with which a run recorded it: nothing else of the record decides what runs.
 *
 * @throws RunError KeptCodeMissing: when no deploy kept it
 * @throws RunError KeptCodeInvalid: when the text is not that of the checksum
 */
export async function readKeptCode(
  { client, ledger }: { client: DynamoDBClient; ledger: string },
  table: string,
  sequence: number,
  code: VersionCode,
): Promise<KeptCode> {
  const found = await query(client, ledger, table, keptCodePrefix(sequence, code.bundleChecksum));
  const bundle = code.bundleChecksum ?? firstOfSource(found, code.checksum);
  const parts = found.filter(({ bundleChecksum }) => bundleChecksum === bundle).sort((a, b) => a.part - b.part);
  const [first] = parts;
  if (bundle === undefined || !first) throw missing(table, sequence, code);
  const text = await textOf(parts);
  if (text === undefined || checksumOfText(text) !== bundle) throw invalid(table, sequence, bundle);
  const { file, formerChecksums, packages } = first;
  return { file, checksum: code.checksum, formerChecksums, bundleChecksum: bundle, packages, text };
}

/** A version from before bundles were recorded is known by its source: the bundle of it that was kept first is the nearest to that time. */
function firstOfSource(found: readonly KeptCodeRecord[], checksum: string): string | undefined {
  const ofSource = found.filter((record) => isSameSource(record, checksum));
  return ofSource.sort((a, b) => (a.at < b.at ? -1 : 1))[0]?.bundleChecksum;
}

/** Undefined if it cannot be read. */
async function textOf(parts: readonly KeptCodeRecord[]): Promise<string | undefined> {
  const bytes = Buffer.concat(parts.map(({ text }) => text));
  try {
    return (await promisify(gunzip)(bytes, { maxOutputLength: maxTextBytes })).toString('utf8');
  } catch {
    return undefined;
  }
}

async function query(client: DynamoDBClient, ledger: string, table: string, prefix: string): Promise<KeptCodeRecord[]> {
  const records: Record<string, AttributeValue>[] = [];
  const pages = paginateQuery(
    { client },
    {
      TableName: ledger,
      ConsistentRead: true,
      KeyConditionExpression: 'pk = :pk AND begins_with(sk, :prefix)',
      ExpressionAttributeValues: { ':pk': { S: keptCodeOf(table) }, ':prefix': { S: prefix } },
    },
  );
  for await (const { Items = [] } of pages) records.push(...Items);
  return records.map((record) => fromRecord(KeptCodeRecord, record));
}

function missing(table: string, sequence: number, { checksum, bundleChecksum }: VersionCode): RunError {
  return new RunError(
    'KeptCodeMissing',
    `The code of ${table} v${sequence} with the checksum ${bundleChecksum ?? checksum} is not in the ledger: it was deployed by a dynamodt that kept no code, or it is too large to be kept. Take that file from version control and deploy it, which keeps its code, then deploy your present files again and start again.`,
    { fields: { table, sequence } },
  );
}

function invalid(table: string, sequence: number, bundleChecksum: string): RunError {
  return new RunError(
    'KeptCodeInvalid',
    `The code of ${table} v${sequence} that the ledger keeps is not what has the checksum ${bundleChecksum}: its record was changed. It was not run. Find out who can write to the ledger. Then take that file from version control and deploy it, which replaces the record, deploy your present files again, and start again.`,
    { fields: { table, sequence } },
  );
}
