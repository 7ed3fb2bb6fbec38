import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { DescribeExecutionCommand, SFNClient, StartExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type Damage, type DynamoDbProxy, type ProxiedRequest, startDynamoDbProxy } from '../support/dynamodb-proxy.ts';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';

/** Promise P3 on a wire that damages answers and repeats requests, without a ledger for a while, and over a local AWS that dies. */

const count = 600;
const transformation = `export const sequence = 1;
export const adds = ['once'];
export const transformUp = (item) => ({ ...item, once: item.n + 1 });`;

let proxy: DynamoDbProxy;
let service: Service;

beforeAll(async () => {
  proxy = await startDynamoDbProxy(process.env['DYNAMODB_URL'] ?? '');
  service = await startService(
    {},
    { dynamodb: proxy.url, environment: { DYNAMODT_LEASE_MS: '3000', DYNAMODT_CONTROL_INTERVAL_MS: '300' } },
  );
});
afterEach(() => {
  proxy.before = () => {};
  proxy.after = () => {};
});
afterAll(async () => {
  await service?.close();
  await proxy?.close();
});

async function deployed() {
  const table = uniqueName('Wire');
  await service.deploy({ [`${table}/v1.ts`]: transformation });
  await createTable(service.dynamodb, table);
  const raw: RawItem[] = Array.from({ length: count }, (_, n) => ({ id: { S: `i${n}` }, n: { N: String(n) } }));
  await putAll(service.dynamodb, table, raw);
  const expected = new Map(raw.map((item) => [JSON.stringify(item['id']), { ...item, once: { N: String(Number(item['n']?.N) + 1) } }]));
  return { table, expected };
}

/** True for every n-th request. */
function each(n: number): () => boolean {
  let requests = 0;
  return () => ++requests % n === 0;
}

it('changes each item once when answers are cut off, garbled or lost, and requests arrive twice', async () => {
  const { table, expected } = await deployed();
  const damaged: Record<Damage, () => boolean> = { lost: each(11), cutOff: each(13), garbled: each(17) };
  const seen = { lost: 0, cutOff: 0, garbled: 0, twice: 0 };
  const isTwice = each(4);
  const isAboutTable = ({ text }: ProxiedRequest): boolean => text.includes(table);
  proxy.after = async (proxied) => {
    if (!isAboutTable(proxied)) return undefined;
    if (isTwice()) {
      seen.twice++;
      await proxied.deliverAgain();
    }
    const damage = (Object.keys(damaged) as Damage[]).find((kind) => damaged[kind]());
    if (damage) seen[damage]++;
    return damage;
  };

  const execution = await service.run({ table, totalSegments: 4 });

  expect(execution.error).toBeUndefined();
  expect(await readAll(service.dynamodb, table)).toEqual(expected);
  expect(await service.ledger.versions(table)).toMatchObject([{ status: 'applied', counters: { changed: count, failed: 0 } }]);
  for (const [kind, times] of Object.entries(seen)) expect(times, kind).toBeGreaterThan(0);
});

it('goes on with the same execution after the ledger was away for 30 seconds', async () => {
  const { table, expected } = await deployed();
  let wentAwayAt: number | undefined;
  let refused = 0;
  proxy.before = ({ text }) => {
    if (text.includes(`UPDATE \\"${table}\\"`)) wentAwayAt ??= performance.now();
    const isAway = wentAwayAt !== undefined && performance.now() - wentAwayAt < 30_000;
    if (!isAway || !text.includes(`${service.name}-ledger`)) return undefined;
    refused++;
    return { status: 500, body: { __type: 'com.amazonaws.dynamodb.v20120810#InternalServerError', message: 'away' } };
  };

  const execution = await service.run({ table, totalSegments: 4, writeUnits: 100 });

  expect(execution.status).toBe('SUCCEEDED');
  expect(refused).toBeGreaterThan(0);
  expect(await readAll(service.dynamodb, table)).toEqual(expected);
  expect(await service.ledger.versions(table)).toMatchObject([{ status: 'applied' }]);
});

it('goes on with a half-way version when the local AWS is killed and started again over the same DynamoDB', async () => {
  const { table, expected } = await deployed();
  const name = uniqueName('killed').toLowerCase();
  const first = await localAws(name);
  await first.start({ table, totalSegments: 4, writeUnits: 100 });
  const changed = async (): Promise<number> => [...(await readAll(service.dynamodb, table)).values()].filter((item) => item['once']).length;
  while ((await changed()) === 0) await setTimeout(50);

  await first.kill();
  const half = await changed();
  const second = await localAws(name);
  const status = await second.start({ table }).then(second.ended);
  await second.kill();

  expect(half).toBeLessThan(count);
  expect(status).toBe('SUCCEEDED');
  expect(await readAll(service.dynamodb, table)).toEqual(expected);
});

/** `npm run local` over the tests' DynamoDB and the files of the service. */
async function localAws(name: string) {
  const main = fileURLToPath(new URL('../../local/main.ts', import.meta.url));
  const args = ['--port', '0', '--dynamodb', process.env['DYNAMODB_URL'] ?? '', '--name', name, '--transformations', service.folder];
  const child = spawn(process.execPath, [main, ...args, '--data', `${service.folder}/.data`], { stdio: ['ignore', 'pipe', 'ignore'] });
  const url = await readyUrl(child);
  const sfn = new SFNClient({ region: 'us-east-1', endpoint: url, credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });
  return {
    start: async (input: object): Promise<string> => {
      const stateMachineArn = `arn:aws:states:us-east-1:000000000000:stateMachine:${name}-transform-table`;
      const { executionArn = '' } = await sfn.send(new StartExecutionCommand({ stateMachineArn, input: JSON.stringify(input) }));
      return executionArn;
    },
    ended: async (executionArn: string): Promise<string | undefined> => {
      for (;;) {
        const { status } = await sfn.send(new DescribeExecutionCommand({ executionArn }));
        if (status !== 'RUNNING') return status;
        await setTimeout(50);
      }
    },
    kill: async (): Promise<void> => {
      sfn.destroy();
      child.kill('SIGKILL');
      await once(child, 'exit');
    },
  };
}

async function readyUrl(child: ChildProcess): Promise<string> {
  let text = '';
  for await (const chunk of child.stdout ?? []) {
    text += chunk;
    const [, url] = /ready: (http:\S+) /.exec(text) ?? [];
    if (url) return url;
  }
  throw new Error(`The local AWS ended before it was ready: ${text}`);
}
