import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { StopExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod';
import { readCatalog } from '../../aws/ledger/catalog.ts';
import { deployedFunctions } from '../../infra/deployed-functions.ts';
import { type Fixture, functionArn, oneTask, sharedDynamoDb, startFixture, until } from './fixture.ts';

const work = `
  console.log('worked on', event.mark);
  if (event.exit) process.exit(event.exit);
  if (event.reject) { Promise.reject(new Error('lost')); await new Promise(() => setInterval(() => {}, 1000)); }
  if (event.hang) await new Promise(() => setInterval(() => {}, 1000));
  if (event.milliseconds) await new Promise((resolve) => setTimeout(resolve, event.milliseconds));
  const { awsRequestId, functionName, invokedFunctionArn } = context;
  return { pid: process.pid, variables: { ...process.env }, left: context.getRemainingTimeInMillis(), context: { awsRequestId, functionName, invokedFunctionArn } };
`;

interface Answer {
  pid: number;
  left: number;
  variables: Record<string, string>;
  context: Record<string, string>;
}

describe('the deployed functions', () => {
  it('all stay warm beside each other', async () => {
    const names = Object.keys(deployedFunctions);
    const fixture = await startFixture({ functions: Object.fromEntries(names.map((name) => [name, 'return process.pid;'])), machines: {} });
    const pids = async () => {
      const found: unknown[] = [];
      for (const name of names) found.push(await fixture.aws.invoke(name, {}));
      return found;
    };
    try {
      const first = await pids();
      expect(new Set(first).size).toBe(names.length);
      expect(await pids()).toEqual(first);
    } finally {
      await fixture.close();
    }
  });
});

describe('functions', () => {
  let fixture: Fixture;
  beforeAll(async () => {
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'AKIASTARTER');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'starter');
    vi.stubEnv('AWS_SESSION_TOKEN', 'starter');
    fixture = await startFixture(
      {
        functions: {
          work,
          slow: work,
          'control-run': work,
          broken: 'return 1; }; throw new Error("no such import"); export const other = () => {',
        },
        machines: {
          one: oneTask({}),
          slow: oneTask({ Resource: functionArn('Slow') }),
          broken: oneTask({ Resource: functionArn('Broken') }),
          missing: oneTask({ Resource: functionArn('Missing') }),
        },
        transformations: { 'Users/v1.ts': transformation(1), 'shared/names.ts': 'export const names = [];' },
      },
      { environment: { EXTRA: 'given' }, tables: { Users: 'prod-users' }, functionTimeouts: { slow: 1 } },
    );
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await fixture.close();
  });
  const answer = async (input: unknown = {}): Promise<Answer> => (await fixture.run('one', input)).output as Answer;

  it('gives functions the environment of Lambda and nothing of the starter', async () => {
    const { variables, context, left } = await answer();

    expect(variables).toMatchObject({
      EXTRA: 'given',
      AWS_REGION: 'us-east-1',
      AWS_ENDPOINT_URL: fixture.aws.url,
      AWS_ENDPOINT_URL_DYNAMODB: fixture.aws.dynamodbUrl,
      DYNAMODT_LEDGER: 'dynamodt-ledger',
      DYNAMODT_BUCKET: 'dynamodt-preparations',
      NODE_OPTIONS: '--enable-source-maps',
    });
    expect(Object.keys(variables).filter((name) => /VITEST|HOME|SESSION/.test(name))).toEqual([]);
    expect(variables).toMatchObject({ AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' });
    expect(context).toMatchObject({
      functionName: 'dynamodt-work',
      invokedFunctionArn: 'arn:aws:lambda:us-east-1:000000000000:function:dynamodt-work',
    });
    expect(left).toBeGreaterThan(290_000);
  });

  it('keeps a process warm, and uses it for one call at a time', async () => {
    const first = await answer();
    expect((await answer()).pid).toBe(first.pid);

    const together = await Promise.all(Array.from({ length: 3 }, () => answer({ milliseconds: 500 })));
    expect(new Set(together.map(({ pid }) => pid)).size).toBe(3);
  });

  it('passes on what functions write', async () => {
    await answer({ mark: 'a line' });

    await until(() => fixture.lines.some((line) => /^work \d+: worked on a line$/.test(line)));
  });

  it('shows a killed process as Lambda does', async () => {
    const arn = await fixture.start('one', { hang: true, mark: 'victim' });
    const pid = await until(() => fixture.aws.functionProcesses().find(({ event }) => JSON.stringify(event)?.includes('victim'))?.pid);
    process.kill(pid, 'SIGKILL');

    const { error, cause = '' } = await fixture.ended(arn);

    expect(error).toBe('Runtime.ExitError');
    expect(JSON.parse(cause).errorMessage).toMatch(/^RequestId: [\w-]+ Error: Runtime exited with error: signal: killed$/);
  });

  it.each([
    ['Runtime.ExitError', 'one', { exit: 3 }, 'exit status 3'],
    ['Runtime.UnhandledPromiseRejection', 'one', { reject: true }, 'lost'],
    ['Runtime.ImportModuleError', 'broken', {}, 'no such import'],
    ['Sandbox.Timedout', 'slow', { hang: true }, 'Task timed out after 1.00 seconds'],
  ])('names %s as Lambda does', async (name, machine, input, message) => {
    const { error, cause = '' } = await fixture.run(machine, input);

    expect(error).toBe(name);
    expect(JSON.parse(cause).errorMessage).toContain(message);
  });

  it('names a function that does not exist as Lambda does', async () => {
    expect(await fixture.run('missing', {})).toMatchObject({
      error: 'Lambda.ResourceNotFoundException',
      cause: expect.stringMatching(
        /^Function not found: arn:aws:lambda:us-east-1:000000000000:function:dynamodt-missing \(Service: Lambda, Status Code: 404, Request ID: [\w-]+\)$/,
      ),
    });
  });

  it('kills a stopped process at its timeout', async () => {
    const arn = await fixture.start('slow', { hang: true, mark: 'frozen' });
    const pid = await until(() => fixture.aws.functionProcesses().find(({ event }) => JSON.stringify(event)?.includes('frozen'))?.pid);
    process.kill(pid, 'SIGSTOP');

    expect((await fixture.ended(arn)).error).toBe('Sandbox.Timedout');
    await until(() => !alive(pid));
  });

  it('deploys a changed file at the next call, once for calls at the same time', async () => {
    const catalog = async () => {
      const ledger = new DynamoDBClient(fixture.client);
      return (await readCatalog(ledger, 'dynamodt-ledger'))?.tables['Users'];
    };
    const before = await answer();
    const { pid } = z.object({ pid: z.number() }).parse(await fixture.aws.invoke('control-run', {}));
    expect(await catalog()).toMatchObject({ tableName: 'prod-users', files: [{ sequence: 1 }] });

    await writeFile(join(fixture.folder, 'transformations/Users/v2.ts'), transformation(2));
    const [after, beside] = await Promise.all([answer(), answer()]);

    expect(await catalog()).toMatchObject({ files: [{ sequence: 1 }, { sequence: 2 }] });
    expect(fixture.lines.filter((line) => line.includes('deployed'))).toHaveLength(1);
    expect(after.variables['DYNAMODT_TRANSFORMATIONS']).not.toBe(before.variables['DYNAMODT_TRANSFORMATIONS']);
    expect(beside.variables['DYNAMODT_TRANSFORMATIONS']).toBe(after.variables['DYNAMODT_TRANSFORMATIONS']);
    expect((await answer()).pid).not.toBe(before.pid);
    // It carries no transformations: as in AWS, a deploy leaves it as it is.
    expect(await fixture.aws.invoke('control-run', {})).toMatchObject({ pid });
  });

  it.each([
    ['code', 'model.ts', (factor: number) => `export const factor = ${factor};`, '{ factor }'],
    ['a text', 'factor.csv', String, 'factor'],
  ])('deploys again when %s changes that a transformation imports from outside its folder', async (_, name, textOf, imported) => {
    const bundle = async () => (await answer()).variables['DYNAMODT_TRANSFORMATIONS'] ?? '';
    const [model, importing] = [join(fixture.folder, name), join(fixture.folder, 'transformations/Users/v5.ts')];
    await writeFile(model, textOf(2));
    await writeFile(importing, `import ${imported} from '../../${name}';\n${transformation(5)}\nexport const reads = [String(factor)];`);
    // The bundle that was made while the file was written may hold either state of it, and is made again.
    const first = await until(async () => {
      const [one, next] = [await bundle(), await bundle()];
      return one === next && next;
    });

    await writeFile(model, textOf(333));
    const [second, beside] = await Promise.all([bundle(), bundle()]);

    expect(second).not.toBe(first);
    expect(beside).toBe(second);
    const [module] = (await readdir(join(second, 'Users'))).filter((name) => name === 'v5.mjs');
    expect(await readFile(join(second, 'Users', module ?? ''), 'utf8')).toContain('333');
    await Promise.all([rm(model), rm(importing)]);
    await bundle();
  });

  it('removes the bundle of an earlier deploy once no function uses it', async () => {
    const bundle = async () => (await answer()).variables['DYNAMODT_TRANSFORMATIONS'] ?? '';
    const first = await bundle();
    const arn = await fixture.start('one', { hang: true, mark: 'old bundle' });
    const pid = await until(() => fixture.aws.functionProcesses().find(({ event }) => JSON.stringify(event)?.includes('old bundle'))?.pid);

    await writeFile(join(fixture.folder, 'transformations/Users/v2.ts'), `${transformation(2)} // changed`);
    const second = await bundle();
    expect(second).not.toBe(first);
    expect(await readdir(dirname(second))).toEqual(expect.arrayContaining([basename(first), basename(second)]));

    process.kill(pid, 'SIGKILL');
    await fixture.ended(arn);

    await until(async () => !(await readdir(dirname(second))).includes(basename(first)));
    expect(await bundle()).toBe(second);
    expect((await readdir(dirname(second))).filter((name) => name.startsWith('transformations-'))).toEqual([basename(second)]);
  });

  it('keeps the deployment before while a file that compiled does not compile, and says so once', async () => {
    const bundle = async () => (await answer()).variables['DYNAMODT_TRANSFORMATIONS'] ?? '';
    const before = await bundle();
    const refusals = () => fixture.lines.filter((line) => line.includes('not deployed'));

    await writeFile(join(fixture.folder, 'transformations/Users/v1.ts'), 'export const sequence = ;');
    expect(await bundle()).toBe(before);
    expect(await bundle()).toBe(before);

    expect(refusals()).toEqual([
      expect.stringMatching(
        /^transformations changed, but are not deployed: Users\/v1\.ts does not compile: .+ The previous deployment stays in use\.$/,
      ),
    ]);
    await writeFile(join(fixture.folder, 'transformations/Users/v1.ts'), `${transformation(1)} // mended`);
    expect(await bundle()).not.toBe(before);
    expect((await readdir(dirname(before))).filter((name) => name.startsWith('transformations-'))).toHaveLength(1);
  });

  it('names a file that looks like a version and is left out, once', async () => {
    const misnamed = join(fixture.folder, 'transformations/Users/V9.ts');
    await writeFile(misnamed, transformation(9));
    await answer();
    await writeFile(misnamed, `${transformation(9)} // changed`);
    await answer();

    expect(fixture.lines.filter((line) => line.includes('The file Users/V9.ts is not used'))).toHaveLength(1);
    await rm(misnamed);
  });

  it('deploys a new file that does not compile with its problem, as in AWS', async () => {
    await writeFile(join(fixture.folder, 'transformations/Users/v3.ts'), 'export const sequence = ;');
    await answer();

    const ledger = new DynamoDBClient(fixture.client);
    const files = (await readCatalog(ledger, 'dynamodt-ledger'))?.tables['Users']?.files;
    expect(files?.find(({ sequence }) => sequence === 3)?.problem).toBeTruthy();
  });
});

describe('faults of Lambda', () => {
  let fixture: Fixture;
  let full = (_name: string, _event: unknown): boolean => false;
  beforeAll(async () => {
    const retry = {
      Retry: [{ ErrorEquals: ['Lambda.TooManyRequestsException'], IntervalSeconds: 1, JitterStrategy: 'FULL', MaxAttempts: 9 }],
    };
    fixture = await startFixture(
      { functions: { work }, machines: { one: oneTask({}), retrying: oneTask(retry) } },
      { ...sharedDynamoDb(), maxProcesses: 2, throttle: (name, event) => full(name, event) },
    );
  });
  afterAll(() => fixture.close());
  afterEach(() => {
    full = () => false;
  });

  it('refuses an invocation for which there is no room, as Lambda does', async () => {
    full = (name, event) => name === 'work' && JSON.stringify(event).includes('refused');

    const [refused, other] = await Promise.all([fixture.run('one', { mark: 'refused' }), fixture.run('one', { mark: 'welcome' })]);

    expect(refused).toMatchObject({
      error: 'Lambda.TooManyRequestsException',
      cause: expect.stringMatching(/^Rate Exceeded\. \(Service: Lambda, Status Code: 429, Request ID: [\w-]+\)$/),
    });
    expect(await fixture.eventTypes(refused.arn)).not.toContain('LambdaFunctionStarted');
    expect(other.status).toBe('SUCCEEDED');
  });

  it('lets it in later', async () => {
    let refusals = 0;
    full = () => refusals++ < 2;

    const { arn, status } = await fixture.run('retrying', {});

    expect(status).toBe('SUCCEEDED');
    expect((await fixture.eventTypes(arn)).filter((type) => type === 'LambdaFunctionFailed')).toHaveLength(2);
  });

  it('keeps to the processes it may have', async () => {
    const arns = await Promise.all([1, 2, 3, 4].map(() => fixture.start('one', { milliseconds: 200 })));
    let most = 0;
    await until(async () => {
      most = Math.max(most, fixture.aws.functionProcesses().length);
      const types = await Promise.all(arns.map((arn) => fixture.eventTypes(arn)));
      return types.every((events) => events.includes('ExecutionSucceeded'));
    });

    expect(most).toBe(2);
  });

  it('does not begin any more what its execution no longer waits for', async () => {
    const hanging = await Promise.all([1, 2].map(() => fixture.start('one', { hang: true })));
    await until(async () => {
      const types = await Promise.all(hanging.map((arn) => fixture.eventTypes(arn)));
      return types.every((events) => events.includes('LambdaFunctionStarted'));
    });
    const waiting = await fixture.start('one', { mark: 'unwanted' });
    const next = await fixture.start('one', { mark: 'next' });
    await fixture.sfn.send(new StopExecutionCommand({ executionArn: waiting }));
    await fixture.killFunctions();

    expect((await fixture.ended(next)).status).toBe('SUCCEEDED');
    await until(() => fixture.lines.some((line) => line.endsWith('worked on next')));
    expect(fixture.lines.filter((line) => line.endsWith('worked on unwanted'))).toEqual([]);
  });
});

function transformation(sequence: number): string {
  return `export const sequence = ${sequence}; export const adds = ['a']; export const transformUp = (item) => ({ ...item, a: 1 });`;
}

function alive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
