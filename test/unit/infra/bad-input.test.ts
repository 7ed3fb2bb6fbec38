import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { App, CfnResource, Stack } from 'aws-cdk-lib';
import {
  AttributeType,
  CfnGlobalTable,
  CfnTable,
  StreamViewType,
  Table,
  TableEncryption,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb';
import { Role } from 'aws-cdk-lib/aws-iam';
import { Key } from 'aws-cdk-lib/aws-kms';
import { CfnFunction } from 'aws-cdk-lib/aws-lambda';
import { Dynamodt, type DynamodtProps, type TableToTransform } from 'dynamodt/cdk';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { builtOnce, env } from '../../support/synthesise.ts';

/** What cannot work fails at synth, by a message that says what, why and what to do. */

const good = `export const sequence = 1;
export const adds = ['n'];
export const transformUp = (item) => ({ ...item, n: 1 });`;
const partitionKey = { name: 'id', type: AttributeType.STRING };

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'dynamodt-bad-'));
  await builtOnce();
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let count = 0;

async function deploy(
  files: Record<string, string>,
  props: (stack: Stack, app: App) => Partial<DynamodtProps> = () => ({}),
): Promise<() => Dynamodt> {
  const transformations = join(folder, String(count++));
  await mkdir(transformations);
  for (const [file, text] of Object.entries(files)) {
    await mkdir(dirname(join(transformations, file)), { recursive: true });
    await writeFile(join(transformations, file), text);
  }
  const app = new App({ outdir: join(folder, 'out'), analyticsReporting: false });
  const stack = new Stack(app, 'Service', { env });
  const Users = new Table(stack, 'Users', { partitionKey });
  return () => new Dynamodt(stack, 'Dynamodt', { tables: { Users }, transformations, ...props(stack, app) });
}

function messageOf(build: () => unknown): string {
  try {
    build();
  } catch (error) {
    return String(error);
  }
  return '';
}

/** Hash of a function's code with the files in it. */
function codeOf(service: Dynamodt): unknown {
  const lambda = service.functions.get('publish-catalog')?.node.defaultChild;
  return lambda instanceof CfnFunction ? Stack.of(service).resolve(lambda.code).s3Key : undefined;
}

it('is deployed where nothing is wrong', async () => {
  expect(await deploy({ 'Users/v1.ts': good, 'shared/names.ts': 'export const name = 1;' })).not.toThrow();
});

