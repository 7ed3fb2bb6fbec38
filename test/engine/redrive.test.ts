import { setTimeout } from 'node:timers/promises';
import { RedriveExecutionCommand, StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { type DynamoDbProxy, startDynamoDbProxy } from '../support/dynamodb-proxy.ts';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';

const count = 400;
const items: RawItem[] = Array.from({ length: count }, (_, n) => ({ id: { S: `i${n}` }, n: { N: String(n) } }));
const transformed = new Map(items.map((item) => [JSON.stringify(item['id']), { ...item, once: item['n'] }]));
/** Fails for every 40th item. */
const broken = `export const sequence = 1;
export const adds = ['once'];
export const transformUp = (item) => {
  if (item.n % 40 === 3) throw new RangeError('secret');
  return { ...item, once: item.n };
};`;
const mended = broken.replace('item.n % 40 === 3', 'item.n < 0');
const failing = items.filter((_, n) => n % 40 === 3).length;

/** Tables with either file. They are deployed together, since each deploy ends all processes of functions. */
const tables = {
  broken: Array.from({ length: 4 }, () => uniqueName('Redriven')),
  mended: Array.from({ length: 3 }, () => uniqueName('Redriven')),
};

let proxy: DynamoDbProxy;
let service: Service;

beforeAll(async () => {
  proxy = await startDynamoDbProxy(process.env['DYNAMODB_URL'] ?? '');
  const files = [...tables.broken.map((table) => [`${table}/v1.ts`, broken]), ...tables.mended.map((table) => [`${table}/v1.ts`, mended])];
  service = await startService(Object.fromEntries(files), {
    dynamodb: proxy.url,
    maxProcesses: 4,
    environment: { DYNAMODT_LEASE_MS: '1500', DYNAMODT_CONTROL_INTERVAL_MS: '200' },
  });
});
afterEach(() => {
  proxy.before = () => {};
});
afterAll(async () => {
  await service?.close();
  await proxy?.close();
});

async function until(condition: () => boolean | Promise<boolean>) {
  while (!(await condition())) await setTimeout(10);
}

async function redrive(executionArn: string) {
  await service.sfn.send(new RedriveExecutionCommand({ executionArn }));
  return service.ended(executionArn);
}

async function tableWith(file: keyof typeof tables) {
  const table = tables[file].pop() ?? expect.fail('more tables are needed');
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, items);
  return table;
}

/** Counts the statements that change items of a table from now on. */
function countWrites(table: string) {
  const counted = { writes: 0 };
  proxy.before = ({ text }) => {
    counted.writes += text.split(`UPDATE \\"${table}\\"`).length - 1;
  };
  return counted;
}

async function failed(table: string) {
  const executionArn = await service.start({ table, totalSegments: 8 });
  const execution = await service.ended(executionArn);
  expect(execution).toMatchObject({ status: 'FAILED', error: 'ItemsFailed' });
  expect(execution.errorMessage).toContain(`${failing} items`);
  expect(execution.errorMessage).toMatch(/TransformThrew at .*v1\.ts:4/);
  return executionArn;
}

it('sweeps the table with mended code when it is redriven, and writes only what was left', async () => {
  const table = await tableWith('broken');
  const executionArn = await failed(table);
  await service.deploy({ [`${table}/v1.ts`]: mended });
  const counted = countWrites(table);

  expect((await redrive(executionArn)).error).toBeUndefined();

  expect(counted.writes).toBe(failing);
  expect(await readAll(service.dynamodb, table)).toEqual(transformed);
  const [version] = await service.ledger.versions(table);
  const [run, ...others] = await service.ledger.runs(table);
  expect(others).toEqual([]);
  expect(version).toMatchObject({ status: 'applied', checksum: run?.steps[0]?.checksum, execution: executionArn });
  const control = await service.ledger.control(run?.id ?? '');
  const last = await service.ledger.checkpoints(run?.id ?? '', control?.pass ?? 0);
  expect([...last.values()].every(({ checksum, dirty, done }) => checksum === control?.bundleChecksum && !dirty && done)).toBe(true);
});

it('does the same through a new start', async () => {
  const table = await tableWith('broken');
  await failed(table);
  await service.deploy({ [`${table}/v1.ts`]: mended });
  const counted = countWrites(table);

  expect((await service.run({ table })).error).toBeUndefined();

  expect(counted.writes).toBe(failing);
  expect(await readAll(service.dynamodb, table)).toEqual(transformed);
  expect((await service.ledger.runs(table)).map(({ status }) => status).sort()).toEqual(['succeeded', 'superseded']);
});

it('does only the segments with failed items again when the code is the same', async () => {
  const table = await tableWith('broken');
  const executionArn = await failed(table);
  const [run] = await service.ledger.runs(table);
  const before = await service.ledger.checkpoints(run?.id ?? '', 1);

  expect(await redrive(executionArn)).toMatchObject({ status: 'FAILED', error: 'ItemsFailed' });

  const after = await service.ledger.checkpoints(run?.id ?? '', 1);
  for (const [segment, checkpoint] of before)
    expect((after.get(segment)?.attempt ?? 0) > checkpoint.attempt, `segment ${segment}`).toBe(checkpoint.counters.failed > 0);
});

