import { parseArgs } from 'node:util';
import { soak } from './soak.ts';

const usage = `npm run soak -- [options]

Takes tables up and down while applications write, requests meet faults, workers are killed and frozen, and an operator pauses, stops,
aborts, redrives and starts again. Compares the whole tables with the applications' own histories after each round. Needs dist/: npm run build.

  --minutes N   begin no further round after N minutes (10)
  --seed S      a whole number, which chooses faults, victims and commands (1)
  --items N     number of cities (4000)
  --undone N    number of items that a version deletes, overwrites and moves, and that its journal takes back in each round (1000)

Prints the figures as JSON, and exits with 1 if a table is not as it must be.`;

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
    items: { type: 'string', default: '4000' },
    undone: { type: 'string', default: '1000' },
    help: { type: 'boolean', default: false },
  },
});

function positive(name: 'minutes' | 'seed' | 'items' | 'undone', isAllowed: (value: number) => boolean): number {
  const value = Number(values[name]);
  if (value > 0 && isAllowed(value)) return value;
  console.error(`--${name} must be a ${name === 'minutes' ? '' : 'whole '}number above 0, not ${values[name]}.`);
  process.exit(2);
}

if (values.help) {
  console.log(usage);
  process.exit();
}
const interrupted = new AbortController();
process.once('SIGINT', () => interrupted.abort());
const figures = await soak({
  minutes: positive('minutes', Number.isFinite),
  seed: positive('seed', Number.isInteger),
  items: positive('items', Number.isInteger),
  undone: positive('undone', Number.isInteger),
  signal: interrupted.signal,
  log: (line) => console.error(line),
});
console.log(JSON.stringify(figures, undefined, 2));
process.exit(figures.findings.length === 0 && figures.rounds > 0 ? 0 : 1);
