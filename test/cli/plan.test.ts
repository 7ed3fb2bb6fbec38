import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { withBundledTables } from '../../cli/files/local-tables.ts';
import { readPlanOptions } from '../../cli/plan/plan-options.ts';
import { PlanThreads } from '../../cli/plan/plan-thread.ts';
import { loadCities } from '../../demo/load-cities.ts';
import { packageRoot } from '../../infra/package-root.ts';
import { createTable, putAll, type Service, startService, uniqueName } from '../support/service.ts';
import { runCommand, runForJson } from './command.ts';
import { removeWorkingCopies, workingCopy } from './working-copy.ts';

const cities = uniqueName('Cities');
const cityCount = 3000;
let service: Service;

async function plan(files: Record<string, string>, table: string, ...args: string[]) {
  return runForJson(service, 'plan', table, '--transformations', await workingCopy(files), ...args);
}

beforeAll(async () => {
  service = await startService({});
  await loadCities(service.dynamodb, cityCount, cities);
});
afterAll(async () => {
  await service?.close();
  await removeWorkingCopies();
});

const latitude = `export const sequence = 1;
export const adds = ['latitude', 'longitude'];
export const transformUp = (city) => {
  const [longitude, latitude] = city.loc.coordinates;
  return { ...city, latitude, longitude };
};`;

describe('a good version over real cities', () => {
  it('is tried on a sample from many places, and extrapolated to the table', async () => {
    const { exitCode, document, stderr } = await plan({ [`${cities}/v1.ts`]: latitude }, cities);

    expect(stderr).toBe('');
    expect(document.problems).toEqual([]);
    expect({ exitCode, document }).toMatchObject({
      exitCode: 0,
      document: {
        table: cities,
        tableName: cities,
        ok: true,
        size: { items: cityCount },
        sample: { items: 500, isWholeTable: false },
        versions: [
          {
            sequence: 1,
            status: 'pending',
            deployed: 'missing',
            trial: {
              counters: { scanned: 500, changed: 500, unchanged: 0, kept: 0, failed: 0 },
              share: { changed: 1 },
              estimated: { changed: cityCount },
              wayBack: { by: 'derived', tried: 500, restored: 500 },
            },
          },
        ],
        estimate: { passes: 2, writeUnits: cityCount, segments: 8, byDefault: null, cost: { currency: 'USD', region: 'us-east-1' } },
      },
    });
    expect(document.sample.places).toBeGreaterThan(10);
  });

  it('says so to people, with time, units and cost', async () => {
    const folder = await workingCopy({ [`${cities}/v1.ts`]: latitude });
    const budget = ['--write-units', '100', '--read-units', '50'];
    const { exitCode, stdout, stderr } = await runCommand(service, 'plan', cities, '--transformations', folder, ...budget);

    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/about 3,000 items, .* · 500 items from \d+ random places tried/);
    expect(stdout).toMatch(/v1 +pending +500 \(100 %\) +3,000 +0 +0 +0 +3,000 +derived, restores 500 of 500\n/);
    expect(stdout).toMatch(/v1 {2}country: string of 2 characters, cityId: number of \d digits\n {4}\+ latitude: number of \d+ digits/);
    expect(stdout).toContain('3,000 write units in 2 passes over 8 segments, 1 at a time');
    expect(stdout).toContain('with the budget that you give (100 write and 50 read units a second): about 31s');
    expect(stdout).toContain('✓ no problem found');
    // No colours where nobody looks.
    expect(stdout).not.toContain('\x1b');
  });
});

it("finds nothing wrong with this repository's own files, one version on what the other made", async () => {
  const own = ['--transformations', join(packageRoot, 'transformations'), '--table-name', cities];
  const { exitCode, document } = await runForJson(service, 'plan', 'Cities', ...own, '--sample', '5000', '--show-values');

  expect({ exitCode, problems: document.problems }).toEqual({ exitCode: 0, problems: [] });
  expect(document).toMatchObject({
    sample: { items: cityCount, isWholeTable: true },
    versions: [
      { sequence: 1, trial: { counters: { changed: cityCount }, wayBack: { by: 'derived', restored: cityCount } } },
      { sequence: 2, trial: { counters: { scanned: cityCount }, indexUnits: { GSI1: document.versions[1].trial.counters.changed } } },
    ],
  });
  const { changed } = document.versions[1].trial.counters;
  expect(document.versions[1].trial.wayBack).toMatchObject({ by: 'transformDown', tried: changed, restored: changed });
});

