import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { chromium, type Page } from 'playwright-core';
import * as z from 'zod';

const executablePath = '/usr/bin/chromium';
const args = ['--headless=new', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'].concat([
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
]);

const texts = z.array(z.string());
/** What the script finds that looks at a page from inside. */
const Found = z.object({ charts: z.number(), emptyCharts: texts, emptyMarks: texts, overlaps: texts, overflows: texts, faint: texts });

/** Why pages cannot be looked at here; undefined where they can. */
export function whyNoBrowser(): string | undefined {
  return existsSync(executablePath)
    ? undefined
    : `there is no ${executablePath}: install it with \`apt-get install chromium fonts-dejavu-core\``;
}

/** What is wrong with a page, and where: all empty where nothing is. */
export interface PageFaults {
  /** Charts without a mark, and marks without a size. */
  emptyCharts: string[];
  emptyMarks: string[];
  /** Texts that stand over each other, or outside of the page. */
  overlaps: string[];
  overflows: string[];
  /** Texts with a contrast below 4.5. */
  faint: string[];
  console: string[];
  requests: string[];
}

export interface Browser {
  look(
    url: string,
    view: { colorScheme: 'light' | 'dark'; width: number; picture?: string },
  ): Promise<PageFaults & { /** That are to be seen. */ charts: number }>;
  /** A window to work in. @param problems gets what its console says */
  open(problems: string[]): Promise<Page>;
  /** A page with every fault. @returns its file */
  broken(folder: string): Promise<string>;
  close(): Promise<void>;
}

/** @throws Error where there is no Chromium */
export async function openBrowser(): Promise<Browser> {
  const why = whyNoBrowser();
  if (why) throw new Error(`The page cannot be tested: ${why}.`);
  const profile = await mkdtemp(join(tmpdir(), 'dynamodt-browser-'));
  const script = await readFile(new URL('look-at-page.js', import.meta.url), 'utf8');
  const context = await chromium.launchPersistentContext(profile, { executablePath, args, headless: true });
  return {
    look: async (url, { colorScheme, width, picture }) => {
      const page = await context.newPage();
      const [said, requests]: string[][] = [[], []];
      page.on('console', (message) => said?.push(message.text()));
      page.on('pageerror', (error) => said?.push(error.message));
      page.on('request', (request) => {
        if (request.url() !== url && !request.url().startsWith('data:')) requests?.push(request.url());
      });
      try {
        await page.emulateMedia({ colorScheme });
        await page.setViewportSize({ width, height: 900 });
        await page.goto(url);
        if (picture) await page.screenshot({ path: picture, fullPage: true });
        const found = Found.parse(await page.evaluate(script));
        return { ...found, console: said ?? [], requests: requests ?? [] };
      } finally {
        await page.close();
      }
    },
    open: async (problems) => {
      const page = await context.newPage();
      page.on('console', (message) => problems.push(message.text()));
      page.on('pageerror', (error) => problems.push(error.message));
      return page;
    },
    broken: async (folder) => {
      const file = join(folder, 'broken.html');
      await writeFile(file, brokenPage);
      return file;
    },
    close: async () => {
      await context.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

const brokenPage = `<!doctype html><html lang="en"><body style="background:#fff;margin:0"><img alt="" src="http://127.0.0.1:9/none.png">
<svg class="chart" role="img" width="300" height="60"><title>nothing drawn</title></svg>
<svg class="chart" role="img" width="300" height="60"><title>faults</title><rect class="bar" width="0" height="0"/><text x="10" y="30">one over</text><text x="20" y="32">the other</text></svg>
<p style="color:#aaa">faint</p><p style="width:900px">wide</p></body></html>`;