describe('files', () => {
  it.each([
    ['does not compile', { 'Users/v1.ts': 'export const sequence = ;' }, /Users\/v1\.ts does not compile: Unexpected ";" \(line 1\)/],
    ['is not valid', { 'Users/v1.ts': good.replace('adds', 'add') }, /"add".*"adds"/],
    [
      'throws when it is loaded',
      { 'Users/v1.ts': `${good}\nthrow new Error('no settings');` },
      /Users\/v1\.ts throws Error when it is loaded; its top level must only declare\. It says: Error: no settings \(Users\/v1\.ts:4\)/,
    ],
    [
      'rejects a promise that nobody catches',
      { 'Users/v1.ts': `${good}\nPromise.reject(new Error('no settings'));`, 'Users/v2.ts': good.replace('1', '2') },
      /Users\/v1\.ts throws where nobody catches it while it is loaded.* It says: Error: no settings \(Users\/v1\.ts:4\)/,
    ],
    ['ends its process', { 'Users/v1.ts': `${good}\nprocess.exit(0);` }, /Users\/v1\.ts ends its process while it is loaded/],
    ['waits for ever', { 'Users/v1.ts': `${good}\nawait new Promise(() => {});` }, /Users\/v1\.ts is never loaded: its top level waits/],
    ['has another sequence than its name', { 'Users/v2.ts': good }, /sequence/],
    [
      'has the sequence of another',
      { 'Users/v1.ts': good, 'Users/v1_again.ts': good },
      /v1_again\.ts has the same sequence as Users\/v1\.ts/,
    ],
  ])('a file that %s', async (_, files, message) => {
    expect(await deploy(files)).toThrow(message);
  });

  it('are all named at once', async () => {
    const problems = await deploy({ 'Users/v1.ts': 'export const', 'Users/v2.ts': good });
    expect(problems).toThrow(/v1\.ts[\s\S]*v2\.ts/);
  });

  it('that are wrong about parameters, scope, look-ups or other items are named, each by what is wrong', async () => {
    const wrong: [string, RegExp][] = [
      ['export const only = {};', /"only" .*must have partitions, an index, or both/],
      ["export const only = { partitions: 'u1' };", /"only" .*array of partition key values/],
      ['export const only = { partitions: Array.from({ length: 250_001 }, String) };', /"only" .*takes up to 250000/],
      ["export const only = { partitions: ['a'], sortKey: { startsWith: 'a' } };", /"only" .*"startsWith"/],
      ["export const lookups = ['Users'];", /"lookups"/],
      ["export const lookups = { self: 'Users' };", /"lookups" .*self/],
      ["export const lookups = { others: { table: 'Users', cache: 'always' } };", /"lookups".*cache/],
      ["export const inserts = { onExisting: 'skip' };", /"inserts".*'fail', 'keep', or a function/],
      ["export const writes = 'Emails';", /"writes"/],
      ["export const writes = ['Users'];", /has its own table "Users" in writes/],
      ["export const writes = ['Emails', 'Emails'];", /"Emails" twice in writes|writes.*twice/],
      ['export const parameters = 30;', /"parameters"/],
      ["export const parameters = { '9lives': 1 };", /"parameters".*9lives/],
      ['export const parameters = { at: new Date(0) };', /"parameters".*"at"/],
      ['export const parameter = { days: 14 };', /"parameter".*"parameters"/],
      ["export const lookup = { users: 'Users' };", /"lookup".*"lookups"/],
    ];
    const files = wrong.map(([line], index) => [`Users/v${index + 1}.ts`, `${good.replace('= 1;', `= ${index + 1};`)}\n${line}`]);

    const messages = messageOf(await deploy(Object.fromEntries(files))).split('\n');

    for (const [index, [line, message]] of wrong.entries())
      expect(messages.filter((text) => text.includes(`Users/v${index + 1}.ts`)).join('\n'), line).toMatch(message);
  });

  it('may leave timers behind and print, which holds nothing up', async () => {
    expect(await deploy({ 'Users/v1.ts': `${good}\nsetInterval(() => {}, 1000); console.log('{}');` })).not.toThrow();
  });

  it('that look like versions, and would be left out, are named', async () => {
    const build = await deploy({ 'Users/v1.ts': good, 'Users/V2.ts': good, 'v9.ts': good, 'Users/old/v3.ts': good });
    expect(build).toThrow(
      /- The file Users\/V2\.ts is not used[\s\S]*- The file Users\/old\/v3\.ts is not used[\s\S]*- The file v9\.ts is not used/,
    );
  });

  it('may contain what may be missing in a deploy, which is a warning', async () => {
    const files = { 'Users/v1.ts': `export const place = import.meta.url;\n${good}`, 'Users/v2.txt': '' };
    const service = (await deploy(files))();
    const warnings = service.node.metadata.map(({ data }) => String(data));
    expect(warnings).toEqual(
      expect.arrayContaining([
        expect.stringContaining('Users/v1.ts uses import.meta.url (Users/v1.ts line 1)'),
        expect.stringContaining('The file Users/v2.txt is not used'),
      ]),
    );
  });

  it('are in a folder that is not there', async () => {
    expect(await deploy({}, () => ({ transformations: 'no/such/folder' }))).toThrow(/no folder .*no\/such\/folder.*dynamodt init/);
  });
});

