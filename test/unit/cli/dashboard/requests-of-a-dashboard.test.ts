import { get, type IncomingMessage } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { toStoredControl } from '../../../../aws/ledger/control-record.ts';
import { controlKey, lockKey, runKey, versionKey } from '../../../../aws/ledger/ledger-keys.ts';
import { sourceOf } from '../../../../cli/dashboard/dashboard-source.ts';
import { type Dashboard, serveDashboard } from '../../../../cli/dashboard/serve-dashboard.ts';
import { doubleService } from '../../../support/double-service.ts';
import { FakeClock, settled } from '../../../support/fake-clock.ts';
import type { LedgerDouble } from '../../../support/ledger-double.ts';
import { aControl, aLock, aRun } from '../../../support/run-records.ts';

interface Watched {
  clock: FakeClock;
  ledger: LedgerDouble;
  dashboard: Dashboard;
  /** A browser opens a page, and follows it. */
  open(path: string): Promise<Browser>;
}

interface Browser {
  text: string;
  /** What it was sent last. */
  shown(): string;
}

let dashboard: Dashboard | undefined;
const streams: IncomingMessage[] = [];
afterEach(async () => {
  for (const stream of streams.splice(0)) stream.destroy();
  await dashboard?.close();
});

/** A dashboard over these tables. @param segments of the run of the first table; 0 if no run is under way */
async function watching(tables: readonly string[], segments: number): Promise<Watched> {
  const clock = new FakeClock();
  const { service, ledger } = doubleService(tables, segments, clock.monotonic);
  dashboard = await serveDashboard({
    source: sourceOf(new Map([['dynamodt', service]]), clock),
    ...{ by: 'user:ann', isReadOnly: false, timeZone: 'UTC', port: 0, now: clock.monotonic, sleep: clock.sleep },
  });
  const { url } = dashboard;
  return {
    ...{ clock, ledger, dashboard },
    open: async (path) => {
      const text = await textOf(await ask(new URL(path, url)));
      const about = path === '' ? '' : `?open=dynamodt/${path.split('/').at(-1)}`;
      const stream = await ask(new URL(`events${about}`, url));
      streams.push(stream);
      let sent = '';
      stream.on('data', (chunk: string) => {
        sent += chunk;
      });
      return { text, shown: () => /data: (.*"html".*)\n\n$/.exec(sent.slice(sent.lastIndexOf('event: view')))?.[1] ?? '' };
    },
  };
}

function ask(url: URL): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(url, (response) => resolve(response.setEncoding('utf8'))).once('error', reject);
  });
}

async function textOf(response: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of response) text += chunk;
  return text;
}

/** Until what was sent has arrived. */
async function until(holds: () => boolean): Promise<void> {
  for (let tick = 0; !holds(); tick++) {
    if (tick > 20_000) throw new Error('It never came.');
    await settled();
  }
}

const seconds = 1000;

describe.each([1, 4, 64])('the page of a run with %i segments', (segments) => {
  it('asks the ledger once a second at most, in four windows as in one', async () => {
    const { clock, ledger, open } = await watching(['Users'], segments);
    const opened = clock.now;
    for (let window = 0; window < 4; window++) await open('t/dynamodt/Users');
    const burst = ledger.requests.length;
    // The catalog, lock, versions and runs, earlier parts, refused starts, holds, control, passes, and up to 16 partitions of checkpoints.
    expect(burst).toBe(8 + Math.min(16, segments));

    await clock.advance(90 * seconds);
    expect(ledger.requests.length).toBeLessThanOrEqual((clock.now - opened) / seconds + 1);
    // Once what was sent ahead is paid, no two requests are sent in a second.
    const after = ledger.requests.filter(({ at }) => at > opened + 2 * burst * seconds).map(({ at }) => at);
    expect(after.length).toBeGreaterThan(30);
    expect(Math.min(...after.slice(1).map((at, index) => at - (after[index] ?? 0)))).toBeGreaterThanOrEqual(seconds);
  });
});

describe.each([1, 16])('the page of a run with %i segments', (segments) => {
  it('reads the control and each partition of its checkpoints again and again', async () => {
    const { clock, ledger, open } = await watching(['Users'], segments);
    await open('t/dynamodt/Users');
    await clock.advance(120 * seconds);
    const longest = (what: string): number => {
      const times = [...ledger.requests.filter(({ asked }) => asked.startsWith(what)).map(({ at }) => at), clock.now];
      return Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? 0)));
    };
    expect(longest('query run#r1#control')).toBeLessThanOrEqual(18 * seconds);
    for (let partition = 0; partition < Math.min(16, segments); partition++)
      expect(longest(`query checkpoints#r1#${partition} `)).toBeLessThanOrEqual(50 * seconds);
  });
});

