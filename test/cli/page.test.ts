import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { page } from '../../cli/page/page.ts';
import { type DynamoDbProxy, startDynamoDbProxy } from '../support/dynamodb-proxy.ts';
import { createTable, putAll, type Service, startService, uniqueName } from '../support/service.ts';
import { type Browser, openBrowser, type PageFaults, whyNoBrowser } from './browser.ts';
import { runCommand, runForJson } from './command.ts';
import { aLargePicture } from './large-picture.ts';
import { pageStates } from './page-states.ts';

const table = uniqueName('Users');
const itemCount = 1200;
const splitName = `
export const sequence = 1;
export const adds = ['firstName', 'lastName'];
export const transformUp = (user) => { const [firstName, lastName] = user.name.split(' '); return { ...user, firstName, lastName }; };
`;
const shout = `
export const sequence = 2;
export const adds = ['shout'];
export const overwrites = ['name'];
export const transformUp = (user) => {
  if (user.id.endsWith('7')) throw new RangeError('secret of ' + user.name);
  if (user.id.endsWith('3')) return { ...user, undeclared: 1 };
  return { ...user, name: user.name.toUpperCase(), shout: user.name.toUpperCase() };
};
`;

let proxy: DynamoDbProxy;
let service: Service;
let folder: string;
/** Files by what they show. */
const pages: Record<string, string> = {};
/** Write requests of which some are refused. */
const busyFor = 60;

/** Two versions of a table: the first is throttled and succeeds, the second fails for some items; and a sweep that is looked at while it is under way. */
beforeAll(async () => {
  proxy = await startDynamoDbProxy(process.env['DYNAMODB_URL'] ?? '');
  service = await startService({ [`${table}/v1.ts`]: splitName }, { dynamodb: proxy.url });
  folder = process.env['DYNAMODT_PICTURES'] ?? (await mkdtemp(join(tmpdir(), 'dynamodt-page-')));
  await createTable(service.dynamodb, table);
  await putAll(
    service.dynamodb,
    table,
    Array.from({ length: itemCount }, (_, index) => ({ id: { S: `u${index}` }, name: { S: 'Ann Lee' }, note: { S: 'x'.repeat(1500) } })),
  );
  let writes = 0;
  proxy.before = ({ operation, body }) => {
    if (operation !== 'BatchExecuteStatement' || ++writes % 4 !== 0 || writes > busyFor) return undefined;
    const statements = body['Statements'] as unknown[];
    return { status: 200, body: { Responses: statements.map(() => ({ Error: { Code: 'ThrottlingError', Message: 'busy' } })) } };
  };
  const budget = ['--write-units', '600', '--read-units', '400', '--total-segments', '8'];
  const first = await runForJson(service, 'up', table, ...budget);
  expect(first).toMatchObject({ exitCode: 0, document: { status: 'succeeded' } });
  proxy.before = () => undefined;
  await draw('a run that succeeded', []);

  await runForJson(service, 'up', table, '--again', '1', '--read-units', '10', '--total-segments', '8', '--detach');
  const isUnderWay = async (): Promise<boolean> => {
    const { run } = (await runForJson(service, 'status', table)).document;
    return run?.run !== first.document.run && run?.progress?.scanned > 0;
  };
  while (!(await isUnderWay())) await setTimeout(100);
  await draw('a run under way', []);
  await runForJson(service, 'stop', table);
  while ((await runForJson(service, 'status', table)).document.run?.status === 'running') await setTimeout(100);

  await service.deploy({ [`${table}/v2.ts`]: shout });
  const second = await runForJson(service, 'up', table, ...budget, '--max-failures', '10000');
  expect(second).toMatchObject({ exitCode: 1, document: { status: 'failed' } });
  await draw('a run that failed', ['--failures']);
  await draw('an earlier run', ['--run', first.document.run]);

  pages['a large run with a long pause'] = join(folder, 'large.html');
  await writeFile(join(folder, 'large.html'), page(aLargePicture()));
  for (const [name, picture] of Object.entries(pageStates)) {
    const file = join(folder, `state-${name.replace(' ', '-')}.html`);
    await writeFile(file, page(picture(), { docs: 'docs/', timeZone: 'Europe/Berlin' }));
    pages[name] = file;
  }
}, 300_000);
afterAll(async () => {
  await service?.close();
  await proxy?.close();
  if (folder && !process.env['DYNAMODT_PICTURES']) await rm(folder, { recursive: true, force: true });
});

async function draw(name: string, args: readonly string[]): Promise<void> {
  const file = join(folder, `${name.replaceAll(' ', '-')}.html`);
  // As an earlier page may have left it, readable by all.
  await writeFile(file, '', { mode: 0o644 });
  const { exitCode, stdout, stderr } = await runCommand(service, 'status', table, ...args, '--html', file);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  expect(stdout).toContain(`The picture of the run is in ${file}.`);
  pages[name] = file;
}

function textOf(name: string): Promise<string> {
  return readFile(pages[name] ?? '', 'utf8');
}

