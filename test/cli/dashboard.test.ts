import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RequestCounter, startRequestCounter } from '../support/request-counter.ts';
import { createTable, putAll, type Service, startService, uniqueName } from '../support/service.ts';
import { type Browser, openBrowser, whyNoBrowser } from './browser.ts';
import { runForJson, type Started, startCommand } from './command.ts';

const table = uniqueName('Users');
const files = {
  [`${table}/v1.ts`]: `
export const sequence = 1;
export const adds = ['upper'];
export const transformUp = (user) => ({ ...user, upper: user.name.toUpperCase() });
`,
};

describe.skipIf(whyNoBrowser() !== undefined && !process.env['CI'])(
  `the dashboard over a live run${whyNoBrowser() ? ` (${whyNoBrowser()})` : ''}`,
  () => {
    let service: Service;
    let browser: Browser;
    let started: Started;
    let url: string;
    let counter: RequestCounter;
    let page: Page;
    let run: string;
    const problems: string[] = [];

    beforeAll(async () => {
      service = await startService(files);
      await createTable(service.dynamodb, table);
      const items = Array.from({ length: 600 }, (_, index) => ({
        ...{ id: { S: `u${index}` }, name: { S: 'Ann Lee' }, note: { S: 'x'.repeat(1500) } },
      }));
      await putAll(service.dynamodb, table, items);
      // Ten items a second or so, for as long as the test looks.
      await runForJson(service, 'up', table, '--read-units', '2', '--total-segments', '4', '--detach');
      run = await until(async () => (await runForJson(service, 'status', table)).document.run?.run);
      let stdout = '';
      counter = await startRequestCounter(process.env['DYNAMODB_URL'] ?? '', `${service.name}-ledger`);
      started = startCommand(service, ['dashboard', '--json'], { AWS_ENDPOINT_URL_DYNAMODB: counter.url });
      started.child.stdout?.on('data', (text: string) => {
        stdout += text;
      });
      url = await until(async () => /"url": "(.*)"/.exec(stdout)?.[1]);
      browser = await openBrowser();
      page = await browser.open(problems);
      await page.goto(url);
    }, 120_000);
    afterAll(async () => {
      started?.child.kill();
      await browser?.close();
      await counter?.close();
      await service?.close();
    });

    const marks = async () => (await service.ledger.control(run))?.marks;
    const live = () => page.locator('#live');
    /** Clicks a button, and answers its question. */
    const press = async (label: string, fields: Record<string, string> = {}): Promise<void> => {
      await page.getByRole('button', { name: label, exact: true }).first().click();
      const dialog = page.locator('dialog[open]');
      for (const [name, value] of Object.entries(fields)) await dialog.locator(`input[name=${name}]`).fill(value);
      await dialog.getByRole('button', { name: label, exact: true }).click();
    };

    it('leads from all tables to one, and shows its run going on', async () => {
      await page.getByRole('link', { name: table }).click();
      const seen = async (): Promise<number> => Number(/items ([\d,]+)/.exec((await live().textContent()) ?? '')?.[1]?.replace(',', ''));
      await until(async () => (await seen()) > 0);
      const before = await seen();
      await until(async () => (await seen()) > before);
      expect(await live().textContent()).toContain('▸ running');
    });

    it('asks the ledger once a second at most, however many windows are open', async () => {
      const others = await Promise.all([1, 2].map(() => browser.open([])));
      for (const other of others) await other.goto(page.url());
      const asked = (): number => Object.values(counter.counts).reduce((sum, count) => sum + count, 0);
      const before = asked();
      const seconds = 8;
      await setTimeout(1000 * seconds);
      const requests = asked() - before;
      for (const other of others) await other.close();
      expect(requests).toBeGreaterThan(1);
      expect(requests).toBeLessThanOrEqual(seconds + 1);
    });

    it('asks before anything is done, and does nothing if the answer is no, by the keyboard alone', async () => {
      await page.getByRole('button', { name: 'Pause' }).focus();
      await page.keyboard.press('Enter');
      await page.locator('dialog[open]').getByText(`Pause the run of ${table}?`).waitFor();
      await page.keyboard.press('Escape');
      expect(await page.locator('dialog[open]').count()).toBe(0);
      expect((await marks())?.paused).toBeUndefined();
    });

    it('lets no other site ask, not even one that knows the address', async () => {
      const body = JSON.stringify({ service: service.name, table, action: 'stop' });
      const act = `${url}act`;
      const evil = createServer((_, response) =>
        response.writeHead(200, { 'content-type': 'text/html' }).end(`<iframe src="${url}" id="frame"></iframe>
<form method="post" enctype="text/plain" action="${act}" target="frame"><input name='${body.slice(0, -1)},"x":"' value='"}'></form>
<script>(async () => {
  const asks = [{ mode: 'no-cors' }, { headers: { 'content-type': 'application/json', 'x-dynamodt-action': '1' } }];
  for (const one of asks) await fetch('${act}', { method: 'POST', body: '${body}', ...one }).catch(() => {});
  document.forms[0].submit();
  document.title = 'asked';
})()</script>`),
      );
      await new Promise<void>((resolve) => evil.listen(0, '127.0.0.1', resolve));
      const other = await browser.open([]);
      try {
        await other.goto(`http://localhost:${(evil.address() as AddressInfo).port}/`);
        await other.waitForFunction("document.title === 'asked'");
        await setTimeout(500);
      } finally {
        await other.close();
        evil.close();
      }
      expect((await marks())?.stopped).toBeUndefined();
    });

    it('pauses, throttles, resumes, holds, releases and stops', async () => {
      await press('Pause');
      await until(async () => (await live().textContent())?.includes('‖ paused'));
      expect((await marks())?.paused?.by).toMatch(/^user:/);
      await press('Throttle', { writeUnits: '300', readUnits: '3' });
      await until(async () => (await service.ledger.control(run))?.budget.writeUnits === 300);
      await press('Hold versions', { below: '2', why: 'INC-42' });
      await until(async () => (await live().textContent())?.includes('INC-42'));
      await press('Release versions');
      await until(async () => (await service.ledger.hold(table))?.below === undefined);
      await press('Resume');
      await until(async () => (await live().textContent())?.includes('▸ running'));
      expect((await marks())?.paused).toBeUndefined();
      await press('Stop');
      await until(async () => (await live().textContent())?.includes('■ stopped'));
      expect((await marks())?.events?.map(({ kind }) => kind)).toEqual(['paused', 'throttled', 'resumed', 'stopped']);
      expect((await marks())?.events?.[1]?.budget?.writeUnits).toMatchObject({ to: 300 });
      await page.getByRole('button', { name: 'Stop', exact: true }).waitFor({ state: 'hidden' });
      expect(problems).toEqual([]);
    });

    it.each([
      ['light', 1200],
      ['dark', 390],
    ] as const)('shows everything, %s and %i wide', async (colorScheme, width) => {
      const nothing = { emptyCharts: [], emptyMarks: [], overlaps: [], overflows: [], faint: [], console: [] };
      for (const path of ['', `t/${service.name}/${table}`]) {
        const { charts: _, requests, ...faults } = await browser.look(`${url}${path}`, { colorScheme, width });
        expect(faults).toEqual(nothing);
        expect(requests.filter((request) => !request.startsWith(url))).toEqual([]);
      }
    });
  },
);

/** What a question gives, once it gives anything. */
async function until<T>(ask: () => Promise<T>): Promise<NonNullable<T>> {
  for (;;) {
    const found = await ask();
    if (found) return found;
    await setTimeout(100);
  }
}
