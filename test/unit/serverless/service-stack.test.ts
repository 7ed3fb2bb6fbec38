import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, onTestFinished, vi } from 'vitest';
import { checkService } from '../../../serverless/check-service.ts';
import { deployService } from '../../../serverless/deploy-service.ts';
import { type StageService, serviceStack } from '../../../serverless/service-stack.ts';
import { builtOnce, exampleTransformations } from '../../support/synthesise.ts';
import { ResolvedTemplate, region } from '../../support/template.ts';

const keyArn = `arn:aws:kms:${region}:000000000000:key/11111111-2222-3333-4444-555555555555`;
const service: StageService = {
  stackName: 'shop-dynamodt-test',
  name: 'shop-test',
  region,
  transformations: exampleTransformations,
  tables: new Map([
    ['Users', { tableName: 'shop-users' }],
    ['Orders', { tableName: 'shop-orders', encryption: keyArn }],
    ['Cities', { tableName: 'cities', acceptLastWriterWins: true }],
  ]),
  tablesElsewhere: ['Authors'],
};
let outdir: string;

beforeAll(async () => {
  await builtOnce();
  outdir = await mkdtemp(join(tmpdir(), 'dynamodt-cdk-'));
});
afterAll(() => rm(outdir, { recursive: true, force: true }));

it('deploys the construct over the tables of the stage', () => {
  serviceStack(service, outdir).synth();

  const template = new ResolvedTemplate(outdir, service.stackName);
  expect(template.one('Custom::DynamodtCatalog').Properties).toMatchObject({
    tables: { Users: 'shop-users', Orders: 'shop-orders', Cities: 'cities' },
    lastWriterWins: ['Cities'],
  });
  const worker = template.one('AWS::Lambda::Function', { FunctionName: 'shop-test-transform-segment' });
  const resources = template.statementsOf(worker.Properties.Role).flatMap(({ Resource }) => Resource);
  expect(resources).toContain(`arn:aws:dynamodb:${region}:000000000000:table/shop-users`);
  expect(resources).toContain(keyArn);
  expect(template.all('AWS::StepFunctions::StateMachine').map(([, { Properties }]) => Properties.StateMachineName)).toEqual([
    'shop-test-transform-table',
    'shop-test-transform-all',
  ]);
});

it('gives the stack the other settings of dynamodt.config.ts', async () => {
  const configured = await mkdtemp(join(tmpdir(), 'dynamodt-cdk-'));
  onTestFinished(() => rm(configured, { recursive: true, force: true }));

  serviceStack({ ...service, settings: { memorySize: 512 } }, configured).synth();

  const template = new ResolvedTemplate(configured, service.stackName);
  expect(template.one('AWS::Lambda::Function', { FunctionName: 'shop-test-transform-segment' }).Properties.MemorySize).toBe(512);
});

it('is checked before a deploy by what the construct refuses', async () => {
  await checkService(service, true);
  await expect(checkService({ ...service, tablesElsewhere: [] }, true)).rejects.toThrow(
    'There are transformations for Authors, but `tables` has only Users, Orders, Cities.',
  );
});

interface Asked {
  action: string;
  /** Access key, day, region and service of the signature. */
  scope: string;
  body: string;
}

const identity = `<GetCallerIdentityResponse><GetCallerIdentityResult><Arn>arn:aws:iam::000000000000:user/u</Arn><UserId>u</UserId>
  <Account>000000000000</Account></GetCallerIdentityResult></GetCallerIdentityResponse>`;
const refusal = '<ErrorResponse><Error><Code>AccessDenied</Code><Message>refused by the test</Message></Error></ErrorResponse>';

/** A bootstrapped account that has all assets, and refuses what comes then. */
function bootstrappedAccount(action: string): [number, string] {
  if (action === 'GetCallerIdentity') return [200, identity];
  if (action === 'AmazonSSM.GetParameter') return [200, JSON.stringify({ Parameter: { Value: '30' } })];
  const asset = /prefix=([0-9a-f]+\.\w+)/.exec(action)?.[1];
  return asset ? [200, `<ListBucketResult><Contents><Key>${asset}</Key></Contents></ListBucketResult>`] : [403, refusal];
}

/** Remembers who asked for what. */
async function refusingAws(): Promise<{ url: string; server: Server; asked: Asked[] }> {
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk) => {
      body += chunk;
    });
    request.on('end', () => {
      const action = /Action=(\w+)/.exec(body)?.[1] ?? String(request.headers['x-amz-target'] ?? `${request.method} ${request.url}`);
      asked.push({ action, scope: /Credential=([^,]+)/.exec(request.headers.authorization ?? '')?.[1] ?? '', body });
      const [status, text] = bootstrappedAccount(action);
      response.writeHead(status).end(text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

it("asks CloudFormation for the stack with the framework's credentials and region", async () => {
  const { server, asked, url } = await refusingAws();
  vi.stubEnv('AWS_ENDPOINT_URL', url);
  vi.stubEnv('AWS_MAX_ATTEMPTS', '1');
  try {
    const provider = {
      getRegion: () => region,
      getStage: () => 'test',
      getAwsSdkV3CredentialsProvider: () => async () => ({ accessKeyId: 'AKIDOFTHESTAGE', secretAccessKey: 'secret' }),
    };

    await expect(deployService(service, provider)).rejects.toThrow();

    expect(asked.every(({ scope }) => scope.startsWith('AKIDOFTHESTAGE/'))).toBe(true);
    expect(asked).toContainEqual({
      action: expect.stringMatching(/^(DescribeStacks|GetTemplate)$/),
      scope: expect.stringContaining(`/${region}/cloudformation/`),
      body: expect.stringContaining('StackName=shop-dynamodt-test'),
    });
  } finally {
    vi.unstubAllEnvs();
    server.close();
  }
});
