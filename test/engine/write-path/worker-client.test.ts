import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { requestTimeoutMs } from '../../../core/ledger/control.ts';
import { type DynamoDbProxy, startDynamoDbProxy } from '../../support/dynamodb-proxy.ts';
import { createScratchTable, removeScratchTables, type ScratchTable } from './scratch-table.ts';

let proxy: DynamoDbProxy;
let scratch: ScratchTable;
beforeAll(async () => {
  proxy = await startDynamoDbProxy(process.env['DYNAMODB_URL'] ?? '');
  scratch = await createScratchTable();
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await proxy.close();
  await removeScratchTables();
});

describe("the worker's client of the team's table", () => {
  it('gives a request up before zombies are no longer waited for, and does not send it again by itself', async () => {
    const environment = {
      AWS_ENDPOINT_URL_DYNAMODB: proxy.url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    };
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    const { tableClient } = await import('../../../functions/wiring/clients/table-client.ts');
    let sent = 0;
    proxy.before = () => {
      sent++;
      return new Promise(() => {});
    };
    const write = {
      key: { id: { S: 'u1' } },
      change: { item: { kind: 'update' as const, set: { a: { NULL: true } }, remove: [] }, inserts: [] },
      condition: { equals: { names: [], values: [] }, missing: [] },
      units: 1,
    };

    // Timers of one process end in the order of their deadlines, also if it is held up.
    let isTooLate = false;
    const limit = setTimeout(() => {
      isTooLate = true;
    }, requestTimeoutMs);
    const results = await scratch.open(tableClient).writeBatch([write], () => true);
    clearTimeout(limit);

    expect(results).toMatchObject([{ kind: 'throttled' }]);
    expect(isTooLate).toBe(false);
    expect(sent).toBe(1);
  });
});