describe('tables', () => {
  it('have a folder that no table is given for', async () => {
    expect(await deploy({ 'Users/v1.ts': good, 'Orders/v1.ts': good })).toThrow(/transformations for Orders, but `tables` has only Users/);
  });

  it('are in other stages only, as it is said, and then nothing of them is deployed', async () => {
    const elsewhere = await deploy({ 'Users/v1.ts': good, 'Orders/v1.ts': good }, () => ({ tablesElsewhere: ['Orders'] }));
    const alone = await deploy({ 'Users/v1.ts': good });
    expect(codeOf(elsewhere())).toBe(codeOf(alone()));
  });

  it('have squashed versions, which are deployed with their files', async () => {
    const files = { 'Users/v3.ts': good.replace('1;', '3;') };
    const squashed = await deploy({ ...files, 'Users/squashed.json': '{"versions":[1,2]}' });
    const others = await deploy({ ...files, 'Users/squashed.json': '{"versions":[2]}' });
    expect(codeOf(squashed())).not.toBe(codeOf(others()));
  });

  it('are looked up in by a file, and not given', async () => {
    const files = { 'Users/v1.ts': `export const lookups = { prices: { table: 'Prices', cache: 'segment' }, users: 'Users' };\n${good}` };
    const prices = (stack: Stack) => Table.fromTableName(stack, 'Imported', 'prod-prices');
    const given = (name: string) => (stack: Stack) => ({ lookupTables: { [name]: { table: prices(stack), encryption: 'aws' as const } } });
    expect(await deploy(files)).toThrow(/- Users\/v1\.ts looks things up in Prices \(look\.prices\)\n.*lookupTables: { Prices: … }/);
    expect(await deploy(files, given('Costs'))).toThrow(/in Prices \(look\.prices\)/);
    expect(await deploy(files, given('Prices'))).not.toThrow();
  });

  it('are none', async () => {
    expect(await deploy({ 'Users/v1.ts': good }, () => ({ tables: {} }))).toThrow(/No tables are given/);
  });

  it('are imported without saying how they are encrypted', async () => {
    const tables = (stack: Stack) => ({ tables: { Users: Table.fromTableName(stack, 'Imported', 'prod-users') } });
    expect(await deploy({ 'Users/v1.ts': good }, tables)).toThrow(/The encryption of Users is not known[\s\S]*encryption: 'aws'/);
    const lookups = (stack: Stack) => ({ lookupTables: [Table.fromTableName(stack, 'Imported', 'prices')] });
    expect(await deploy({ 'Users/v1.ts': good }, lookups)).toThrow(/The encryption of lookupTables\[0\] is not known/);
  });

  it('are encrypted by what CDK knows, and are taken', async () => {
    const tables = (encryption: TableEncryption) => (stack: Stack) => ({
      tables: { Users: new Table(stack, 'Encrypted', { partitionKey, encryption }) },
    });
    expect(await deploy({ 'Users/v1.ts': good }, tables(TableEncryption.AWS_MANAGED))).not.toThrow();
    expect(await deploy({ 'Users/v1.ts': good }, tables(TableEncryption.CUSTOMER_MANAGED))).not.toThrow();
  });

  it('have replicas that nobody has accepted', async () => {
    const global = (stack: Stack) => new TableV2(stack, 'Global', { partitionKey, replicas: [{ region: 'eu-west-1' }] });
    const old = (stack: Stack) => new Table(stack, 'Old', { partitionKey, replicationRegions: ['eu-west-1'] });
    for (const table of [global, old]) {
      const refused = await deploy({ 'Users/v1.ts': good }, (stack) => ({ tables: { Users: table(stack) } }));
      expect(refused).toThrow(/Users has replicas in eu-west-1[\s\S]*acceptLastWriterWins/);
      const accepted = await deploy({ 'Users/v1.ts': good }, (stack) => ({
        tables: { Users: { table: table(stack), acceptLastWriterWins: true } },
      }));
      expect(accepted).not.toThrow();
    }
  });
});

