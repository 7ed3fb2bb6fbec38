import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import { toRecord } from '../../../aws/ledger/ledger-record.ts';
import { LedgerReader } from '../../../aws/ledger/reading/ledger-reader.ts';

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
});
