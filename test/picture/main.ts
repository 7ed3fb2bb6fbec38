import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { page } from '../../cli/page/page.ts';
import { packageRoot } from '../../infra/package-root.ts';
import { openBrowser } from '../cli/browser.ts';
import { pageStates } from '../cli/page-states.ts';

/** Draws the picture of a run for the README: the page of an example run that was throttled, paused and resumed. */
const file = join(packageRoot, 'docs/run.png');
const picture = pageStates['running']?.();
if (!picture) throw new Error('there is no such state');
const folder = await mkdtemp(join(tmpdir(), 'dynamodt-picture-'));
const browser = await openBrowser();
try {
  const html = join(folder, 'run.html');
  await writeFile(html, page(picture));
  const window = await browser.open([]);
  await window.setViewportSize({ width: 832, height: 1010 });
  await window.goto(pathToFileURL(html).href);
  await window.screenshot({ path: file });
} finally {
  await browser.close();
  await rm(folder, { recursive: true, force: true });
}
console.log(`${file}: ${(await stat(file)).size} bytes`);