describe('environments', () => {
  const elsewhere = 'arn:aws:dynamodb:eu-west-1:111122223333:table/Users';
  const here = `arn:aws:dynamodb:${env.region}:${env.account}:table/Users`;
  const given = (arn: string) => (stack: Stack) => ({
    tables: { Users: { table: Table.fromTableArn(stack, 'Imported', arn), encryption: 'aws' as const } },
  });

  it('of a table are those of the stack', async () => {
    expect(await deploy({ 'Users/v1.ts': good }, given(elsewhere))).toThrow(
      /Users is in account 111122223333 and region eu-west-1, but this stack in account 000000000000 and region us-east-1, .*another table of that name/,
    );
    expect(await deploy({ 'Users/v1.ts': good }, given(here))).not.toThrow();
    const otherStack = (_: Stack, app: App) => {
      const tables = new Stack(app, 'Tables', { env: { ...env, region: 'eu-west-1' } });
      return { tables: { Users: new Table(tables, 'Users', { partitionKey, tableName: 'users' }) } };
    };
    expect(await deploy({ 'Users/v1.ts': good }, otherStack)).toThrow(/Users is in account 000000000000 and region eu-west-1/);
  });

  it('of a table that is only looked up in are those of the stack', async () => {
    const lookups = (stack: Stack) => ({ lookupTables: [given(elsewhere)(stack).tables.Users] });
    expect(await deploy({ 'Users/v1.ts': good }, lookups)).toThrow(/lookupTables\[0\] is in account 111122223333/);
  });

  it('of the key are those of the stack', async () => {
    const key = (arn: string) => (stack: Stack) => ({ encryptionKey: Key.fromKeyArn(stack, 'Key', arn) });
    const [id, region] = ['key/11111111-2222-3333-4444-555555555555', env.region];
    expect(await deploy({ 'Users/v1.ts': good }, key(`arn:aws:kms:${region}:111122223333:${id}`))).toThrow(
      /`encryptionKey` is in account 111122223333/,
    );
    expect(await deploy({ 'Users/v1.ts': good }, key(`arn:aws:kms:${region}:${env.account}:${id}`))).not.toThrow();
  });
});

describe('following a table', () => {
  /** @param follow as JavaScript could give it */
  const followed = (tableIn: (stack: Stack) => TableToTransform['table'], follow: unknown = true) =>
    deploy({ 'Users/v1.ts': good }, (stack) => {
      const Users: TableToTransform = { table: tableIn(stack), encryption: 'aws' };
      Object.assign(Users, { follow });
      return { tables: { Users } };
    });
  const withStream = (stack: Stack) => new TableV2(stack, 'Followed', { partitionKey, dynamoStream: StreamViewType.KEYS_ONLY });

  it.each([
    ['no settings', 'yes', /`follow` of Users is "yes"\. Give true, false, or \{ units, concurrency, writerAttribute \}/],
    ['null', null, /`follow` of Users is null/],
    ['a list', [], /`follow` of Users is \[\]/],
    ['an unknown setting', { unit: 5 }, /`follow` of Users has unit, which is not known\. It may have units, concurrency, writerAttribute/],
    ['negative units', { units: -1 }, /`follow\.units` of Users is -1\. Give a whole number above 0/],
    ['no units', { units: 0 }, /`follow\.units` of Users is 0/],
    ['units that are no number', { units: Number.NaN }, /`follow\.units` of Users is NaN/],
    ['half an invocation', { concurrency: 0.5 }, /`follow\.concurrency` of Users is 0\.5/],
    ['units as a text', { units: '100' }, /`follow\.units` of Users is 100/],
    ['a writer without a name', { writerAttribute: '' }, /`follow\.writerAttribute` of Users is ""\. Give the name of the attribute/],
    ['a writer that is no name', { writerAttribute: 5 }, /`follow\.writerAttribute` of Users is 5/],
  ])('is refused with %s', async (_, follow, message) => {
    expect(await followed(withStream, follow)).toThrow(message);
  });

  it.each([
    ['an imported table', (stack: Stack) => Table.fromTableName(stack, 'Imported', 'users')],
    ['an imported table with its key', (stack: Stack) => Table.fromTableAttributes(stack, 'Imported', { tableName: 'users' })],
  ])('needs the ARN of the stream of %s', async (_, table) => {
    expect(await followed(table)).toThrow(
      /Users is to be followed, and the ARN of its stream is not known.*tableStreamArn.*LatestStreamArn/,
    );
    expect(await followed(table, false)).not.toThrow();
  });

  it.each([
    [
      'a Table',
      (stack: Stack) => new Table(stack, 'Followed', { partitionKey }),
      /Users is to be followed, and has no stream.*dynamoStream/,
    ],
    ['a TableV2', (stack: Stack) => new TableV2(stack, 'Followed', { partitionKey }), /Users is to be followed, and has no stream/],
  ])('needs a stream of %s', async (_, table, message) => {
    const service = (await followed(table))();
    expect(service.node.validate()).toEqual([expect.stringMatching(message)]);
  });

  const tableStreamArn = `arn:aws:dynamodb:${env.region}:${env.account}:table/users/stream/2026-01-01T00:00:00.000`;
  it.each([
    ['a Table', (stack: Stack) => new Table(stack, 'Followed', { partitionKey, stream: StreamViewType.NEW_IMAGE })],
    ['a TableV2', withStream],
    ['a table that gets its stream by an override', overridden],
    ['an imported one', (stack: Stack) => Table.fromTableAttributes(stack, 'Imported', { tableName: 'users', tableStreamArn })],
  ])('is possible with the stream of %s', async (_, table) => {
    expect((await followed(table))().node.validate()).toEqual([]);
  });

  it('is possible with the stream that replicas bring', async () => {
    const build = await deploy({ 'Users/v1.ts': good }, (stack) => {
      const table = new TableV2(stack, 'Global', { partitionKey, replicas: [{ region: 'eu-west-1' }] });
      return { tables: { Users: { table, acceptLastWriterWins: true, follow: true } } };
    });
    expect(build().node.validate()).toEqual([]);
  });

  it('tells which files are not followed, and why, of followed tables only', async () => {
    const files = { 'Users/v1.ts': good, 'Users/v2.ts': `${good.replace('= 1', '= 2')}\nexport const follows = false;` };
    const toldIf = async (follow: boolean) => {
      const build = await deploy(files, (stack) => ({ tables: { Users: { table: withStream(stack), follow } } }));
      return JSON.stringify(build().node.metadata);
    };
    expect(await toldIf(true)).toMatch(/aws:cdk:info.*The stream is not followed for Users\/v2\.ts: its file says follows: false/);
    expect(await toldIf(true)).not.toMatch(/v1\.ts/);
    expect(await toldIf(false)).not.toMatch(/not followed/);
  });

  it('is for tables whose items are transformed', async () => {
    const build = await deploy({ 'Users/v1.ts': good }, (stack) => ({
      lookupTables: { Prices: { table: withStream(stack), follow: true } },
    }));
    expect(build).toThrow(/Prices is to be followed, and is given in `lookupTables`.*Remove `follow` there/);
  });

  function overridden(stack: Stack): Table {
    const table = new Table(stack, 'Followed', { partitionKey });
    if (table.node.defaultChild instanceof CfnTable)
      table.node.defaultChild.addPropertyOverride('StreamSpecification', { StreamViewType: 'KEYS_ONLY' });
    return table;
  }
});

