import { request } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { type Doubled, startDouble } from '../../../support/dashboard-double.ts';

let doubled: Doubled;
afterEach(() => doubled.dashboard.close());

interface Answer {
  status: number;
  headers: NodeJS.Dict<string | string[]>;
  text: string;
}

/** Asks the server as no browser would: with any header. */
function ask(
  path: string,
  { method = 'GET', headers = {}, body }: { method?: string; headers?: Record<string, string>; body?: unknown } = {},
) {
  const url = new URL(path, doubled.dashboard.url);
  return new Promise<Answer>((resolve, reject) => {
    const sent = request(url, { method, headers }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, text }));
    });
    sent.on('error', reject);
    sent.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body));
  });
}

function ofPage(): Record<string, string> {
  const { origin } = new URL(doubled.dashboard.url);
  return { origin, 'sec-fetch-site': 'same-origin', 'content-type': 'application/json', 'x-dynamodt-action': '1' };
}

function post(body: unknown, headers: Record<string, string | undefined> = {}) {
  const all = Object.entries({ ...ofPage(), ...headers }).filter((header): header is [string, string] => header[1] !== undefined);
  return ask('act', { method: 'POST', headers: Object.fromEntries(all), body });
}

const pause = { service: 'dynamodt', table: 'Users', action: 'pause' };