it('says for another table that a version writes to what that costs and how long it takes', async () => {
  const [users, emails] = [uniqueName('Users'), uniqueName('Emails')];
  await createTable(service.dynamodb, users);
  await createTable(service.dynamodb, emails, { address: 'S' });
  await putAll(
    service.dynamodb,
    users,
    Array.from({ length: 40 }, (_, n) => ({ id: { S: `u${n}` } })),
  );
  const text = `import { insert, remove } from 'dynamodt';
export const sequence = 1;
export const deletes = true;
export const writes = ['${emails}'];
export const transformUp = (user) => [remove(), insert({ address: user.id + '@navy.mil' }, { table: '${emails}' })];`;
  const folder = await workingCopy({ [`${users}/v1.ts`]: text });
  const args = ['plan', users, '--transformations', folder, '--write-units', '10', '--read-units', '100'];

  const { document } = await runForJson(service, ...args);

  expect(document.problems).toEqual([]);
  expect(document.versions[0].trial).toMatchObject({ counters: { inserted: 40, deleted: 40 }, otherUnits: { [emails]: 80 } });
  expect(document.notes.map(({ name }: { name: string }) => name)).toContain('OtherTable');
  expect(document.estimate.others).toEqual({
    [emails]: { writeUnits: 80, budget: 10, seconds: 8, cost: { onDemand: expect.any(Number), provisioned: expect.any(Number) } },
  });
  const { stdout } = await runCommand(service, ...args);
  expect(stdout).toContain(`and writes about 80 units to table ${emails}: at 10 units a second about 8.0s, costs less than 0.01 on demand`);
});