describe('two services of one app', () => {
  const other = (stack: Stack, props: Partial<DynamodtProps>, at = stack) =>
    new Dynamodt(at, 'Other', { tables: { Users: new Table(at, 'OtherUsers', { partitionKey }) }, transformations: empty, ...props });
  let empty: string;
  beforeAll(async () => {
    empty = join(folder, 'empty');
    await mkdir(join(empty, 'Users'), { recursive: true });
  });

  it('have two names in one account and region', async () => {
    const inStack = (of?: object) => (stack: Stack, app: App) => {
      other(stack, {}, of && new Stack(app, 'OtherStack', of));
      return {};
    };
    expect(await deploy({ 'Users/v1.ts': good }, inStack())).toThrow(/Service\/Other and Service\/Dynamodt have the name "dynamodt"/);
    expect(await deploy({ 'Users/v1.ts': good }, inStack({ env }))).toThrow(/OtherStack\/Other and Service\/Dynamodt have the name/);
    expect(await deploy({ 'Users/v1.ts': good }, inStack({ env: { ...env, region: 'eu-west-1' } }))).not.toThrow();
    const service = (await deploy({ 'Users/v1.ts': good }, inStack({})))();
    expect(JSON.stringify(service.node.metadata)).toMatch(/have the name .*different accounts or regions only/);
  });

  it('are over different tables', async () => {
    const over = (stack: Stack, imported: boolean) => {
      const own = new Table(stack, 'Own', { partitionKey });
      const table = (id: string) => (imported ? Table.fromTableName(stack, id, 'users') : own);
      const given = (id: string) => ({ tables: { Users: { table: table(id), encryption: 'aws' as const } } });
      other(stack, { name: 'other', ...given('One') });
      return given('Two');
    };
    for (const imported of [true, false])
      expect(await deploy({ 'Users/v1.ts': good }, (stack) => over(stack, imported))).toThrow(
        /Service\/Other and Service\/Dynamodt are both over the table Users/,
      );
    const beside = (stack: Stack) => {
      other(stack, { name: 'other' });
      return {};
    };
    expect(await deploy({ 'Users/v1.ts': good }, beside)).not.toThrow();
  });

  it('or two folders of one service, neither', async () => {
    const twice = (stack: Stack) => {
      const Users = new Table(stack, 'Twice', { partitionKey });
      return { tables: { Users, People: Users } };
    };
    expect(await deploy({ 'Users/v1.ts': good }, twice)).toThrow(/Users and People are one table/);
  });
});

