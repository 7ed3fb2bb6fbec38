import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { DisableKeyCommand, EnableKeyCommand, KMSClient } from '@aws-sdk/client-kms';
import { GetObjectCommand, ListObjectsV2Command, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { GetExecutionHistoryCommand, RedriveExecutionCommand } from '@aws-sdk/client-sfn';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { preparationKey } from '../../aws/ledger/ledger-keys.ts';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';

const credentials = { accessKeyId: 'local', secretAccessKey: 'local' };
const users: RawItem[] = Array.from({ length: 60 }, (_, index) => ({
  id: { S: `u${index}` },
  plan: { S: index % 3 === 0 ? 'pro' : 'free' },
}));

let service: Service;
let s3: S3Client;
let table: string;
/** What prepare fetches: asked at most once per preparation. */
let asked = 0;
let answer: unknown = { pro: true, free: false };
const elsewhere = createServer((_, response) => {
  asked++;
  response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
});

async function kms(command: DisableKeyCommand | EnableKeyCommand): Promise<void> {
  const client = new KMSClient({ region: 'us-east-1', credentials, endpoint: service.aws.url });
  await client.send(command);
  client.destroy();
}

function key() {
  return { KeyId: `arn:aws:kms:us-east-1:000000000000:key/${service.name}-local` };
}

/** A version that flags each user by what was fetched. */
function flags(sequence: number, prepare?: string, name = 'flag'): string {
  return `
export const sequence = ${sequence};
export const adds = ['${name}'];
export const prepare = ${prepare ?? `async () => (await fetch('${elsewhereUrl()}')).json()`};
export const transformUp = (item, { preparation }) => ({ ...item, ${name}: preparation[item.plan] });
`;
}

function elsewhereUrl(): string {
  return `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}/`;
}

function flagged(name = 'flag') {
  return new Map(users.map((user) => [JSON.stringify(user['id']), { ...user, [name]: { BOOL: user['plan']?.S === 'pro' } }]));
}

function untouched() {
  return new Map(users.map((user) => [JSON.stringify(user['id']), user]));
}

function bucket() {
  return `${service.name}-preparations`;
}

async function objects(of = table) {
  return ((await s3.send(new ListObjectsV2Command({ Bucket: bucket(), Prefix: `preparations/${of}/` }))).Contents ?? []).map(
    ({ Key = '' }) => Key,
  );
}

async function statesOf(executionArn: string | undefined) {
  const { events = [] } = await service.sfn.send(new GetExecutionHistoryCommand({ executionArn, maxResults: 1000 }));
  return events.flatMap(({ stateEnteredEventDetails: entered }) => (entered?.name ? [entered.name] : []));
}

async function redriven(executionArn = '') {
  await service.sfn.send(new RedriveExecutionCommand({ executionArn }));
  return service.ended(executionArn);
}

beforeAll(async () => {
  await new Promise<void>((listening) => elsewhere.listen(0, '127.0.0.1', () => listening()));
  service = await startService({ 'Shared/shared.ts': '' }, { environment: { DYNAMODT_MAX_PREPARATION_BYTES: '100000' } });
  s3 = new S3Client({ region: 'us-east-1', credentials, endpoint: service.aws.url, forcePathStyle: true });
});
afterAll(async () => {
  s3?.destroy();
  await service?.close();
  elsewhere.close();
});
beforeEach(async () => {
  asked = 0;
  answer = { pro: true, free: false };
  table = uniqueName('Prepared');
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, users);
});

