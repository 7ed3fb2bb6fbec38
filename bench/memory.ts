import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { runSegment } from './run-segment.ts';

/**
 * Promise P8: a worker's memory does not grow with the table. Runs the real worker over modelled tables of several sizes, each in a process
 * of its own under the same small heap limit, since V8 otherwise grows as it likes, and compares the peaks. Prints Markdown.
 */

const sizes = [20_000, 100_000, 500_000];
const [size] = process.argv.slice(2).map(Number);

if (size) {
  const started = process.cpuUsage();
  const checkpoint = await runSegment(size);
  if (!checkpoint?.done || checkpoint.counters.changed !== size) throw new Error(`The worker did not change all of ${size} items.`);
  const { user, system } = process.cpuUsage(started);
  console.log(JSON.stringify({ peakMiB: process.resourceUsage().maxRSS / 1024, cpuMicrosecondsPerItem: (user + system) / size }));
} else {
  console.log('| items | peak memory | against 20,000 items | CPU per changed item, without the wire |\n|---|---|---|---|');
  let first: number | undefined;
  for (const items of sizes) {
    const output = execFileSync(
      process.execPath,
      ['--max-semi-space-size=8', '--max-old-space-size=64', fileURLToPath(import.meta.url), String(items)],
      {
        encoding: 'utf8',
      },
    );
    const { peakMiB, cpuMicrosecondsPerItem } = JSON.parse(output) as { peakMiB: number; cpuMicrosecondsPerItem: number };
    first ??= peakMiB;
    console.log(
      `| ${items.toLocaleString('en')} | ${peakMiB.toFixed(0)} MiB | ${(peakMiB / first).toFixed(2)} | ${cpuMicrosecondsPerItem.toFixed(1)} µs |`,
    );
  }
}