describe('reserved concurrency', () => {
  it.each([0, -1, 1.5])('cannot be %s', async (reservedConcurrency) => {
    expect(await deploy({ 'Users/v1.ts': good }, () => ({ reservedConcurrency }))).toThrow(/lets no worker start/);
  });

  it('warns of workers that a run asks for and does not get', async () => {
    const warnings = async (reservedConcurrency: number) =>
      JSON.stringify((await deploy({ 'Users/v1.ts': good }, () => ({ reservedConcurrency })))().node.metadata);
    expect(await warnings(10)).toMatch(/less than the 40 workers of a run, so a run has 10/);
    expect(await warnings(40)).not.toMatch(/workers/);
  });
});

it('finds replicas that were added after the construct', async () => {
  for (const acceptLastWriterWins of [false, true]) {
    const of: { app?: App; table?: TableV2 } = {};
    const build = await deploy({ 'Users/v1.ts': good }, (stack, app) => {
      const table = new TableV2(stack, 'Global', { partitionKey });
      Object.assign(of, { app, table });
      return { tables: { Users: { table, acceptLastWriterWins } } };
    });
    build();
    of.table?.addReplica({ region: 'eu-west-1' });
    const synthesise = () => JSON.stringify(of.app?.synth().getStackByName('Service').messages);
    if (acceptLastWriterWins) expect(synthesise()).toMatch(/Users has replicas in eu-west-1/);
    else expect(synthesise).toThrow(/Users has replicas in eu-west-1[\s\S]*acceptLastWriterWins/);
  }
});

describe('the key of a table', () => {
  const keyed = (stack: Stack) => new Key(stack, 'First');
  const tables: Record<string, (stack: Stack) => Table | TableV2> = {
    'a Table with a key': (stack) => new Table(stack, 'Keyed', { partitionKey, encryptionKey: keyed(stack) }),
    'a Table without': (stack) => new Table(stack, 'Keyed', { partitionKey }),
    'a TableV2 with a key': (stack) =>
      new TableV2(stack, 'Keyed', { partitionKey, encryption: TableEncryptionV2.customerManagedKey(keyed(stack)) }),
  };
  const changes: Record<string, (table: Table | TableV2, key: Key) => void> = {
    'a property': ({ node: { defaultChild } }, { keyArn }) => {
      const sseSpecification = { sseEnabled: true, sseType: 'KMS', kmsMasterKeyId: keyArn };
      if (defaultChild instanceof CfnTable) defaultChild.sseSpecification = sseSpecification;
      else if (defaultChild instanceof CfnGlobalTable)
        defaultChild.replicas = [{ region: env.region, sseSpecification: { kmsMasterKeyId: keyArn } }];
    },
    'an override': ({ node: { defaultChild } }, { keyArn }) => {
      const where = defaultChild instanceof CfnTable ? '' : 'Replicas.0.';
      if (defaultChild instanceof CfnResource) defaultChild.addPropertyOverride(`${where}SSESpecification.KMSMasterKeyId`, keyArn);
    },
  };

  it.each(Object.keys(tables).flatMap((of) => Object.keys(changes).map((by) => [of, by] as const)))(
    'is compared at the end of the synthesis: %s gets another by %s',
    async (of, by) => {
      let change = () => {};
      const build = await deploy({ 'Users/v1.ts': good }, (stack) => {
        const table = tables[of]?.(stack) ?? expect.fail(of);
        change = () => changes[by]?.(table, new Key(stack, 'Second'));
        return { tables: { Users: table } };
      });
      const { node } = build();
      expect(node.validate()).toEqual([]);

      change();

      expect(node.validate()).toEqual([expect.stringMatching(/The table Users is encrypted under another key .*Second.*encryption: key/)]);
    },
  );

  it('is not known to differ if one of them is an alias, or of AWS', async () => {
    const alias = 'arn:aws:kms:us-east-1:111111111111:alias/of-the-team';
    const override = async (encryption: 'aws' | undefined, id: string) => {
      const build = await deploy({ 'Users/v1.ts': good }, (stack) => {
        const table = tables['a Table with a key']?.(stack) ?? expect.fail();
        if (table.node.defaultChild instanceof CfnTable) table.node.defaultChild.addPropertyOverride('SSESpecification.KMSMasterKeyId', id);
        return { tables: { Users: encryption ? { table, encryption } : table } };
      });
      return build().node.validate();
    };

    expect(await override(undefined, alias)).toEqual([]);
    expect(await override('aws', 'alias/aws/dynamodb')).toEqual([]);
    expect(await override('aws', alias)).toEqual([expect.stringContaining('of-the-team')]);
  });
});

