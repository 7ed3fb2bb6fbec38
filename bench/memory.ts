import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Section, times, whole } from './section.ts';

const sizes = [100_000, 1_000_000, 10_000_000];

/** A small heap limit, since V8 otherwise lets the heap grow: with it, memory that is kept becomes visible. */
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
      'The real worker changes every item of a table whose items are created when they are read, each size in a separate process under the same small heap limit. Without network.',
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