describe('a version that exports prepare', () => {
  it('is prepared once, before the first item, and undone with the same preparation', async () => {
    await service.deploy({ [`${table}/v1.ts`]: flags(1) });

    const up = await service.run({ table });
    expect(up).toMatchObject({ status: 'SUCCEEDED' });
    expect(await statesOf(up.executionArn)).toEqual(expect.arrayContaining(['StartRun', 'Prepare', 'TransformSegments']));
    expect(await readAll(service.dynamodb, table)).toEqual(flagged());
    expect(asked).toBe(1);

    answer = { pro: false, free: false };
    const down = await service.run({ table, direction: 'down' });
    expect(down).toMatchObject({ status: 'SUCCEEDED' });
    expect(await readAll(service.dynamodb, table)).toEqual(untouched());
    expect(asked).toBe(1);
  });

  it('takes what was prepared beforehand by the same code', async () => {
    await service.deploy({ [`${table}/v1.ts`]: flags(1) });

    const prepared = await service.run({ table, prepareOnly: true, to: 1 });
    expect(prepared).toMatchObject({ status: 'SUCCEEDED' });
    expect(JSON.parse(prepared.output ?? '')).toMatchObject({ decision: 'succeed', sequences: [1] });
    expect(await readAll(service.dynamodb, table)).toEqual(untouched());
    expect(await service.ledger.versions(table)).toEqual([]);
    expect(await service.ledger.lock(table)).toBeUndefined();

    expect(await service.run({ table })).toMatchObject({ status: 'SUCCEEDED' });
    expect(asked).toBe(1);
    expect(await readAll(service.dynamodb, table)).toEqual(flagged());
  });

  it('is prepared anew where only the preparation is asked for, and where its code changed', async () => {
    await service.deploy({ [`${table}/v1.ts`]: flags(1) });
    await service.run({ table, prepareOnly: true, to: 1 });
    answer = { pro: false, free: true };
    await service.run({ table, prepareOnly: true });
    expect(asked).toBe(2);

    answer = { pro: true, free: false };
    await service.deploy({ [`${table}/v1.ts`]: `${flags(1)}\nexport const removes = [];` });
    expect(await service.run({ table })).toMatchObject({ status: 'SUCCEEDED' });

    expect(asked).toBe(3);
    expect(await readAll(service.dynamodb, table)).toEqual(flagged());
  });

  it('can go through the table, with only the attributes it names', async () => {
    await service.deploy({
      [`${table}/v1.ts`]: flags(
        1,
        `async ({ scan }) => {
          const plans = {};
          for await (const item of scan(['plan'])) {
            if (Object.keys(item).length !== 1) throw new RangeError('more than was asked for');
            plans[item.plan] = (plans[item.plan] ?? 0) + 1;
          }
          return { pro: plans.pro === 20, free: plans.free !== 40 };
        }`,
      ),
    });

    expect(await service.run({ table })).toMatchObject({ status: 'SUCCEEDED' });
    expect(await readAll(service.dynamodb, table)).toEqual(flagged());
  });

  it('stands between versions that build on each other, each with its own preparation, in a dry run too', async () => {
    await service.deploy({
      [`${table}/v1.ts`]: `export const sequence = 1; export const adds = ['tier']; export const transformUp = (item) => ({ ...item, tier: item.plan });`,
      [`${table}/v2.ts`]: flags(2).replaceAll('item.plan', 'item.tier'),
      [`${table}/v3.ts`]: `export const sequence = 3; export const adds = ['both'];
        export const prepare = () => ({ mark: '!' });
        export const transformUp = (item, { preparation: { mark } }) => {
          if (item.flag === undefined) throw new TypeError('v2 is missing');
          return { ...item, both: item.tier + item.flag + mark };
        };`,
    });

    const dry = await service.run({ table, dryRun: true });
    expect(dry).toMatchObject({ status: 'SUCCEEDED' });
    expect(JSON.parse(dry.output ?? '').counters).toMatchObject({ changed: 180, failed: 0 });
    expect(await readAll(service.dynamodb, table)).toEqual(untouched());
    expect(await service.ledger.versions(table)).toEqual([]);

    expect(await service.run({ table })).toMatchObject({ status: 'SUCCEEDED' });
    const expected = users.map((user) => {
      const pro = user['plan']?.S === 'pro';
      const plan = { S: user['plan']?.S ?? '' };
      return [JSON.stringify(user['id']), { ...user, tier: plan, flag: { BOOL: pro }, both: { S: `${plan.S}${pro}!` } }] as const;
    });
    expect(await readAll(service.dynamodb, table)).toEqual(new Map(expected));
    expect(asked).toBe(1);
  });

  it('keeps its preparation over a failure, and goes on by redrive with the one that was frozen', async () => {
    const failing = flags(1).replace('({ ...item', "item.id === 'u7' ? (() => { throw new Error('x'); })() : ({ ...item");
    await service.deploy({ [`${table}/v1.ts`]: failing });
    const failed = await service.run({ table });
    expect(failed).toMatchObject({ status: 'FAILED', error: 'ItemsFailed' });
    answer = { pro: false, free: false };
    await service.run({ table, prepareOnly: true, to: 1 });

    // The same failing code again: nothing new is frozen, and nothing is gathered.
    expect(await redriven(failed.executionArn)).toMatchObject({ status: 'FAILED', error: 'ItemsFailed' });
    const items = await readAll(service.dynamodb, table);
    const expected = flagged();
    expected.set(JSON.stringify({ S: 'u7' }), untouched().get(JSON.stringify({ S: 'u7' })) as never);
    expect(items).toEqual(expected);
    expect(asked).toBe(2);
  });
});

