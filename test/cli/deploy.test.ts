import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { type FakeAws, startFakeAws } from '../support/fake-aws/fake-aws.ts';
import { fakeRegion } from '../support/fake-aws/fake-stacks.ts';
import { exampleTransformations } from '../support/synthesise.ts';
import { runForJson } from './command.ts';

// Each call is a process, and the first one writes the whole template.
vi.setConfig({ testTimeout: 120_000 });

let aws: FakeAws;
beforeAll(async () => {
  aws = await startFakeAws();
});
afterAll(() => aws?.close());

const where = ['--region', fakeRegion];
const tables = ['Users', 'Orders', 'Cities', 'Authors'].flatMap((name) => ['--table', `${name}=prod-${name.toLowerCase()}`]);

it('deploys the whole service from nothing, and deletes its stack but not the ledger', async () => {
  const service = { name: 'shop', aws };

  const { exitCode, document, stderr } = await runForJson(
    service,
    'deploy',
    '--transformations',
    exampleTransformations,
    ...where,
    ...tables,
  );

  expect(stderr).toContain('  created   Custom::DynamodtCatalog PublishCatalog\n');
  expect(exitCode).toBe(0);
  expect(document).toMatchObject({ result: 'deployed', service: 'shop', stack: 'shop', region: fakeRegion });
  expect(document.changes.length).toBeGreaterThan(70);
  expect(Object.values(document.outputs)).toContain('shop-ledger');
  expect(stderr.split('\n').filter((line) => line.length > 80)).toEqual([]);

  const deleted = await runForJson(service, 'deploy', '--destroy', ...where);

  expect(deleted.exitCode).toBe(0);
  expect(deleted.document).toMatchObject({
    result: 'destroyed',
    kept: expect.arrayContaining([{ type: 'AWS::DynamoDB::Table', name: 'shop-ledger' }]),
  });
  expect(aws.tables.has('shop-ledger')).toBe(true);
});