describe('the page', () => {
  it('shows all tables, and the run of one with the same pictures as the static page', async () => {
    doubled = await startDouble();
    expect((await ask('')).text).toMatch(/t\/dynamodt\/Users">Users<[\s\S]*t\/dynamodt\/Orders">Orders</);
    const { text } = await ask('t/dynamodt/Users');
    for (const words of ['role="progressbar"', '<h2>Over time</h2>', 'class="event-name"', '<h2>Segments</h2>', 'data-ask="pause"'])
      expect(text).toContain(words);
  });

  it('shows what following did, of a table that is followed', async () => {
    doubled = await startDouble();
    expect((await ask('t/dynamodt/Orders')).text).toMatch(
      /<h2>Following<\/h2>[\s\S]*following since 2026-11-20 08:00:00[\s\S]*2 items could not/,
    );
    expect((await ask('t/dynamodt/Users')).text).not.toContain('<h2>Following</h2>');
  });

  it('says of a table whose records cannot be read only that, and not that it has no versions and no run', async () => {
    doubled = await startDouble();
    const { text } = await ask('t/dynamodt/Damaged');
    expect(text).toContain('LedgerDamaged: A field is missing.');
    expect(text).not.toContain('applied: none');
    expect(text).not.toContain('has had no run');
  });

  it('leads from a run with failed items to all of them, with cause, place and masked key', async () => {
    doubled = await startDouble();
    expect((await ask('t/dynamodt/Users')).text).not.toContain('All failed items');
    doubled.stands = 'failed';
    const { text: run } = await ask('t/dynamodt/Users');
    const [, path = ''] = /<a href="\/[^/]+\/([^"]+)">All failed items of v3</.exec(run) ?? [];
    expect(path).toBe('t/dynamodt/Users/failed/20260102T100000000Z-abcdef/3');

    const { status, text } = await ask(path);
    expect(status).toBe(200);
    for (const words of ['id: string of 7 characters', 'TransformThrew', 'Users/v3.ts:4', 'There are more than 1'])
      expect(text).toContain(words);
    expect((await ask('t/dynamodt/Users/failed/r1/x')).status).toBe(404);
  });

  it('loads nothing but its own files, may not be framed, and tells its address to nobody', async () => {
    doubled = await startDouble();
    const { headers, text } = await ask('t/dynamodt/Users');
    expect(headers['content-security-policy']).toBe(
      "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    );
    expect(headers).toMatchObject({ 'referrer-policy': 'no-referrer', 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
    expect(text).not.toMatch(/<script>|<style>|style="|onclick=|(?:src|href)="https?:(?!\/\/[a-z0-9-]+\.console\.aws)/);
  });

  it('has the documentation, and no other file of this machine', async () => {
    doubled = await startDouble();
    const doc = await ask('docs/troubleshooting.md');
    expect(doc).toMatchObject({ status: 200, headers: { 'content-type': 'text/plain; charset=utf-8' } });
    for (const path of ['docs/%2e%2e%2fpackage.json', 'docs/..%2f..%2fpackage.json', 'docs/none.md', 't/dynamodt/None'])
      expect((await ask(path)).status).toBe(404);
  });

  it('is served on the loopback interface only', async () => {
    doubled = await startDouble();
    expect(new URL(doubled.dashboard.url).hostname).toBe('127.0.0.1');
    expect(new URL(doubled.dashboard.url).pathname).toMatch(/^\/[\w-]{32}\/$/);
  });
});

describe('what is asked by the page', () => {
  it.each([
    [pause, { action: 'pause' }],
    [{ ...pause, action: 'resume' }, { action: 'resume' }],
    [
      { ...pause, action: 'resume', pauseAfter: '100' },
      { action: 'resume', pauseAfter: 100 },
    ],
    [
      { ...pause, action: 'throttle', writeUnits: '200', readUnits: 'unlimited' },
      { action: 'throttle', writeUnits: 200, readUnits: 'unlimited' },
    ],
    [{ ...pause, action: 'stop' }, { action: 'stop' }],
  ])('%o is done in the name of the operator', async (body, done) => {
    doubled = await startDouble();
    expect((await post(body)).status).toBe(200);
    expect(doubled.asked).toEqual([{ service: 'dynamodt', table: 'Users', by: 'user:ann', ...done }]);
  });

  it('holds and releases versions', async () => {
    doubled = await startDouble();
    await post({ ...pause, action: 'hold', below: '3', why: 'INC-42' });
    await post({ ...pause, action: 'release' });
    expect(doubled.asked).toMatchObject([
      { table: 'Users', below: 3, why: 'INC-42', by: 'user:ann' },
      { table: 'Users', by: 'user:ann' },
    ]);
  });

  it('is refused with the error of the verb', async () => {
    doubled = await startDouble({ refuses: true });
    const { status, text } = await post(pause);
    expect({ status, ...JSON.parse(text) }).toEqual({
      status: 409,
      error: { name: 'InvalidInput', message: 'No run of Users is under way.' },
    });
  });

  it.each([
    ['an unknown action', { ...pause, action: 'down' }, 400],
    ['a field that the action does not have', { ...pause, by: 'user:eve' }, 400],
    ['a table that is not shown', { ...pause, table: 'Salaries' }, 404],
    ['a service that is not shown', { ...pause, service: 'other' }, 404],
    ['what is not JSON', '{', 400],
    ['more than 4 KB', { ...pause, table: 'x'.repeat(5000) }, 400],
  ])('is refused for %s', async (_, body, status) => {
    doubled = await startDouble();
    expect((await post(body)).status).toBe(status);
    expect(doubled.asked).toEqual([]);
  });

  it('is refused with --read-only, which shows no button either', async () => {
    doubled = await startDouble({ isReadOnly: true });
    expect((await post(pause)).status).toBe(403);
    expect(doubled.asked).toEqual([]);
    expect((await ask('t/dynamodt/Users')).text).not.toContain('data-ask');
  });
});

describe('nothing else can post', () => {
  it.each([
    ['a page of another site', { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' }, 403],
    ['a page of another port of this machine', { origin: 'http://127.0.0.1:1', 'sec-fetch-site': 'same-site' }, 403],
    ['a page whose origin is hidden', { origin: 'null' }, 403],
    ['a form, which cannot send our header', { 'x-dynamodt-action': undefined }, 403],
    ['a form, which cannot send JSON', { 'content-type': 'text/plain' }, 415],
    ['a client without an origin', { origin: undefined }, 403],
    ['a name of somebody else that leads to this machine', { host: 'evil.example' }, 421],
    ['that name with the same port', { host: 'evil.example:80' }, 421],
  ])('%s', async (_, headers, status) => {
    doubled = await startDouble();
    expect((await post(pause, headers)).status).toBe(status);
    expect(doubled.asked).toEqual([]);
  });

  it('who does not have the token, which no answer repeats', async () => {
    doubled = await startDouble();
    const token = new URL(doubled.dashboard.url).pathname.slice(1, -1);
    for (const path of ['/act', '/', `/${token.slice(0, -1)}/act`, `/${token}x/act`, `/${token.toUpperCase()}/act`]) {
      const { status, text } = await ask(path, { method: 'POST', headers: ofPage(), body: pause });
      expect({ path, status }).toEqual({ path, status: 404 });
      expect(text).not.toContain(token);
    }
    expect(doubled.asked).toEqual([]);
  });

  it('who sends what is no address: no answer has the token', async () => {
    doubled = await startDouble();
    const { port, pathname } = new URL(doubled.dashboard.url);
    for (const path of ['http://[', '//[', '/%', '/%00', '//', `//evil.example${pathname.slice(0, 5)}`]) {
      const text = await new Promise<string>((resolve, reject) => {
        const sent = request({ host: '127.0.0.1', port, path }, (response) => response.on('data', (chunk) => resolve(String(chunk))));
        sent.on('error', reject).end();
      });
      expect(text).not.toContain(pathname.slice(1, -1));
    }
  });

  it.each(['PUT', 'DELETE', 'OPTIONS', 'PATCH'])('by %s', async (method) => {
    doubled = await startDouble();
    expect((await ask('act', { method, headers: ofPage(), body: pause })).status).toBe(405);
    expect(doubled.asked).toEqual([]);
  });
});

describe('nothing else can read', () => {
  it.each([
    ['a page of another site', { 'sec-fetch-site': 'cross-site' }, 403],
    ['a script of another site', { origin: 'https://evil.example' }, 403],
    ['a name of somebody else that leads to this machine', { host: 'evil.example' }, 421],
  ])('%s', async (_, headers: Record<string, string>, status) => {
    doubled = await startDouble();
    for (const path of ['', 'events', 'dashboard.js']) expect((await ask(path, { headers })).status).toBe(status);
  });

  it('but a person who opens the address', async () => {
    doubled = await startDouble();
    expect((await ask('', { headers: { 'sec-fetch-site': 'none' } })).status).toBe(200);
  });
});
