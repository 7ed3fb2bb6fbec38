import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import * as z from 'zod';
import { failureKey, settledPassKey } from '../../../aws/ledger/ledger-keys.ts';
import { toRecord } from '../../../aws/ledger/ledger-record.ts';
import { LedgerReader } from '../../../aws/ledger/reading/ledger-reader.ts';
import { noCounters } from '../../../core/ledger/counters.ts';

/** A ledger that answers every read with one record. */
function readerOf(record: object): LedgerReader {
  const client = new DynamoDBClient({ region: 'us-east-1' });
  const Item = toRecord(record);
  client.middlewareStack.add(() => async () => ({ response: {}, output: { Item, Items: [Item], $metadata: {} } }), {
    step: 'initialize',
    priority: 'high',
  });
  return new LedgerReader(client, 'ledger');
}

/** A ledger with these records, which it finds by their keys. */
function readerAmong(records: readonly { pk: string; sk: string }[]): LedgerReader {
  const client = new DynamoDBClient({ region: 'us-east-1' });
  client.middlewareStack.add(
    () => async (args) => {
      const { ExpressionAttributeValues: values } = QueryInput.parse(args.input);
      const found = records.filter(({ pk, sk }) => pk === values[':pk'].S && sk.startsWith(values[':prefix'].S));
      return { response: {}, output: { Items: found.map((record) => toRecord(record)), $metadata: {} } };
    },
    { step: 'initialize', priority: 'high' },
  );
  return new LedgerReader(client, 'ledger');
}

const text = z.object({ S: z.string() });
const QueryInput = z.object({ ExpressionAttributeValues: z.object({ ':pk': text, ':prefix': text }) });

const lock = { pk: 'table#Users', sk: 'lock', table: 'Users', run: 'r1', execution: 'arn:e1', fence: 1 };
const version = { table: 'Users', sequence: 3, status: 'applied', checksum: 'c3', run: 'r1', at: 'then' };

describe('a reader of the ledger', () => {
  it('returns records of the table and run that were asked for', async () => {
    expect(await readerOf(lock).lock('Users')).toMatchObject({ table: 'Users', run: 'r1' });
    expect(await readerOf(version).versions('Users')).toMatchObject([{ table: 'Users', sequence: 3 }]);
  });

  it('refuses a record that was copied from another table under this key', async () => {
    await expect(readerOf({ ...lock, table: 'Salaries' }).lock('Users')).rejects.toThrow(
      'table#Users / lock says that its table is Salaries',
    );
    await expect(readerOf({ ...version, table: 'Salaries' }).versions('Users')).rejects.toThrow('its table is Salaries');
  });

  it('finds what each pass by a journal left as it is, and of passes by a function only what failed in the present one', async () => {
    const passOf = (pass: number, sequence: number) => ({
      ...settledPassKey('r1', pass),
      ...{ run: 'r1', pass, sequence, counters: noCounters() },
    });
    const failed = (pass: number, sequence: number, id: string) => ({
      ...failureKey('r1', pass, 0, id),
      ...{ sequence, segment: 0, key: { id }, name: 'ChangedSince', message: 'It was written since.' },
    });
    const reader = readerAmong([
      ...[passOf(1, 5), passOf(2, 4), passOf(3, 3)],
      ...[failed(1, 5, 'a'), failed(2, 4, 'b'), failed(3, 3, 'c'), failed(4, 3, 'd')],
    ]);
    const undone = (sequence: number) => ({ sequence, checksum: '1:a', prepares: false, by: 'journal' as const });
    const steps = [undone(5), { ...undone(4), by: undefined }, undone(3)];

    const open = await reader.openFailures({ id: 'r1', steps }, 4);

    expect(open.map(({ key }) => key['id'])).toEqual(['d', 'c', 'a']);
    expect(await reader.openFailures({ id: 'r1', steps: [{ ...undone(4), by: undefined }] }, 2)).toMatchObject([{ sequence: 4 }]);
  });
});
