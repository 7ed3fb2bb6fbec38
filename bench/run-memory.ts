import { itemShapes } from './item-shapes.ts';
import { bottomlessTable } from './modelled/bottomless-table.ts';
import { runSegment } from './run-segment.ts';
import { simulatedClock } from './simulated/simulated-clock.ts';

/** `node bench/run-memory.ts <items>`: runs the worker over a table with this number of items, in simulated time. */
const items = Number(process.argv[2]);
const { small } = itemShapes;
const checkpoint = await runSegment(
  simulatedClock(),
  { name: 'Bottomless', keys: small.keys, indexKeys: {}, indexes: [] },
  small,
  bottomlessTable(items),
);
if (!checkpoint?.done || checkpoint.counters.changed !== items) throw new Error(`The worker did not change all of ${items} items.`);
console.log(JSON.stringify({ items, peakMiB: process.resourceUsage().maxRSS / 1024 }));
