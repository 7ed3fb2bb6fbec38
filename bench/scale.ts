import { SimulatedRun, usualStart } from './simulated/simulated-run.ts';
import { SimulatedTable } from './simulated/simulated-table.ts';
import { SimulatedThroughput } from './simulated/simulated-throughput.ts';
import { SimulatedTime } from './simulated/simulated-time.ts';

/**
 * How the speed of a run grows with its workers: the same table with 1 to 1,000 workers, without a budget, up to the point at which the table is the
 * limit. Simulated time, real workers, started at the rate of Step Functions.
 */

/** 40,000 write units/s is the default quota of an account for a table. */
const table = { writeUnits: 40_000, readUnits: 40_000, burstSeconds: 0, partitions: 256 };
/** Items of 8 KB, so that few items consume many units. */
const items = { count: 245_760, bytes: 8 * 1024 - 200, units: 8, segments: 1024 };
/** Max write units a second of one worker, independent of the table. */
const perWorker = 500;
const workerCounts = [1, 2, 4, 8, 16, 32, 64, 80, 128, 256, 1000];

interface ScaleFigures {
  workers: number;
  seconds: number;
  unitsPerSecond: number;
  /** Speed-up over one worker, and efficiency compared with the lower of the workers' limit and the table's limit. */
  speedup: number;
  efficiency: number;
  /** The part of that limit that is used while each worker has a segment: without the begin and the end of the Map. */
  steady: number;
  ledgerReadsPerSecond: number;
  ledgerWritesPerSecond: number;
}

export async function scale(): Promise<{ markdown: string; json: object }> {
  const figures: ScaleFigures[] = [];
  let alone: number | undefined;
  for (const workers of workerCounts) {
    const measured = await measure(workers);
    alone ??= measured.seconds;
    const speedup = alone / measured.seconds;
    const possible = Math.min(workers, table.writeUnits / perWorker);
    figures.push({ ...measured, speedup, efficiency: speedup / possible, steady: measured.steadyUnits / (possible * perWorker) });
  }
  return { markdown: markdownOf(figures), json: { table, items, perWorker, ...usualStart, figures } };
}

/** When workers have begun, and the throughput is spent that the table has saved before, in milliseconds. */
const steadyFrom = 8000;

async function measure(workers: number): Promise<Omit<ScaleFigures, 'speedup' | 'efficiency' | 'steady'> & { steadyUnits: number }> {
  const time = new SimulatedTime(11);
  const { count, bytes, segments } = items;
  const simulated = new SimulatedTable(time, new SimulatedThroughput(time, table), {
    counts: new Array<number>(segments).fill(count / segments),
    bytes: () => bytes,
    partitions: table.partitions,
    indexes: 0,
    showsPart: false,
    reportsUnits: true,
    throttleChance: 0,
    conflictChance: 0,
  });
  const run = new SimulatedRun(time, simulated, { segments, maxConcurrency: workers, itemUnits: items.units, ...usualStart });
  await time.until(run.map());
  if (simulated.changed.some((changed) => changed === 0)) throw new Error('Not all items were changed.');
  const seconds = time.now / 1000;
  const { firstIdleAt = time.now } = run;
  return {
    workers,
    seconds,
    unitsPerSecond: simulated.writes.total / seconds,
    steadyUnits: simulated.writes.between(steadyFrom, firstIdleAt) / ((firstIdleAt - steadyFrom) / 1000),
    ledgerReadsPerSecond: run.ledgerReads.worst(1000),
    ledgerWritesPerSecond: run.ledgerWrites.worst(1000),
  };
}

function markdownOf(figures: readonly ScaleFigures[]): string {
  const head = [
    'workers',
    'time',
    'WCU/s',
    'speed-up',
    'efficiency',
    'while all have work',
    'ledger reads in the busiest second',
    'ledger writes',
  ];
  const rows = figures.map(
    ({ workers, seconds, unitsPerSecond, speedup, efficiency, steady, ledgerReadsPerSecond, ledgerWritesPerSecond }) => [
      String(workers),
      `${seconds.toFixed(0)} s`,
      whole(unitsPerSecond),
      speedup.toFixed(1),
      `${(efficiency * 100).toFixed(0)} %`,
      `${(steady * 100).toFixed(0)} %`,
      whole(ledgerReadsPerSecond),
      whole(ledgerWritesPerSecond),
    ],
  );
  const lines = [head, head.map(() => '--:'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  const { dispatchPerSecond, coldStartMs, warmStartMs, ledgerMs } = usualStart;
  return [
    '## Scale',
    '',
    `${whole(items.count)} items of ${items.units} KB in ${whole(items.segments)} segments; the table takes ${whole(table.writeUnits)} write units/s, a worker writes ${perWorker}: ${table.writeUnits / perWorker} workers reach the limit. The Map begins ${dispatchPerSecond} children/s; cold start ${coldStartMs} ms, warm ${warmStartMs} ms, ledger ${ledgerMs} ms.`,
    '',
    ...lines,
  ].join('\n');
}

function whole(value: number): string {
  return value.toLocaleString('en', { maximumFractionDigits: 0 });
}
