import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Checkpoints } from '../../aws/ledger/checkpoints.ts';
import { ledgerTable } from '../../aws/ledger/ledger-table.ts';
import { Shares } from '../../aws/ledger/shares.ts';
import { type Checkpoint, isFinished } from '../../core/ledger/checkpoint.ts';
import { codeOfPass } from '../../core/ledger/sweep.ts';
import { aCheckpoint, aControl } from '../support/run-records.ts';
import { uniqueName } from '../support/service.ts';

const name = uniqueName('ledger');
const client = new DynamoDBClient({
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  endpoint: process.env['DYNAMODB_URL'] ?? '',
});

beforeAll(() => client.send(new CreateTableCommand(ledgerTable(name))));
afterAll(() => client.destroy());

it.each([
  ['by one version', aControl({ run: uniqueName('alone') })],
  ['by several versions together', aControl({ run: uniqueName('together'), together: [{ sequence: 9, checksum: 'c9' }] })],
])('lets DynamoDB count the segments that the code of the pass has finished, without a failed item: %s', async (_, control) => {
  const checksum = codeOfPass(control);
  const before: Checkpoint = { ...aCheckpoint(0, true, {}), run: control.run, pass: control.pass, checksum };
  const failed: Checkpoint = { ...before, counters: { ...before.counters, failed: 1 } };
  const all = [
    ...Array.from({ length: 40 }, (_, segment) => ({ ...before, segment })),
    { ...before, segment: 40, done: false },
    { ...failed, segment: 41 },
    { ...before, segment: 42, checksum: 'other' },
    { ...before, segment: 43, pass: control.pass + 1 },
  ];
  const checkpoints = new Checkpoints(client, name, Date.now);
  for (const checkpoint of all) expect(await checkpoints.take(checkpoint)).toBe(true);

  const finished = all.filter((one) => one.pass === control.pass && one.checksum === checksum && isFinished(one));
  expect(finished).toHaveLength(40);
  expect(await new Shares(client, name).finished(control)).toBe(40);
});
