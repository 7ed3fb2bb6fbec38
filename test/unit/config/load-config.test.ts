import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, expectTypeOf, it, onTestFinished } from 'vitest';
import type * as z from 'zod';
import type { DynamodtConfig, StageSettings, TableSettings } from '../../../config/contract.ts';
import { loadConfig } from '../../../config/load-config.ts';
import type { ConfigSchema } from '../../../config/schema.ts';

async function folderWith(files: Record<string, string>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'config-test-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  await Promise.all(Object.entries(files).map(([name, text]) => writeFile(join(folder, name), text)));
  return folder;
}

function failureOf(files: Record<string, string>, asked: Parameters<typeof loadConfig>[1] = {}): Promise<string> {
  return folderWith(files)
    .then((folder) => loadConfig(folder, asked))
    .then(
      () => 'no failure',
      (error: Error) => `${error.name}: ${error.message}`,
    );
}

const typed =
  "import { defineConfig } from 'dynamodt';\nexport default defineConfig({ tables: { Users: 'prod-users' }, flags: { up: { writeUnits: 500 } } });";

describe('a configuration', () => {
  it.each([
    ['dynamodt.config.ts', typed],
    ['dynamodt.config.mts', typed],
    [
      'dynamodt.config.cts',
      "const name: string = 'prod-users';\nmodule.exports = { tables: { Users: name }, flags: { up: { writeUnits: 500 } } };",
    ],
    ['dynamodt.config.js', typed],
    ['dynamodt.config.js', "module.exports = { tables: { Users: 'prod-users' }, flags: { up: { writeUnits: 500 } } };"],
    [
      'dynamodt.config.cjs',
      "const { defineConfig } = require('dynamodt');\nexports.__esModule = true;\nexports.default = defineConfig({ tables: { Users: 'prod-users' }, flags: { up: { writeUnits: 500 } } });",
    ],
    ['dynamodt.config.mjs', typed.replace('defineConfig({', 'defineConfig(async () => ({').replace('});', '}));')],
    ['dynamodt.config.json', '{ "tables": { "Users": "prod-users" }, "flags": { "up": { "writeUnits": 500 } } }'],
  ])('is read from %s', async (name, text) => {
    const folder = await folderWith({ [name]: text });
    expect(await loadConfig(folder, {})).toEqual({
      file: name,
      folder,
      settings: { tables: { Users: 'prod-users' }, flags: { up: { writeUnits: 500 } } },
      stages: [],
      stage: undefined,
    });
  });

  it('may be missing', async () => {
    expect(await loadConfig(await folderWith({}), {})).toBeUndefined();
  });

  it('may import other files, and ask where it is', async () => {
    const folder = await folderWith({
      'tables.ts': "export const users: string = 'prod-users';",
      'dynamodt.config.ts':
        "import { readdirSync } from 'node:fs';\nimport { users } from './tables';\nexport default { tables: { Users: users }, transformations: readdirSync(__dirname).sort()[1] + import.meta.url };",
    });
    expect((await loadConfig(folder, {}))?.settings.transformations).toMatch(/^tables\.tsfile:.*dynamodt\.config\.ts$/);
  });

  it('adds the tables, variables and flags of a stage to those of all stages, and replaces the rest', async () => {
    const folder = await folderWith({
      'dynamodt.config.json': JSON.stringify({
        name: 'shop',
        memorySize: 3008,
        tables: { Users: 'users', Orders: 'orders' },
        flags: { up: { writeUnits: 500, detach: true }, plan: { sample: 10 } },
        stages: {
          prod: {
            memorySize: 1769,
            tables: { Users: { tableName: 'prod-users' } },
            flags: { up: { writeUnits: 50 } },
            region: 'eu-west-1',
          },
          dev: {},
        },
      }),
    });
    const prod = await loadConfig(folder, { stage: 'prod' });
    expect(prod?.stages).toEqual(['prod', 'dev']);
    expect(prod?.settings).toEqual({
      name: 'shop',
      memorySize: 1769,
      region: 'eu-west-1',
      tables: { Users: { tableName: 'prod-users' }, Orders: 'orders' },
      flags: { up: { writeUnits: 50, detach: true }, plan: { sample: 10 } },
    });
    expect((await loadConfig(folder, { stage: 'dev' }))?.settings.tables).toEqual({ Users: 'users', Orders: 'orders' });
  });

  it('may be a function of the stage', async () => {
    const folder = await folderWith({
      'dynamodt.config.ts':
        "import { defineConfig } from 'dynamodt';\nexport default defineConfig(({ stage }) => ({ tables: { Users: stage + '-users' } }));",
    });
    expect((await loadConfig(folder, { stage: 'ann' }))?.settings.tables).toEqual({ Users: 'ann-users' });
  });
});

