import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type DynamoDbProxy, startDynamoDbProxy } from '../support/dynamodb-proxy.ts';
import { createTable, putAll, readAll, type Service, startService, uniqueName } from '../support/service.ts';
import { runForJson } from './command.ts';

const table = uniqueName('Starting');
const fault = { status: 500, body: { __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message: 'injected' } };
let proxy: DynamoDbProxy;
let service: Service;

beforeAll(async () => {
  proxy = await startDynamoDbProxy(process.env['DYNAMODB_URL'] ?? '');
  service = await startService(
    {
      [`${table}/v1.ts`]:
        "export const sequence = 1;\nexport const adds = ['b'];\nexport const transformUp = (item) => ({ ...item, b: 1 });",
    },
    { dynamodb: proxy.url },
  );
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, [{ id: { S: 'a' } }]);
});
afterAll(async () => {
  await service?.close();
  await proxy?.close();
});

it('shows a run that waits for AWS before it took its table, stops it, and starts another when AWS answers again', async () => {
  proxy.before = ({ operation }) => (operation === 'Scan' ? fault : undefined);
  const execution = await service.start({ table });
  let document = { starting: undefined };
  while (!document.starting?.['waitsFor']) {
    ({ document } = await runForJson(service, 'status', table));
    await setTimeout(50);
  }
  expect(document).toMatchObject({
    starting: { execution, waitsFor: { error: 'AwsUnavailable', message: expect.stringContaining('DynamoDB') } },
  });

  expect(await runForJson(service, 'stop', table)).toMatchObject({ exitCode: 0, document: { table, action: 'stop', execution } });

  expect(await service.ended(execution)).toMatchObject({ status: 'ABORTED', error: 'Stopped' });
  expect(await service.ledger.runs(table)).toEqual([]);
  proxy.before = () => {};
  expect((await service.run({ table })).status).toBe('SUCCEEDED');
  expect([...(await readAll(service.dynamodb, table)).values()]).toEqual([{ id: { S: 'a' }, b: { N: '1' } }]);
});

it('goes on when AWS answers again, and shows meanwhile what the run waits for', async () => {
  await service.deploy({
    [`${table}/v2.ts`]: "export const sequence = 2;\nexport const adds = ['c'];\nexport const transformUp = (item) => ({ ...item, c: 1 });",
  });
  let faults = 0;
  proxy.before = ({ operation, text }) => {
    // SettlePass decides in a transaction; StartRun has begun the run in another.
    if (operation !== 'TransactWriteItems' || !text.includes('settled') || faults < 0) return undefined;
    faults++;
    return faults > 1 ? fault : undefined;
  };
  const execution = await service.start({ table });
  let document = { waitsFor: undefined };
  while (!document.waitsFor) {
    ({ document } = await runForJson(service, 'status', table));
    await setTimeout(50);
  }
  expect(document).toMatchObject({ waitsFor: { error: 'AwsUnavailable' }, run: { status: 'running' } });
  faults = -1;
  expect(await service.ended(execution)).toMatchObject({ status: 'SUCCEEDED' });
});