it('fails as Superseded, and touches nothing, when another run took the table meanwhile', async () => {
  const table = await tableWith('broken');
  const executionArn = await failed(table);
  await service.deploy({ [`${table}/v1.ts`]: mended });
  expect((await service.run({ table })).status).toBe('SUCCEEDED');
  const counted = countWrites(table);
  const lock = await service.ledger.lock(table);

  expect(await redrive(executionArn)).toMatchObject({ status: 'FAILED', error: 'Superseded' });

  expect(counted.writes).toBe(0);
  expect(await service.ledger.lock(table)).toEqual(lock);
  expect(await service.ledger.versions(table)).toMatchObject([{ status: 'applied' }]);
});

it('leaves the segments to the execution that goes on with the same run, where the redrive lands in the Map', async () => {
  const table = await tableWith('mended');
  const input = { table, totalSegments: 8, maxConcurrency: 2, writeUnits: 40 };
  const first = await service.start(input);
  const taken = async () => {
    const [run] = await service.ledger.runs(table);
    return [...(await service.ledger.checkpoints(run?.id ?? '', 1)).values()];
  };
  await until(async () => (await taken()).length > 0);
  await service.sfn.send(new StopExecutionCommand({ executionArn: first }));
  await service.ended(first);
  const second = await service.start(input);
  const before = Math.max(...(await taken()).map(({ attempt }) => attempt));
  await until(async () => (await taken()).some(({ attempt }) => attempt > before));

  expect(await redrive(first)).toMatchObject({ status: 'FAILED', error: 'Superseded' });

  expect((await service.ended(second)).error).toBeUndefined();
  // Each was taken once by one execution, and at most once by the other.
  expect(Math.max(...(await taken()).map(({ attempt }) => attempt))).toBe(2);
  expect(await readAll(service.dynamodb, table)).toEqual(transformed);
});

it('goes on after a stop from the console', async () => {
  const table = await tableWith('mended');
  const executionArn = await service.start({ table, totalSegments: 8, maxConcurrency: 2, writeUnits: 100 });
  await until(async () => [...(await readAll(service.dynamodb, table)).values()].some((item) => item['once']));
  await service.sfn.send(new StopExecutionCommand({ executionArn }));
  await service.ended(executionArn);

  expect((await redrive(executionArn)).error).toBeUndefined();

  expect(await readAll(service.dynamodb, table)).toEqual(transformed);
  expect((await service.ledger.runs(table)).map(({ status }) => status)).toEqual(['succeeded']);
});

it('goes on after the circuit breaker opened, with the segments that failed under it', async () => {
  const table = await tableWith('mended');
  const denied = { status: 400, body: { __type: 'com.amazon.coral.service#AccessDeniedException', message: 'not allowed' } };
  proxy.before = ({ text }) => (text.includes(`UPDATE \\"${table}\\"`) ? denied : undefined);
  const executionArn = await service.start({ table, totalSegments: 8 });

  const execution = await service.ended(executionArn);
  expect(execution).toMatchObject({ status: 'FAILED', error: 'States.ExceedToleratedFailureThreshold' });
  expect([...(await readAll(service.dynamodb, table)).values()].filter((item) => item['once'])).toEqual([]);

  proxy.before = () => {};
  expect((await redrive(executionArn)).error).toBeUndefined();
  expect(await readAll(service.dynamodb, table)).toEqual(transformed);
});

it('applies one code only when a file outside transformations/ that it imports is deployed anew in mid-run', async () => {
  const table = uniqueName('Imports');
  const shared = `../${service.name}-src/model.js`;
  const importing = `import { mark } from '../../${service.name}-src/model.js';
export const sequence = 1;
export const adds = ['mark'];
export const transformUp = (item) => ({ ...item, mark });`;
  const modelOf = (mark: string) => `export const mark = '${mark}';`;
  await service.deploy({ [`${table}/v1.ts`]: importing, [shared]: modelOf('old') });
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, items);
  const executionArn = await service.start({ table, totalSegments: 8, maxConcurrency: 2, writeUnits: 100 });
  await until(async () => [...(await readAll(service.dynamodb, table)).values()].some((item) => item['mark']));
  await service.deploy({ [shared]: modelOf('new'), [`${table}/v1.ts`]: `${importing} // deployed anew` });

  expect(await service.ended(executionArn)).toMatchObject({ status: 'FAILED', error: 'CodeChanged' });
  expect(await service.ledger.versions(table)).toMatchObject([{ status: 'applying' }]);

  expect((await redrive(executionArn)).error).toBeUndefined();
  await service.deploy({ [shared]: modelOf('newer'), [`${table}/v1.ts`]: importing });
  expect(await service.run({ table })).toMatchObject({ status: 'FAILED', error: 'ChecksumMismatch' });
  await service.deploy({ [shared]: undefined, [`${table}/v1.ts`]: undefined });
});
