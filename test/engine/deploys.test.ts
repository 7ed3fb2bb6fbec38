import { setTimeout } from 'node:timers/promises';
import { RedriveExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { readCatalog } from '../../aws/ledger/catalog.ts';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';

/** Deploys that publish versions of the functions, as in AWS, while runs are under way. */

const items: RawItem[] = Array.from({ length: 200 }, (_, n) => ({ id: { S: `i${n}` }, n: { N: String(n) } }));
/** Fails for every tenth item. */
const broken = `export const sequence = 1;
export const adds = ['code'];
export const transformUp = (item) => {
  if (item.n % 10 === 3) throw new RangeError();
  return { ...item, code: 'broken' };
};`;
const failing = items.filter((_, n) => n % 10 === 3).length;

const tables = {
  running: uniqueName('Running'),
  mended: uniqueName('Mended'),
  kept: uniqueName('Kept'),
  same: uniqueName('Same'),
  late: uniqueName('Late'),
  redriven: uniqueName('Redriven'),
};

let service: Service;

beforeAll(async () => {
  service = await startService(
    {
      [`${tables.running}/v1.ts`]: codeOf('first'),
      [`${tables.redriven}/v1.ts`]: codeOf('first'),
      [`${tables.mended}/v1.ts`]: broken,
      [`${tables.kept}/v1.ts`]: broken,
      [`${tables.same}/v1.ts`]: broken,
      [`${tables.late}/v1.ts`]: 'export const sequence = 1; export const adds = [',
    },
    { versions: true, environment: { DYNAMODT_LEASE_MS: '1500', DYNAMODT_CONTROL_INTERVAL_MS: '200' } },
  );
  for (const table of Object.values(tables)) {
    await createTable(service.dynamodb, table);
    await putAll(service.dynamodb, table, items);
  }
});
afterAll(() => service?.close());

function codeOf(name: string): string {
  return `export const sequence = 1;
export const adds = ['code'];
export const transformUp = (item) => ({ ...item, code: '${name}' });`;
}

/** The table as this code transforms it. */
function by(code: string): Map<string, RawItem> {
  return new Map(items.map((item) => [JSON.stringify(item['id']), { ...item, code: { S: code } }]));
}

async function deploy(files: Record<string, string>): Promise<void> {
  await service.deploy(files);
  await service.aws.deploy();
}

async function redrive(executionArn: string) {
  await service.sfn.send(new RedriveExecutionCommand({ executionArn }));
  return service.ended(executionArn);
}

async function checksumIn(table: string): Promise<string | undefined> {
  return (await readCatalog(service.dynamodb, `${service.name}-ledger`))?.tables[table]?.files[0]?.checksum;
}

async function failedRun(table: string): Promise<string> {
  const executionArn = await service.start({ table, totalSegments: 4 });
  expect(await service.ended(executionArn)).toMatchObject({ status: 'FAILED', error: 'ItemsFailed' });
  return executionArn;
}

it('ends a run with the code of the deploy in which it began, if another is deployed in its middle', async () => {
  const table = tables.running;
  const executionArn = await service.start({ table, totalSegments: 8, maxConcurrency: 2, writeUnits: 120 });
  const run = async () => (await service.ledger.runs(table))[0];
  const done = async () =>
    [...(await service.ledger.checkpoints((await run())?.id ?? '', 1)).values()].filter((checkpoint) => checkpoint.done);
  while ((await done()).length === 0) await setTimeout(10);

  await deploy({ [`${table}/v1.ts`]: codeOf('second') });

  expect(await run()).toMatchObject({ status: 'running' });
  expect((await done()).length).toBeLessThan(8);
  expect(await service.ended(executionArn)).toMatchObject({ status: 'SUCCEEDED' });
  expect(await readAll(service.dynamodb, table)).toEqual(by('first'));
  const [version] = await service.ledger.versions(table);
  expect(version).toMatchObject({ status: 'applied', execution: executionArn });
  expect(version?.checksum).not.toBe(await checksumIn(table));
  // The next run is one of the new deploy.
  expect(await service.run({ table })).toMatchObject({ status: 'FAILED', error: 'ChecksumMismatch' });
});

it('keeps the code of a redrive, too, if another is deployed in the middle of it', async () => {
  const table = tables.redriven;
  const executionArn = await service.start({ table, totalSegments: 8, maxConcurrency: 2, writeUnits: 60 });
  const taken = async (): Promise<number> => {
    const [run] = await service.ledger.runs(table);
    return (await service.ledger.checkpoints(run?.id ?? '', 1)).size;
  };
  while ((await taken()) === 0) await setTimeout(10);
  await service.aws.invoke('control-run', { table, action: 'stop', by: 'test' });
  expect(await service.ended(executionArn)).toMatchObject({ error: 'Stopped' });
  await service.sfn.send(new RedriveExecutionCommand({ executionArn }));
  const decidedBy = async () => {
    const [run] = await service.ledger.runs(table);
    return (await service.ledger.control(run?.id ?? ''))?.decision.redriveCount;
  };
  while ((await decidedBy()) !== 1) await setTimeout(10);

  await deploy({ [`${table}/v1.ts`]: codeOf('second') });

  expect(await service.ended(executionArn)).toMatchObject({ status: 'SUCCEEDED' });
  expect(await readAll(service.dynamodb, table)).toEqual(by('first'));
  const [version] = await service.ledger.versions(table);
  expect(version).toMatchObject({ status: 'applied', execution: executionArn });
  expect(version?.checksum).not.toBe(await checksumIn(table));
});

it('hands a redrive over to the present deploy, whose code sweeps the table, for the versions of the run and no newer ones', async () => {
  const table = tables.mended;
  const executionArn = await failedRun(table);
  const newer = codeOf('newer').replace('sequence = 1', 'sequence = 2').replace("['code']", "['newer']");
  await deploy({ [`${table}/v1.ts`]: codeOf('mended'), [`${table}/v2.ts`]: newer });

  expect(await redrive(executionArn)).toMatchObject({ status: 'SUCCEEDED' });

  const written = [...(await readAll(service.dynamodb, table)).values()].map(({ code }) => code?.S);
  expect(written.filter((code) => code === 'mended')).toHaveLength(failing);
  expect(written.filter((code) => code === 'broken')).toHaveLength(items.length - failing);
  const [version, ...others] = await service.ledger.versions(table);
  expect(version).toMatchObject({ status: 'applied', checksum: await checksumIn(table) });
  expect(others).toEqual([]);
  expect(version?.execution).not.toBe(executionArn);
  const runs = await service.ledger.runs(table);
  expect(runs.map(({ status }) => status).sort()).toEqual(['succeeded', 'superseded']);
});

it('goes on with the segments that are left if a redrive finds a deploy with the same code of the run', async () => {
  const table = tables.same;
  const executionArn = await failedRun(table);
  await deploy({ [`${tables.kept}/v2.ts`]: codeOf('other').replace('sequence = 1', 'sequence = 2') });

  expect(await redrive(executionArn)).toMatchObject({ status: 'FAILED', cause: expect.stringContaining('ItemsFailed') });

  const runs = await service.ledger.runs(table);
  expect(runs).toHaveLength(1);
  expect(runs[0]?.execution).not.toBe(executionArn);
  // A second redrive begins where the first one handed over.
  await deploy({ [`${table}/v1.ts`]: codeOf('mended') });
  expect(await redrive(executionArn)).toMatchObject({ status: 'SUCCEEDED' });
});

it('goes on in the same execution if nothing was deployed since it began', async () => {
  const table = tables.kept;
  const executionArn = await failedRun(table);

  expect(await redrive(executionArn)).toMatchObject({ status: 'FAILED', error: 'ItemsFailed' });

  const runs = await service.ledger.runs(table);
  expect(runs.map(({ execution }) => execution)).toEqual([executionArn]);
});

it('hands transform-all over if it is redriven after a file that did not compile was mended', async () => {
  const { sfn, stateMachine } = service;
  const failed = await service.runAll({ tables: [tables.late] });
  expect(failed).toMatchObject({ status: 'FAILED', error: 'InvalidTransformation' });
  await deploy({ [`${tables.late}/v1.ts`]: codeOf('late') });

  await sfn.send(new RedriveExecutionCommand({ executionArn: failed.executionArn }));

  expect(await service.ended(failed.executionArn ?? '')).toMatchObject({
    status: 'SUCCEEDED',
    stateMachineArn: stateMachine('transform-all'),
  });
  expect(await readAll(service.dynamodb, tables.late)).toEqual(by('late'));
});

it('has the catalog of the former code if a deploy is rolled back', async () => {
  const table = tables.running;
  const before = await readCatalog(service.dynamodb, `${service.name}-ledger`);
  await deploy({ [`${table}/v1.ts`]: codeOf('third') });
  expect(await checksumIn(table)).not.toBe(before?.tables[table]?.files[0]?.checksum);

  // CloudFormation restores the functions, and then updates the resource with the properties of before.
  await service.aws.invoke(`publish-catalog:${before?.deploy}`, {
    RequestType: 'Update',
    ResourceProperties: { tables: {}, lookupTables: {}, deploy: before?.deploy ?? '', version: before?.version ?? '' },
  });

  expect(await readCatalog(service.dynamodb, `${service.name}-ledger`)).toEqual(before);
});
