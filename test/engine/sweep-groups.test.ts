import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type DynamoDbProxy, startDynamoDbProxy } from '../support/dynamodb-proxy.ts';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';

/** A stage that is five versions behind, through the whole service: what reaches DynamoDB, and what is left in the table and in the ledger. */

const table = uniqueName('Behind');
const count = 120;
const segments = 4;

const files = {
  'v1.ts': `export const sequence = 1;
export const adds = ['fullName'];
export const transformUp = (item) => ({ ...item, fullName: item.first + ' ' + item.last });`,
  'v2.ts': `export const sequence = 2;
export const overwrites = ['mail'];
export const transformUp = (item) => ({ ...item, mail: item.mail.toLowerCase() });`,
  'v3.ts': `export const sequence = 3;
export const removes = ['legacy'];
export const transformUp = ({ legacy, ...item }) => item;`,
  'v4.ts': `export const sequence = 4;
export const adds = ['initials'];
export const transformUp = (item) => ({ ...item, initials: item.fullName.split(' ').map((name) => name[0]).join('') });`,
  'v5.ts': `export const sequence = 5;
export const overwrites = ['n'];
export const reads = ['n'];
export const transformUp = async (item) => (typeof item.n === 'string' ? { ...item, n: Number(item.n) } : undefined);`,
};

let proxy: DynamoDbProxy;
let service: Service;

beforeAll(async () => {
  proxy = await startDynamoDbProxy(process.env['DYNAMODB_URL'] ?? '');
  const named = Object.fromEntries(Object.entries(files).map(([file, text]) => [`${table}/${file}`, text]));
  service = await startService(named, {
    dynamodb: proxy.url,
    maxProcesses: 4,
    environment: { DYNAMODT_LEASE_MS: '1500', DYNAMODT_CONTROL_INTERVAL_MS: '300' },
  });
});
afterEach(() => {
  proxy.before = () => {};
});
afterAll(async () => {
  await service?.close();
  await proxy?.close();
});

function oldShape(n: number): RawItem {
  return {
    id: { S: `u${n}` },
    first: { S: 'Ada' },
    last: { S: `L${n}` },
    mail: { S: `U${n}@X.ORG` },
    legacy: { BOOL: true },
    n: { S: `${n}` },
  };
}

function newShape(n: number): RawItem {
  return {
    id: { S: `u${n}` },
    ...{ first: { S: 'Ada' }, last: { S: `L${n}` }, fullName: { S: `Ada L${n}` }, initials: { S: 'AL' }, mail: { S: `u${n}@x.org` } },
    n: { N: String(n) },
  };
}

function items(shape: (n: number) => RawItem): Map<string, RawItem> {
  return new Map(Array.from({ length: count }, (_, n) => [JSON.stringify({ S: `u${n}` }), shape(n)]));
}

it('costs one write for an item and two scans, also under a kill, and each version goes back by its journal', async () => {
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, [...items(oldShape).values()]);
  let scans = 0;
  let writes = 0;
  let isKilled = false;
  proxy.before = ({ text }) => {
    if (!text.includes(table)) return;
    if (text.includes(`"TotalSegments":${segments}`)) scans++;
    writes += text.split(`UPDATE \\"${table}\\"`).length - 1;
    const worker = service.aws
      .functionProcesses()
      .find(({ function: name, event }) => name.endsWith('transform-segment') && event !== undefined);
    if (isKilled || writes < count / 2 || !worker) return;
    isKilled = true;
    process.kill(worker.pid, 'SIGKILL');
  };

  const up = await service.run({ table, totalSegments: segments });

  expect(up).toMatchObject({ status: 'SUCCEEDED', errorMessage: '' });
  expect(isKilled).toBe(true);
  expect(await readAll(service.dynamodb, table)).toEqual(items(newShape));
  expect((await service.ledger.versions(table)).map(({ status }) => status)).toEqual(Array(5).fill('applied'));
  expect((await service.ledger.runs(table))[0]).toMatchObject({ steps: [{}, ...Array(4).fill({ joins: true })] });
  // Requests of the killed worker are sent once more: up to 25 writes in each of those in flight, and a page.
  expect(writes).toBeGreaterThanOrEqual(count);
  expect(writes).toBeLessThan(1.5 * count);
  expect(scans).toBeGreaterThanOrEqual(2 * segments);
  expect(scans).toBeLessThan(4 * segments);

  const down = await service.run({ table, direction: 'down', to: 0, exact: false });

  expect(down).toMatchObject({ status: 'SUCCEEDED', errorMessage: '' });
  expect(await readAll(service.dynamodb, table)).toEqual(items(oldShape));
});