describe('a configuration that cannot be used', () => {
  it('is refused for each setting that is unknown, missing or of a wrong kind', async () => {
    const text = JSON.stringify({
      tabels: {},
      tables: {
        Users: { tabelName: 'x' },
        Orders: 7,
        Cities: { encryption: 'mine' },
        Authors: { parameters: { v3: {}, 4: { days: 30 }, 5: 30 } },
        Prices: { follow: 'yes' },
        Rates: { follow: { units: -1, concurrency: 1.5, writerAttribute: '' } },
        Items: { follow: { unit: 5 }, stream: 'arn:aws:dynamodb:eu-west-1:123456789012:table/items' },
      },
      memorySize: '1769',
      reservedConcurrency: 0,
      environment: { PORT: 80 },
      encryptionKey: 'alias/x',
      removalPolicy: 'delete',
      vpc: { vpcId: 'vpc-1' },
      permissions: { transform: [{ Action: 's3:GetObject' }] },
      stages: { prod: { reservedConcurency: 5 } },
    });
    expect(await failureOf({ 'dynamodt.config.json': text })).toBe(
      [
        "ConfigError: dynamodt.config.json is not valid: tables.Users.tabelName is not known; tables.Orders must be the table's name in AWS, or { tableName, encryption, acceptLastWriterWins, parameters, follow, stream }, and is 7",
        'tables.Cities.encryption must be aws, parameter, or the ARN of a KMS key, and is a string',
        'tables.Authors.parameters.5 must be an object, and is 30',
        'tables.Authors.parameters.v3 has a name that must be the number of a version, such as 3',
        'tables.Prices.follow must be true, false, or { units, concurrency, writerAttribute }, and is a string',
        'tables.Rates.follow.units must be above 0, and is -1',
        'tables.Rates.follow.concurrency must be a whole number, and is 1.5',
        'tables.Rates.follow.writerAttribute must not be empty, and is a string',
        'tables.Items.follow.unit is not known',
        'tables.Items.stream must be parameter, or the ARN of a stream of DynamoDB, arn:aws:dynamodb:…:table/…/stream/…, and is a string',
        'environment.PORT must be a text; write numbers in quotation marks, and is a number',
        'permissions.transform.0.Resource must be a text or a list of texts, and is missing',
        'encryptionKey must be the ARN of a KMS key, which begins with arn:, and is a string',
        'removalPolicy must be retain or destroy, and is a string',
        'memorySize must be a whole number, and is a string',
        'reservedConcurrency must be above 0, and is 0',
        'vpc.subnetIds must be a list, and is missing',
        'stages.prod.reservedConcurency is not known (did you mean reservedConcurrency?)',
        'tabels is not known (did you mean tables?). Correct it; node_modules/dynamodt/docs/configuration.md lists all settings.',
      ].join('; '),
    );
  });

  it('is refused for values of parameters that are not JSON', async () => {
    const text = 'export default { tables: { Users: { parameters: { 3: { since: new Date(0), days: 30, of: [{ a: null }] } } } } };';
    expect(await failureOf({ 'dynamodt.config.ts': text })).toContain(
      'is not valid: tables.Users.parameters.3.since must be what JSON can hold: a text, a number, true, false, null, or a list or an object of these, and is an object. Correct it',
    );
  });

  it.each([
    [
      'two files',
      { 'dynamodt.config.ts': typed, 'dynamodt.config.json': '{}' },
      'There are two configurations: dynamodt.config.ts and dynamodt.config.json. Remove one, or name the one that is meant with --config.',
    ],
    [
      'a syntax error',
      { 'dynamodt.config.ts': 'export default {\n  tables: {{ }' },
      'dynamodt.config.ts does not compile: Expected identifier but found "{" (line 2, column 12)',
    ],
    ['bad JSON', { 'dynamodt.config.json': '{,}' }, /^dynamodt\.config\.json is not JSON: SyntaxError: /],
    [
      'a throw while loading',
      { 'dynamodt.config.ts': "throw new TypeError('no STAGE');\nexport default {};" },
      'dynamodt.config.ts throws when it is loaded: TypeError: no STAGE',
    ],
    [
      'a throw of the function',
      { 'dynamodt.config.js': "module.exports = () => { throw new Error('no STAGE'); };" },
      'The function of dynamodt.config.js throws: Error: no STAGE',
    ],
    [
      'named exports only',
      { 'dynamodt.config.ts': 'export const config = {};' },
      'dynamodt.config.ts exports no configuration: it needs `export default defineConfig({ tables: { … } })`, or `module.exports = { … }`.',
    ],
    [
      'no object',
      { 'dynamodt.config.js': 'module.exports = 7;' },
      'dynamodt.config.js is not valid: the configuration must be an object, and is 7. Correct it; node_modules/dynamodt/docs/configuration.md lists all settings.',
    ],
  ])('has %s', async (_, files, message) => {
    const failure = await failureOf(files);
    if (typeof message === 'string') expect(failure).toBe(`ConfigError: ${message}`);
    else expect(failure.replace('ConfigError: ', '')).toMatch(message);
  });

  it('lacks the stage that is asked for, or is not there', async () => {
    const files = { 'dynamodt.config.json': '{ "stages": { "dev": {}, "prod": {} } }' };
    expect(await failureOf(files, { stage: 'prd' })).toBe(
      'ConfigError: dynamodt.config.json has no stage prd; it has dev, prod. Name one of them with --stage, or add it to `stages`.',
    );
    expect(await failureOf({ 'dynamodt.config.json': '{}' }, { stage: 'prod' })).toBe(
      'ConfigError: dynamodt.config.json has no `stages`, so there is no stage prod. Add them, or leave --stage and DYNAMODT_STAGE out.',
    );
    expect(await failureOf(files, { file: 'other.ts' })).toBe(
      'ConfigError: There is no file other.ts. Name the configuration with --config, or leave the flag out.',
    );
    expect(await failureOf({}, { file: '.' })).toBe(
      'ConfigError: . is a folder. Name the file in it with --config, or leave the flag out.',
    );
  });
});

it('has types that name what is checked', () => {
  type Checked = z.input<typeof ConfigSchema>;
  expectTypeOf<keyof DynamodtConfig>().toEqualTypeOf<keyof Checked>();
  expectTypeOf<keyof StageSettings>().toEqualTypeOf<keyof NonNullable<Checked['stages']>[string]>();
  expectTypeOf<DynamodtConfig>().toExtend<Checked>();
  type CheckedTable = Exclude<NonNullable<Checked['tables']>[string], string>;
  expectTypeOf<keyof TableSettings>().toEqualTypeOf<keyof CheckedTable>();
});