describe('while prepare works', () => {
  /** What is asked elsewhere is answered when the test says so. */
  let letGo: () => void;
  const gate = createServer((_, response) => {
    asked++;
    letGo = () => response.end('{"pro":true,"free":false}');
  });
  beforeAll(() => new Promise<void>((listening) => gate.listen(0, '127.0.0.1', () => listening())));
  afterAll(() => void gate.close());
  const started = async (): Promise<string> => {
    const url = `http://127.0.0.1:${(gate.address() as AddressInfo).port}/`;
    await service.deploy({ [`${table}/v1.ts`]: flags(1, `async () => (await fetch('${url}')).json()`) });
    const execution = await service.start({ table });
    while (asked === 0) await setTimeout(20);
    return execution;
  };
  const control = (action: string) => service.aws.invoke('control-run', { table, action, by: 'user:test' });

  it('a killed function is started again, and nothing is lost', async () => {
    const execution = await started();
    const preparing = service.aws.functionProcesses().find(({ function: name, event }) => name.endsWith('prepare') && event !== undefined);
    process.kill(preparing?.pid ?? Number.NaN, 'SIGKILL');
    while (asked < 2) await setTimeout(20);
    letGo();

    expect(await service.ended(execution)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await readAll(service.dynamodb, table)).toEqual(flagged());
  });

  it('a pause holds the run before its first item, and resuming goes on', async () => {
    const execution = await started();
    await control('pause');
    letGo();
    const { run = '' } = (await service.ledger.lock(table)) ?? {};
    while (!(await service.ledger.control(run))?.marks.taskToken) await setTimeout(50);
    expect(await readAll(service.dynamodb, table)).toEqual(untouched());

    await control('resume');
    expect(await service.ended(execution)).toMatchObject({ status: 'SUCCEEDED' });
    expect(asked).toBe(1);
    expect(await readAll(service.dynamodb, table)).toEqual(flagged());
  });

  it('a stop ends the run without a write, and going on takes what was gathered', async () => {
    const execution = await started();
    await control('stop');
    letGo();
    expect(await service.ended(execution)).toMatchObject({ status: 'FAILED', error: 'Stopped' });
    expect(await readAll(service.dynamodb, table)).toEqual(untouched());

    expect(await service.run({ table })).toMatchObject({ status: 'SUCCEEDED' });
    expect(asked).toBe(1);
  });
});

