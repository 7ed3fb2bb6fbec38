import type { Consumption } from './consumption.ts';
import { tableModel } from './politeness/politeness-case.ts';
import { type Section, times, whole } from './section.ts';
import { type ApplicationFigures, SimulatedApplication } from './simulated/simulated-application.ts';
import { SimulatedRun, usualStart } from './simulated/simulated-run.ts';
import { SimulatedTable } from './simulated/simulated-table.ts';
import { SimulatedThroughput } from './simulated/simulated-throughput.ts';
import { SimulatedTime } from './simulated/simulated-time.ts';

export interface HotPartitionCase {
  /** Items of 1 KB: 5 of 7 are those of one partition key. */
  items: number;
  /** Write units a second that the application takes from the partition of that key. */
  applicationWrites: number;
  /** Max write units a second of a worker; undefined for what it takes in AWS. */
  maxWriteUnitsPerWorker?: number | undefined;
  workers: number;
  /** If fewer of these items share a partition key. */
  itemsPerKey?: number;
}

export interface HotPartitionFigures extends HotPartitionCase {
  seconds: number;
  /** Write units a second in half a minute before the last seconds, when only the collection is left. */
  lastUnitsPerSecond: number;
  /** The application at the partition of the key, and at all others. */
  here: ApplicationFigures;
  elsewhere: ApplicationFigures;
}

const hot = tableModel.partitions - 1;
const budget = tableModel.writeUnits / 4;
const segments = 16;
const hotSegment = 5;
const lastMs = { from: 35_000, to: 5000 };
/** What all other partitions get. */
const writesElsewhere = 250;

/** Promise P7 at a table of which one partition key has most items: how fast, and what the application feels there and elsewhere. */
export async function hotPartition(): Promise<Section> {
  const cases = [0, 250, 500].flatMap((applicationWrites) =>
    [500, undefined].map((maxWriteUnitsPerWorker) => ({ items: 210_000, applicationWrites, maxWriteUnitsPerWorker, workers: 20 })),
  );
  const figures: HotPartitionFigures[] = [];
  for (const each of cases) figures.push(await measureHotPartition(each));
  const alone = new Map<number, HotPartitionFigures>();
  for (const { applicationWrites } of cases)
    alone.set(applicationWrites, await measureHotPartition({ items: 0, applicationWrites, workers: 0 }));
  const rows = figures.map(({ applicationWrites, maxWriteUnitsPerWorker, seconds, lastUnitsPerSecond, here, elsewhere }) => {
    const fixed = figures.find((one) => one.applicationWrites === applicationWrites && one.maxWriteUnitsPerWorker === 500);
    const without = alone.get(applicationWrites);
    return [
      `${applicationWrites} units/s`,
      maxWriteUnitsPerWorker === undefined ? 'rising' : String(maxWriteUnitsPerWorker),
      whole(lastUnitsPerSecond),
      times(lastUnitsPerSecond / (fixed?.lastUnitsPerSecond ?? 1)),
      `${seconds.toFixed(0)} s`,
      times((fixed?.seconds ?? 0) / seconds),
      applicationWrites === 0 ? '' : times(here.p99 / (without?.here.p99 ?? 1)),
      applicationWrites === 0 ? '' : `${(here.failed * 100).toFixed(2)} %`,
      times(elsewhere.p99 / (without?.elsewhere.p99 ?? 1)),
    ];
  });
  return {
    title: 'Hot partition',
    text: [
      `${whole(210_000)} items of 1 KB, 5 of 7 under one partition key; 20 workers with a budget of ${whole(budget)} write units/s. Simulated time, real workers.`,
    ],
    tables: [
      {
        columns: [
          'the application writes there',
          'cap of the worker',
          'WCU/s of the collection',
          'times',
          'run time',
          'speed-up',
          'p99 there / alone',
          'failed there',
          'p99 elsewhere / alone',
        ],
        rows,
      },
    ],
    targets: [],
    figures,
  };
}

/** Deterministic. */
export async function measureHotPartition(given: HotPartitionCase): Promise<HotPartitionFigures> {
  const { applicationWrites, workers } = given;
  const time = new SimulatedTime(7);
  const throughput = new SimulatedThroughput(time, { ...tableModel, burstSeconds: 0 });
  const elsewhere = new SimulatedApplication(time, throughput, traffic(hot, writesElsewhere * hot, 0));
  const here = new SimulatedApplication(time, throughput, traffic(1, applicationWrites, hot));
  await time.until(time.wait(2000));
  here.measure();
  elsewhere.measure();
  const startedAt = time.now;
  if (workers === 0) await time.until(time.wait(60_000));
  const written = workers === 0 ? undefined : await runOver(time, throughput, given);
  const { from, to } = lastMs;
  const lastUnitsPerSecond = ((written?.between(time.now - from, time.now - to) ?? 0) / (from - to)) * 1000;
  return { ...given, seconds: (time.now - startedAt) / 1000, lastUnitsPerSecond, here: here.end(), elsewhere: elsewhere.end() };
}

function traffic(partitions: number, perSecond: number, first: number) {
  return { partitions, first, readsPerSecond: perSecond, writesPerSecond: perSecond };
}

async function runOver(
  time: SimulatedTime,
  throughput: SimulatedThroughput,
  { items, workers, maxWriteUnitsPerWorker, itemsPerKey }: HotPartitionCase,
): Promise<Consumption> {
  const inCollection = Math.round((items * 5) / 7);
  const each = Math.round((items - inCollection) / segments);
  const from = hotSegment * each + Math.round(each / 2);
  const table = new SimulatedTable(time, throughput, {
    counts: Array.from({ length: segments }, (_, segment) => (segment === hotSegment ? each + inCollection : each)),
    bytes: () => 900,
    partitions: tableModel.partitions,
    collection: { from, to: from + inCollection, partition: hot, itemsPerKey },
    indexes: 0,
    showsPart: false,
    reportsUnits: true,
    throttleChance: 0,
    conflictChance: 0.002,
  });
  const run = new SimulatedRun(time, table, {
    segments,
    maxConcurrency: workers,
    writeUnits: budget,
    readUnits: budget,
    maxWriteUnitsPerWorker,
    ...usualStart,
  });
  await time.until(run.map());
  if (table.changed.some((changed) => changed === 0)) throw new Error('Not all items were changed.');
  return table.writes;
}
