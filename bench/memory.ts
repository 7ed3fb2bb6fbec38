import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Section, times, whole } from './section.ts';

const sizes = [100_000, 1_000_000, 10_000_000];

/** V8 grows as it likes where it may: under a small heap, what is kept shows. */
const smallHeap = ['--max-semi-space-size=8', '--max-old-space-size=96'];

interface Figures {
  items: number;
  peakMiB: number;
}

/** Promise P8: a worker's memory does not grow with the table. */
export async function memory(): Promise<Section> {
  const figures: Figures[] = [];
  for (const items of sizes) figures.push(await run(items));
  const [first] = figures;
  const growth = Math.max(...figures.map(({ peakMiB }) => peakMiB / (first?.peakMiB ?? 1)));
  return {
    title: 'Memory',
    text: [
      'The real worker changes every item of a table that is made as it is read, each size in a process of its own under one small heap limit. Without the wire.',
    ],
    tables: [
      {
        columns: ['items', 'peak memory', 'against the smallest'],
        rows: figures.map(({ items, peakMiB }) => [whole(items), `${whole(peakMiB)} MiB`, times(peakMiB / (first?.peakMiB ?? 1))]),
      },
    ],
    targets: [
      { what: `peak memory of ${whole(sizes.at(-1) ?? 0)} items`, measured: times(growth), target: '≤ 1.10 ×', met: growth <= 1.1 },
    ],
    figures,
  };
}

async function run(items: number): Promise<Figures> {
  const script = fileURLToPath(new URL('run-memory.ts', import.meta.url));
  const { stdout } = await promisify(execFile)(process.execPath, [...smallHeap, script, String(items)]);
  return JSON.parse(stdout);
}