describe('planted problems', () => {
  const findings = async (text: string, ...args: string[]) => {
    const { exitCode, document } = await plan({ [`${cities}/v1.ts`]: text }, cities, '--sample', '200', ...args);
    return { exitCode, problems: document.problems, notes: document.notes, trial: document.versions[0].trial };
  };
  const version = (exports: string, body: string, down = '') =>
    `export const sequence = 1; ${exports}\nexport const transformUp = (city) => {\n${body}\n};\n${down}`;

  it('prints the lines to add for undeclared changes, with what is declared already', async () => {
    const text = version(
      `export const adds = ['latitude'];`,
      `const [longitude, latitude] = city.loc.coordinates;
       const { featureCode, ...rest } = city;
       return { ...rest, latitude, longitude, name: city.name + (city.shouted ? '' : '!'), shouted: true };`,
    );
    const { exitCode, problems, trial, notes } = await findings(text);

    expect(exitCode).toBe(1);
    expect(problems).toEqual([
      {
        name: 'UndeclaredChange',
        sequence: 1,
        message: expect.stringMatching(/^200 of 200 items: The function .* let .*v1\.ts say this in place of what it declares:$/),
        lines: [
          `export const adds = ['latitude', 'longitude', 'shouted'];`,
          `export const overwrites = ['name'];`,
          `export const removes = ['featureCode'];`,
        ],
      },
    ]);
    expect(trial.counters).toMatchObject({ scanned: 200, failed: 200, changed: 0 });
    expect(notes).toContainEqual({ name: 'Irreversible', sequence: 1, message: expect.stringContaining('without a transformDown') });
  });

  it('finds further faults of items whose changes are undeclared, as if they were declared', async () => {
    const text = version('', `return { ...city, visits: city.visits + 1 };`);
    const { problems } = await findings(text);

    expect(problems.map(({ name }: { name: string }) => name)).toEqual(['UndeclaredChange', 'NotIdempotent']);
    expect(problems[0].lines).toEqual([`export const overwrites = ['visits'];`]);
  });

  it('finds a function that is not idempotent', async () => {
    const { exitCode, problems } = await findings(
      version(`export const overwrites = ['visits'];`, `return { ...city, visits: city.visits + 1 };`),
    );

    expect(exitCode).toBe(1);
    expect(problems).toEqual([
      { name: 'NotIdempotent', sequence: 1, message: expect.stringMatching(/^200 of 200 items: .*guard on an attribute/) },
    ]);
  });

  it('finds a forgotten return', async () => {
    const { problems } = await findings(version(`export const adds = ['big'];`, `city.big = city.population > 1000000;`));

    expect(problems).toEqual([
      { name: 'ForgotReturn', sequence: 1, message: expect.stringMatching(/^200 of 200 items: .*Return the item/) },
    ]);
  });

  it('finds a way back that does not restore, by attribute', async () => {
    const { exitCode, problems, trial } = await findings(
      version(
        `export const overwrites = ['name'];`,
        `return { ...city, name: city.name.toUpperCase() };`,
        `export const transformDown = (city) => ({ ...city, name: city.name.toLowerCase() });`,
      ),
    );

    expect(exitCode).toBe(1);
    expect(problems).toEqual([
      {
        name: 'NotRestored',
        sequence: 1,
        message: expect.stringMatching(/^Down does not restore \d+ of \d+ changed items: "name" \(\d+\)/),
      },
    ]);
    expect(trial.wayBack.restored).toBeLessThan(trial.wayBack.tried);
  });

  it('finds a derived way back that cannot know what was random', async () => {
    const { problems } = await findings(version(`export const adds = ['lot'];`, `return { ...city, lot: Math.random() };`));

    expect(problems).toEqual([
      { name: 'NotRestored', sequence: 1, message: expect.stringContaining('write it out where the function is random') },
    ]);
  });

  it('names the line where functions throw, and not what they say', async () => {
    const text = version(
      `export const adds = ['size'];`,
      `  if (city.population > 1000000) throw new RangeError('secret ' + city.name);\n  return { ...city, size: 'small' };`,
    );
    const { problems, trial } = await findings(text);

    expect(problems).toEqual([
      {
        name: 'TransformThrew',
        sequence: 1,
        message: expect.stringMatching(/^\d+ of 200 items: The function threw RangeError\. \(.*v1\.ts:3\)$/),
      },
    ]);
    expect(trial.counters.failed).toBeGreaterThan(0);
    expect(trial.counters.failed + trial.counters.changed).toBe(200);
  });

  it('tells of a version that cannot be undone', async () => {
    const { exitCode, notes, trial } = await findings(
      version(`export const removes = ['featureCode'];`, `const { featureCode, ...rest } = city; return rest;`),
    );

    expect(exitCode).toBe(0);
    expect(trial.wayBack.by).toBe('none');
    expect(notes).toContainEqual({ name: 'Irreversible', sequence: 1, message: expect.stringContaining('aws dynamodb create-backup') });
  });

  it('tells which index is written, and how much', async () => {
    const text = version(`export const adds = ['GSI1PK', 'GSI1SK'];`, `return { ...city, GSI1PK: city.country, GSI1SK: city.name };`);
    const { notes, trial } = await findings(text);

    expect(trial.indexUnits).toEqual({ GSI1: cityCount });
    expect(notes).toContainEqual({ name: 'IndexWritten', message: expect.stringContaining('"GSI1" takes about 3,000 write units') });
  });

  it('does not try what needs a preparation, nor what comes after it', async () => {
    const { exitCode, document } = await plan(
      {
        [`${cities}/v1.ts`]: latitude,
        [`${cities}/v2.ts`]: `export const sequence = 2; export const adds = ['mayor']; export const prepare = async () => ({ Paris: 'x' });
          export const transformUp = (city, { preparation }) => ({ ...city, mayor: preparation[city.name] });`,
        [`${cities}/v3.ts`]: `export const sequence = 3; export const adds = ['a']; export const transformUp = (city) => ({ ...city, a: 1 });`,
      },
      cities,
    );

    expect(exitCode).toBe(0);
    expect(document.versions.map(({ trial, notTried }: { trial: unknown; notTried?: string }) => (trial ? 'tried' : notTried))).toEqual([
      'tried',
      expect.stringContaining('prepare'),
      'v2 comes before it and was not tried',
    ]);
    expect(document.estimate.without).toEqual([2, 3]);
  });

  it('tries what needs a preparation with what the same file gathered, and is no gate without', async () => {
    const table = uniqueName('Prepared');
    const text = `export const sequence = 1; export const adds = ['mayor'];
export const prepare = async () => ({ Paris: 'hidden-name' });
export const transformUp = (city, { preparation }) => (preparation[city.name] ? { ...city, mayor: preparation[city.name] } : undefined);`;
    const transformations = await workingCopy({ [`${table}/v1.ts`]: text });
    await createTable(service.dynamodb, table);
    await putAll(service.dynamodb, table, [{ id: { S: 'p' }, name: { S: 'Paris' } }]);
    const here = ['--transformations', transformations];

    expect((await runForJson(service, 'plan', table, ...here)).document.versions[0].notTried).toContain(
      `dynamodt prepare ${table} --sequence 1`,
    );
    expect((await runForJson(service, 'prepare', table, '--sequence', '1', '--here', ...here)).exitCode).toBe(0);
    const { exitCode, document } = await runForJson(service, 'plan', table, ...here);
    expect({ exitCode, document }).toMatchObject({ exitCode: 0, document: { versions: [{ trial: { counters: { changed: 1 } } }] } });
    expect(JSON.stringify(document)).not.toContain('hidden-name');

    // Another file gathered nothing yet.
    const other = await workingCopy({ [`${table}/v1.ts`]: text.replace("'hidden-name'", "'other'") });
    expect((await runForJson(service, 'plan', table, '--transformations', other)).document.versions[0].trial).toBeNull();

    await service.deploy({ [`${table}/v1.ts`]: text });
    expect((await service.run({ table })).status).toBe('SUCCEEDED');
    expect((await runForJson(service, 'plan', table, '--sequence', '1', ...here)).document.applied).toMatchObject([
      { scanned: 1, missing: 0 },
    ]);
    const gate = await runForJson({ ...service, name: service.name }, 'plan', table, '--sequence', '1', '--transformations', other);
    expect(gate).toMatchObject({
      exitCode: 1,
      document: { problems: expect.arrayContaining([expect.objectContaining({ name: 'NotTried' })]) },
    });
  });
});