describe('a preparation is refused by name where it', () => {
  const refusals: Record<string, { prepare: string; error: string; message: RegExp }> = {
    'returns nothing': { prepare: '() => {}', error: 'PreparationInvalid', message: /returned nothing/ },
    throws: {
      prepare: "() => { throw new RangeError('the secret'); }",
      error: 'PreparationInvalid',
      message: /threw RangeError \(.*v1\.ts:\d+\)/,
    },
    'rejects with no error': { prepare: "async () => { throw 'the secret'; }", error: 'PreparationInvalid', message: /threw something/ },
    'holds a Map': { prepare: '() => ({ users: new Map() })', error: 'PreparationInvalid', message: /returned a Map/ },
    'holds a bigint': { prepare: '() => [1n]', error: 'PreparationInvalid', message: /returned a bigint/ },
    'holds itself': { prepare: '() => { const a = {}; a.a = a; return a; }', error: 'PreparationInvalid', message: /contains itself/ },
    'is too large': { prepare: "() => 'x'.repeat(100_001)", error: 'PreparationTooLarge', message: /100003 bytes.*100000.*documentClient/ },
  };

  interface Refused {
    refusedTable: string;
    execution: Awaited<ReturnType<Service['run']>>;
    items: Awaited<ReturnType<typeof readAll>>;
    run: unknown;
    redriven: Awaited<ReturnType<Service['run']>>;
    itemsInTheEnd: Awaited<ReturnType<typeof readAll>>;
  }
  const refused = new Map<string, Refused>();

  /** A table for each refusal, since a deploy of all files at once needs new processes of the functions once. */
  beforeAll(async () => {
    answer = { pro: true, free: false };
    const tables = Object.entries(refusals).map(([name, { prepare }]) => ({ name, prepare, of: uniqueName('Refused') }));
    for (const { of } of tables) {
      await createTable(service.dynamodb, of);
      await putAll(service.dynamodb, of, users);
    }
    await service.deploy(Object.fromEntries(tables.map(({ of, prepare }) => [`${of}/v1.ts`, flags(1, prepare)])));
    const failed = [];
    for (const { name, of } of tables) {
      const execution = await service.run({ table: of });
      failed.push({ name, of, execution, items: await readAll(service.dynamodb, of), run: (await service.ledger.runs(of))[0] });
    }
    await service.deploy(Object.fromEntries(tables.map(({ of }) => [`${of}/v1.ts`, flags(1)])));
    for (const { name, of, execution, items, run } of failed) {
      const again = await redriven(execution.executionArn);
      refused.set(name, { refusedTable: of, execution, items, run, redriven: again, itemsInTheEnd: await readAll(service.dynamodb, of) });
    }
  });

  it.each(Object.entries(refusals))('%s', (name, { error, message }) => {
    const { refusedTable, execution, items, run, redriven, itemsInTheEnd } = refused.get(name) ?? expect.fail('it has not run');

    expect(execution).toMatchObject({ status: 'FAILED', error });
    expect(execution.errorMessage).toMatch(message);
    expect(execution.errorMessage).toContain(`${refusedTable}/v1.ts`);
    expect(JSON.stringify(execution)).not.toContain('the secret');
    expect(items).toEqual(untouched());
    expect(run).toMatchObject({ status: 'failed', error: { name: error } });

    expect(redriven).toMatchObject({ status: 'SUCCEEDED' });
    expect(itemsInTheEnd).toEqual(flagged());
  });

  it('has no sequence that prepares', async () => {
    await service.deploy({ [`${table}/v1.ts`]: flags(1).replace('prepare =', 'other =') });

    const execution = await service.run({ table, prepareOnly: true, to: 1 });

    expect(execution).toMatchObject({ status: 'FAILED', error: 'InvalidInput' });
    expect(execution.errorMessage).toMatch(/exports no "prepare"/);
  });

  it('is for a run that does something else too', async () => {
    await service.deploy({ [`${table}/v1.ts`]: flags(1) });
    for (const input of [{ direction: 'down' }, { again: 1 }, { dryRun: true }])
      expect(await service.run({ table, prepareOnly: true, ...input })).toMatchObject({ status: 'FAILED', error: 'InvalidInput' });
  });
});