describe('the page of a run', () => {
  it('tells what was done when: its charts add up to the counters of the run', async () => {
    const { document } = await runForJson(service, 'history', table);
    const run = document.runs.at(-1); // the first
    const passes = await service.ledger.passes(run.run);
    expect(passes.map(({ pass, sequence }) => ({ pass, sequence }))).toEqual([
      { pass: 1, sequence: 1 },
      { pass: 2, sequence: 1 },
    ]);
    const sum = (name: 'scanned' | 'changed' | 'throttled'): number =>
      passes.flatMap(({ timeline }) => timeline?.buckets ?? []).reduce((total, bucket) => total + bucket[name], 0);
    expect({ scanned: sum('scanned'), changed: sum('changed'), throttled: sum('throttled') }).toEqual({
      scanned: 2 * itemCount,
      changed: itemCount,
      throttled: run.counters.throttled,
    });
    expect(run.counters.throttled).toBeGreaterThan(0);
    expect(passes[0]?.attributes).toEqual([
      { name: 'firstName', set: itemCount, removed: 0 },
      { name: 'lastName', set: itemCount, removed: 0 },
    ]);
  });

  it('holds no item data, and keys of failed items only if they were requested', async () => {
    for (const name of Object.keys(pages)) expect(await textOf(name)).not.toMatch(/Ann Lee|ANN LEE|secret of/);
    expect(await textOf('a run that succeeded')).not.toContain('&#34;id&#34;');
    expect(await textOf('a run that failed')).toMatch(/&#34;id&#34;:&#34;u\d+7&#34;/);
  });

  it('may be read by its owner alone if it holds keys', async () => {
    const modeOf = async (name: string): Promise<number> => (await stat(pages[name] ?? '')).mode & 0o777;
    expect((await modeOf('a run that failed')).toString(8)).toBe('600');
    expect((await modeOf('a run that succeeded')).toString(8)).toBe('644');
  });

  it('may use nothing but its own style and icon', async () => {
    const text = await textOf('a large run with a long pause');
    const style = /<style>([\s\S]*?)<\/style>/.exec(text)?.[1] ?? '';
    const policy = /<meta http-equiv="Content-Security-Policy" content="([^"]*)">/.exec(text)?.[1]?.replaceAll('&#39;', "'").split('; ');
    expect(policy).toEqual([
      "default-src 'none'",
      `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
      'img-src data:',
      "base-uri 'none'",
      "form-action 'none'",
    ]);
  });

  it.each([
    ['a run that succeeded', 'requests were refused and sent again'],
    ['a run under way', 'under way'],
    ['a run under way', 'of about'],
    ['a run under way', 'role="progressbar"'],
    ['a run that failed', 'TransformThrew'],
    ['a run that failed', /TransformThrew at .*v2\.ts:\d+</],
    ['an earlier run', 'v1 pass 2'],
    ['a large run with a long pause', '&#60;script&#62;alert(1)'],
  ])('of %s says %s', async (name, words) => {
    const text = await textOf(name);
    // The whole page would be no help in a message.
    expect(typeof words === 'string' ? text.includes(words) : words.test(text)).toBe(true);
  });

  it('is refused for a run that there is not, and for all tables at once', async () => {
    const file = join(folder, 'none.html');
    expect(await runForJson(service, 'status', table, '--run', 'none', '--html', file)).toMatchObject({
      exitCode: 1,
      document: { error: { name: 'InvalidInput', message: expect.stringContaining('lists its runs') } },
    });
    expect((await runForJson(service, 'status', '--html', file)).exitCode).toBe(2);
    expect(await runForJson(service, 'status', table, '--html', '/nowhere/page.html')).toMatchObject({
      exitCode: 2,
      document: { error: { message: expect.stringContaining('/nowhere/page.html (ENOENT)') } },
    });
  });
});

describe.skipIf(whyNoBrowser() !== undefined && !process.env['CI'])(
  `the page in a browser${whyNoBrowser() ? ` (${whyNoBrowser()})` : ''}`,
  () => {
    let browser: Browser;
    beforeAll(async () => {
      browser = await openBrowser();
    });
    afterAll(() => browser?.close());

    const looks = ['a run that succeeded', 'a run under way', 'a run that failed', 'an earlier run', 'a large run with a long pause']
      .flatMap((name) => (['light', 'dark'] as const).flatMap((colorScheme) => [1200, 360].map((width) => ({ name, colorScheme, width }))))
      .concat(Object.keys(pageStates).map((name) => ({ name, colorScheme: 'light', width: 390 })));
    const nothing: PageFaults = { emptyCharts: [], emptyMarks: [], overlaps: [], overflows: [], faint: [], console: [], requests: [] };

    it.each(looks)('shows everything of $name, $colorScheme and $width wide', async ({ name, colorScheme, width }) => {
      const file = pages[name] ?? '';
      const picture = file.replace('.html', `-${colorScheme}-${width}.png`);
      const { charts, ...faults } = await browser.look(pathToFileURL(file).href, { colorScheme, width, picture });
      expect(faults).toEqual(nothing);
      // A run that has only begun may not have consumed a whole unit, and says so in place of that chart.
      expect(charts).toBeGreaterThanOrEqual(name === 'a run under way' ? 2 : 3);
    });

    it('finds what is wrong with a page', async () => {
      const { charts, ...faults } = await browser.look(pathToFileURL(await browser.broken(folder)).href, {
        colorScheme: 'light',
        width: 360,
      });
      expect(charts).toBe(2);
      for (const [name, found] of Object.entries(faults)) expect(found, name).not.toEqual([]);
    });
  },
);
