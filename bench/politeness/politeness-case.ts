import { type ApplicationFigures, SimulatedApplication } from '../simulated/simulated-application.ts';
import { SimulatedRun, usualStart } from '../simulated/simulated-run.ts';
import { SimulatedTable } from '../simulated/simulated-table.ts';
import { SimulatedThroughput } from '../simulated/simulated-throughput.ts';
import { SimulatedTime } from '../simulated/simulated-time.ts';

/** The table and its application, the same in all cases: the application uses half of the throughput. */
export const tableModel = { writeUnits: 4000, readUnits: 4000, partitions: 8, applicationWrites: 2000, applicationReads: 2000 };

export interface PolitenessCase {
  name: string;
  /** Number of workers; 0 for no run. */
  workers: number;
  items: number;
  /** Units a second; undefined for no limit. */
  writeUnits?: number | undefined;
  /** Changes the budget at a moment, in milliseconds. */
  throttled?: { at: number; writeUnits: number };
  /** How uneven segments are: the largest has this many times the items of each other one. */
  skew?: number;
  keepsShare?: boolean;
  /** Throughput of the table, instead of the model's. */
  tableWriteUnits?: number;
  throttleChance?: number;
  burstSeconds?: number;
  /** Number of indexes that contain complete items. */
  indexes?: number;
}

export interface PolitenessFigures {
  name: string;
  application: ApplicationFigures;
  run?: {
    seconds: number;
    /** As a multiple of the budget; undefined without a budget. */
    worstWindow: number | undefined;
    meanUse: number | undefined;
    unitsPerSecond: number;
    changed: number;
  };
}

const windowMs = 10_000;
/** Duration of the measurement without a run. */
const aloneMs = 60_000;
const readUnits = 1000;

/** Runs one case: an application alone, or beside a run until the run has ended. Deterministic. */
export async function measurePoliteness(given: PolitenessCase): Promise<PolitenessFigures> {
  const {
    name,
    workers,
    items,
    writeUnits,
    throttled,
    skew = 1,
    keepsShare,
    throttleChance = 0,
    tableWriteUnits = tableModel.writeUnits,
    burstSeconds = 0,
    indexes = 0,
  } = given;
  const time = new SimulatedTime(7);
  const { partitions, applicationReads, applicationWrites } = tableModel;
  const throughput = new SimulatedThroughput(time, { ...tableModel, writeUnits: tableWriteUnits, burstSeconds });
  const application = new SimulatedApplication(time, throughput, {
    partitions,
    readsPerSecond: applicationReads,
    writesPerSecond: applicationWrites,
  });
  await time.until(time.wait(2000));
  application.measure();
  if (workers === 0) {
    await time.until(time.wait(aloneMs));
    return { name, application: application.end() };
  }

  const segments = Math.max(16, 2 * workers);
  const each = Math.round(items / (segments - 1 + skew));
  const table = new SimulatedTable(time, throughput, {
    counts: Array.from({ length: segments }, (_, segment) => (segment === 3 ? Math.round(each * skew) : each)),
    bytes: (n) => 400 + ((n * 7919) % 600),
    partitions,
    indexes,
    showsPart: false,
    reportsUnits: true,
    throttleChance,
    conflictChance: 0.002,
  });
  const run = new SimulatedRun(time, table, {
    segments,
    maxConcurrency: workers,
    writeUnits,
    readUnits,
    keepsShare,
    ...usualStart,
  });
  const startedAt = time.now;
  if (throttled)
    time.after(throttled.at, () => {
      run.changeBudget({ writeUnits: throttled.writeUnits });
    });
  await time.until(run.map());

  const seconds = (time.now - startedAt) / 1000;
  const followed = throttled ? throttled.at + run.control.lease.controlIntervalMs : 0;
  const granted = throttled
    ? ((writeUnits ?? 0) * followed) / 1000 + throttled.writeUnits * (seconds - followed / 1000)
    : (writeUnits ?? 0) * seconds;
  let worstWindow = 0;
  for (const { from, to, units } of table.writes.windows(windowMs)) {
    const changedAt = startedAt + followed;
    const before = Math.max(0, Math.min(to, changedAt) - from) / 1000;
    const after = Math.max(0, to - Math.max(from, changedAt)) / 1000;
    worstWindow = Math.max(worstWindow, units / ((writeUnits ?? 0) * before + (throttled?.writeUnits ?? writeUnits ?? 0) * after));
  }
  return {
    name,
    application: application.end(),
    run: {
      seconds,
      worstWindow: writeUnits === undefined ? undefined : worstWindow,
      meanUse: writeUnits === undefined ? undefined : table.writes.total / granted,
      unitsPerSecond: table.writes.total / seconds,
      changed: table.changed.reduce((sum, changed) => sum + changed, 0),
    },
  };
}
