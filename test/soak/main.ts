import { parseArgs } from 'node:util';
import { followSoak } from './follow-soak.ts';
import { soak } from './soak.ts';

const usage = `npm run soak -- [options]

Takes tables up and down while applications write, requests meet faults, workers are killed and frozen, and an operator pauses, stops,
aborts, redrives and starts again. Compares the whole tables with the applications' own histories after each round. Needs dist/: npm run build.

  --minutes N   begin no further round after N minutes (10)
  --seed S      a whole number, which chooses faults, victims and commands (1)
  --items N     number of cities (4000), or with --follow of items that nobody writes (1000)
  --follow      one table whose stream is followed, in place of the four others: an old writer and an application write to it, and events come again
  --undone N    number of items that a version deletes, overwrites and moves, and of items that three versions change together; journals take both
                back in each round (1000)

Prints the figures as JSON, and exits with 1 if a table is not as it must be.`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    items: { type: 'string' },
    follow: { type: 'boolean', default: false },
    undone: { type: 'string', default: '1000' },
    help: { type: 'boolean', default: false },
  },
});

function positive(name: 'minutes' | 'seed' | 'items' | 'undone', isAllowed: (value: number) => boolean): number {
  const value = Number(values[name] ?? (values.follow ? 1000 : 4000));
  if (value > 0 && isAllowed(value)) return value;
  console.error(`--${name} must be a ${name === 'minutes' ? '' : 'whole '}number above 0, not ${value}.`);
  process.exit(2);
}

if (values.help) {
  console.log(usage);
  process.exit();
}
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
const options = {
  minutes: positive('minutes', Number.isFinite),
  seed: positive('seed', Number.isInteger),
  items: positive('items', Number.isInteger),
  signal: interrupted.signal,
  log: (line: string) => console.error(line),
};
const undone = positive('undone', Number.isInteger);
const figures = values.follow ? await followSoak(options) : await soak({ ...options, undone });
console.log(JSON.stringify(figures, undefined, 2));
process.exit(figures.findings.length === 0 && figures.rounds > 0 ? 0 : 1);