it('shows all that a decision changed at once, after the control shows that there was one', async () => {
  const { clock, ledger, open } = await watching(['Users'], 4);
  const { shown } = await open('t/dynamodt/Users');
  await clock.advance(30 * seconds);
  await until(() => shown().includes('▸ running'));

  const { counters } = aRun();
  ledger.put(runKey('Users', 'r1'), aRun({ status: 'succeeded', totalSegments: 4, endedAt: '2026-01-02T12:00:00.000Z', counters }));
  ledger.put(lockKey('Users'), aLock({ endedAt: '2026-01-02T12:00:00.000Z' }));
  ledger.put(versionKey('Users', 2), { table: 'Users', sequence: 2, status: 'applied', checksum: '1:b', run: 'r1', at: 'then' });
  ledger.put(controlKey('r1'), toStoredControl(aControl({ decision: { number: 2, kind: 'succeed' }, ended: true })));
  const states = new Set<string>();
  // The control is read every two seconds or so, and all else that changed within twenty: it must not wait for that.
  for (let second = 0; second < 8; second++) {
    await clock.advance(seconds);
    await settled();
    const state = [/▸ running|✓ succeeded/.exec(shown())?.[0], /applied: [^<·]*/.exec(shown())?.[0]].join(', ');
    states.add(state);
  }
  await until(() => shown().includes('✓ succeeded'));
  expect([...states]).toEqual(['▸ running, applied: v1 ', '✓ succeeded, applied: v1, v2 ']);
});

it('sees a run that begins while the table rests', async () => {
  const { clock, ledger, open } = await watching(['Users'], 0);
  const { shown } = await open('t/dynamodt/Users');
  await clock.advance(40 * seconds);
  ledger.put(runKey('Users', 'run-s-2'), aRun({ id: 'run-s-2', totalSegments: 4 }));
  ledger.put(lockKey('Users'), aLock({ run: 'run-s-2' }));
  ledger.put(controlKey('run-s-2'), toStoredControl(aControl({ run: 'run-s-2' })));
  await clock.advance(12 * seconds);
  await until(() => shown().includes('▸ running'));
});

it('asks seldom for a table at rest, and says how old what it shows is', async () => {
  const { clock, ledger, open } = await watching(['Users'], 0);
  const { text, shown } = await open('t/dynamodt/Users');
  expect(text).toMatch(/The oldest part of this page was read <time class="age" datetime="20/);
  await clock.advance(60 * seconds);
  expect(ledger.between(30 * seconds, 60 * seconds)).toBeLessThan(30 * 0.8);
  await until(() => shown().includes('The oldest part of this page was read'));
});

it('reads forty tables one after the other, and a run of one of them more often than the others', async () => {
  const tables = Array.from({ length: 40 }, (_, index) => `Table${String(index).padStart(2, '0')}`);
  const { clock, ledger, open } = await watching(tables, 4);
  const { shown } = await open('');
  await clock.advance(240 * seconds);
  await until(() => shown() !== '' && !shown().includes('is being read'));
  // A first look at a table needs three requests, and up to thirty are sent ahead of their time.
  expect(ledger.requests.length).toBeLessThanOrEqual(clock.now / seconds + 33);
  const of = (what: string): number => ledger.requests.filter(({ at, asked }) => at > 120 * seconds && asked.includes(what)).length;
  expect(of('#r1')).toBeGreaterThan(of('Table20'));
  expect(of('Table20')).toBeGreaterThan(0);
});

it('reads next what a button changed', async () => {
  const { clock, ledger, dashboard, open } = await watching(['Users'], 4);
  await open('t/dynamodt/Users');
  await clock.advance(60 * seconds);
  // The double refuses all that writes, so that the answer is an error: what is shown is read anew all the same.
  const body = JSON.stringify({ service: 'dynamodt', table: 'Users', action: 'pause' });
  const origin = new URL(dashboard.url).origin;
  await fetch(`${dashboard.url}act`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-dynamodt-action': '1', origin, 'sec-fetch-site': 'same-origin' },
    body,
  });
  const before = ledger.requests.length;
  await clock.advance(2 * seconds);
  expect(ledger.requests[before]?.asked).toBe('query run#r1#control ');
});