describe('a function that would end or block its worker', () => {
  it('fails the items for which it calls process.exit, by file and line', async () => {
    const { exitCode, document } = await plan({ [`${cities}/v1.ts`]: latitude.replace('return', 'process.exit(0);\n  return') }, cities);

    expect(exitCode).toBe(1);
    expect(document.problems).toMatchObject([{ name: 'TransformThrew', message: expect.stringMatching(/ProcessExitCalled.*v1\.ts:5/) }]);
  });

  it('is named with the item that it never returns for', async () => {
    const environment = {
      AWS_ENDPOINT_URL: service.aws.url,
      AWS_REGION: 'us-east-1',
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    };
    for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
    const folder = await workingCopy({ [`${cities}/v1.ts`]: latitude.replace('return', 'for (;;);\n  return') });
    const threads = new PlanThreads(service.name, 5);
    try {
      const asked = await readPlanOptions({
        table: cities,
        options: { transformations: folder, sample: 10, examples: 0 },
        config: undefined,
      });
      const { plan: made } = await withBundledTables(folder, async ([table]) => {
        if (!table) throw new Error('There is no table.');
        return threads.plan({ table, isAll: false, asked });
      });

      expect(made.problems).toMatchObject([
        {
          name: 'TransformHung',
          message: expect.stringMatching(/v1\.ts held its thread .* \(country: string of 2 characters, cityId: number of \d digits\)/),
          sequence: 1,
        },
      ]);
      expect(made.versions).toMatchObject([{ sequence: 1, trial: null, notTried: 'its file is not valid' }]);
    } finally {
      await threads.close();
      vi.unstubAllEnvs();
    }
  });
});