describe('what was prepared before', () => {
  /** Prepared, and then what the callback does to the object. */
  const harmed = async (harm: (key: string) => Promise<unknown>): Promise<Awaited<ReturnType<Service['run']>>> => {
    await service.deploy({ [`${table}/v1.ts`]: flags(1) });
    await service.run({ table, prepareOnly: true, to: 1 });
    const [key = ''] = await objects();
    await harm(key);
    return service.run({ table });
  };
  const put = (Key: string, Body: Uint8Array) => s3.send(new PutObjectCommand({ Bucket: bucket(), Key, Body }));
  const get = async (Key: string): Promise<Uint8Array> => {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket(), Key }));
    return (await Body?.transformToByteArray()) ?? new Uint8Array();
  };

  it('is refused with one flipped byte, and replaced by preparing again', async () => {
    const execution = await harmed(async (key) =>
      put(
        key,
        (await get(key)).map((byte, index, { length }) => (index === length - 9 ? byte ^ 1 : byte)),
      ),
    );

    expect(execution).toMatchObject({ status: 'FAILED', error: 'PreparationInvalid' });
    expect(execution.errorMessage).toMatch(new RegExp(`object was changed.*dynamodt prepare ${table} --sequence 1`));
    expect(await readAll(service.dynamodb, table)).toEqual(untouched());

    await service.run({ table, prepareOnly: true, to: 1 });
    expect(await service.run({ table })).toMatchObject({ status: 'SUCCEEDED' });
    expect(await readAll(service.dynamodb, table)).toEqual(flagged());
  });

  it("is refused where another table's object lies in its place", async () => {
    const other = uniqueName('Other');
    await createTable(service.dynamodb, other);
    await putAll(service.dynamodb, other, users);
    await service.deploy({ [`${other}/v1.ts`]: flags(1) });
    await service.run({ table: other, prepareOnly: true, to: 1 });
    const [otherKey = ''] = await objects(other);

    const execution = await harmed(async (key) => put(key, await get(otherKey)));

    expect(execution).toMatchObject({ status: 'FAILED', error: 'PreparationInvalid' });
  });

  it("is refused if the ledger's record names another table's preparation, and is never read", async () => {
    const other = uniqueName('Other');
    await createTable(service.dynamodb, other);
    answer = { pro: 'secret of another table', free: 'secret of another table' };
    await service.deploy({ [`${table}/v1.ts`]: flags(1), [`${other}/v1.ts`]: flags(1) });
    await service.run({ table: other, prepareOnly: true, to: 1 });
    answer = { pro: true, free: false };
    await service.run({ table, prepareOnly: true, to: 1 });
    const checksum = (await service.ledger.runs(table))[0]?.steps[0]?.checksum ?? '';
    const keyIn = (of: string) => {
      const { pk, sk } = preparationKey(of, 1, checksum);
      return { pk: { S: pk }, sk: { S: sk } };
    };
    const ledger = `${service.name}-ledger`;
    const { Item } = await service.dynamodb.send(new GetItemCommand({ TableName: ledger, Key: keyIn(other) }));
    expect(Item?.['table']).toEqual({ S: other });
    await service.dynamodb.send(new PutItemCommand({ TableName: ledger, Item: { ...Item, ...keyIn(table) } }));

    const execution = await service.run({ table });

    expect(await readAll(service.dynamodb, table)).toEqual(untouched());
    expect(execution).toMatchObject({ status: 'FAILED', error: 'PreparationInvalid' });
    expect(execution.errorMessage).toContain(`names a preparation of ${other} v1`);
  });

  it('is refused where it is gone', async () => {
    const execution = await harmed((key) => fetch(`${service.aws.url}/${bucket()}/${key}`, { method: 'DELETE' }));

    expect(execution).toMatchObject({ status: 'FAILED', error: 'PreparationMissing' });
    expect(execution.errorMessage).toContain(`dynamodt prepare ${table} --sequence 1`);
  });

  it('cannot be read without the key, and is gone on with once the key may be used again', async () => {
    const execution = await harmed(() => kms(new DisableKeyCommand(key())));

    expect(execution).toMatchObject({ status: 'FAILED', error: 'PreparationInvalid' });
    expect(execution.errorMessage).toMatch(/DisabledException/);
    await kms(new EnableKeyCommand(key()));
    expect(await redriven(execution.executionArn)).toMatchObject({ status: 'SUCCEEDED' });
  });
});

it('cannot be kept without its bucket, and the run says so', async () => {
  const other = await startService({ [`${table}/v1.ts`]: flags(1) }, { environment: { DYNAMODT_BUCKET: 'no-such-bucket' } });
  try {
    const execution = await other.run({ table });
    expect(execution).toMatchObject({ status: 'FAILED', error: 'PreparationMissing' });
    expect(execution.errorMessage).toMatch(/no bucket no-such-bucket.*Deploy/);
  } finally {
    await other.close();
  }
});