/** A table of a second copy of aws-cdk-lib, whose modules other tests in this process must not see. */
function tableOfAnotherCdk(stack: Stack): TableV2 {
  const require = createRequire(import.meta.url);
  const ofCdk = () => Object.keys(require.cache).filter((file) => file.includes('aws-cdk-lib'));
  const loaded = Object.fromEntries(ofCdk().map((file) => [file, require.cache[file]]));
  for (const file of ofCdk()) delete require.cache[file];
  const copy: typeof import('aws-cdk-lib/aws-dynamodb') = require('aws-cdk-lib/aws-dynamodb');
  const table = new copy.TableV2(stack, 'Global', { partitionKey, replicas: [{ region: 'eu-west-1' }] });
  for (const file of ofCdk()) delete require.cache[file];
  Object.assign(require.cache, loaded);
  return table;
}

it('knows the replicas of a table that another copy of aws-cdk-lib made', async () => {
  const build = await deploy({ 'Users/v1.ts': good }, (stack) => {
    const table = tableOfAnotherCdk(stack);
    expect(table).not.toBeInstanceOf(TableV2);
    return { tables: { Users: table } };
  });
  expect(build).toThrow(/Users has replicas in eu-west-1/);
});

it('refuses a name that cannot begin the names of all resources', async () => {
  for (const name of ['Dynamodt', '9lives', 'a'.repeat(21), 'with space', ''])
    expect(await deploy({ 'Users/v1.ts': good }, () => ({ name }))).toThrow(/must be 1 to 20 lower-case letters/);
});

it('gives the same asset for the same files, wherever they lie and whenever they are bundled', async () => {
  const first = await deploy({ 'Users/v1.ts': good });
  const second = await deploy({ 'Users/v1.ts': good });
  const other = await deploy({ 'Users/v1.ts': good.replace('n: 1', 'n: 2') });
  const assets = [first, second, other].map((build) => codeOf(build()));
  expect(assets[0]).toMatch(/^[0-9a-f]{64}\.zip$/);
  expect(assets[0]).toBe(assets[1]);
  expect(assets[0]).not.toBe(assets[2]);
});

describe('grants', () => {
  it('to a role that CDK may not change are warned of', async () => {
    const granted = async (mutable: boolean) => {
      const service = (await deploy({ 'Users/v1.ts': good }))();
      service.grantObserve(Role.fromRoleArn(service, 'Imported', `arn:aws:iam::${env.account}:role/operator`, { mutable }));
      return JSON.stringify(service.node.metadata);
    };
    expect(await granted(false)).toMatch(/A grant has no effect.*policyDocument/);
    expect(await granted(true)).not.toMatch(/no effect/);
  });

  it('are documents for principals of others, and of operators more than of observers', async () => {
    const service = (await deploy({ 'Users/v1.ts': good }))();
    const actions = (of: 'observe' | 'operate'): string[] =>
      Stack.of(service)
        .resolve(service.policyDocument(of))
        .Statement.flatMap(({ Action }: { Action: string | string[] }) => Action);
    expect(actions('observe')).not.toContain('states:StartExecution');
    expect(actions('operate')).toEqual(expect.arrayContaining([...actions('observe'), 'states:StartExecution', 'dynamodb:UpdateItem']));
  });
});
