import { defaultMaxConcurrency, totalSegmentsFor } from '../map-size.ts';
import { maxWriteUnitsPerWorker } from '../segment-worker.ts';
import type { Budget } from './default-budget.ts';
import type { Prices } from './prices.ts';

/** What an estimate builds on. */
export interface RunFigures {
  /** Of the whole table. */
  bytes: number;
  /** Pending versions in their order: units of the whole table; no units where nothing changes. */
  versions: readonly { writeUnits: number; indexUnits: Readonly<Record<string, number>> }[];
  /** Other regions to which each write is replicated. */
  replicas: number;
}

export interface RunEstimate {
  /** Sweeps of the whole table: one per version, and one more where it changes anything. */
  passes: number;
  readUnits: number;
  /** Of the table itself. */
  writeUnits: number;
  indexUnits: Record<string, number>;
  replicatedUnits: number;
  segments: number;
  workers: number;
  /** State transitions, roughly. */
  transitions: number;
}

export interface Duration {
  budget: Budget;
  seconds: number;
  /** All workers together. */
  lambdaSeconds: number;
}

export interface Cost {
  onDemand: number;
  /** Where the table is provisioned and its capacity is raised by what the run consumes. */
  provisioned: number;
  lambda: number;
  stepFunctions: number;
}

/** A scan reads eventually consistent: half a unit for 4 KB. */
const bytesPerReadUnit = 8192;
const transitionsPerSegment = 3;
const transitionsPerPass = 5;
/** Children that a Distributed Map starts in a second. */
const dispatchRate = 100;

export const estimateRun = ({ bytes, versions, replicas }: RunFigures): RunEstimate => {
  const passes = versions.reduce((sum, version) => sum + passesOf(version), 0);
  const segments = totalSegmentsFor(bytes);
  const indexUnits: Record<string, number> = {};
  for (const version of versions)
    for (const [index, units] of Object.entries(version.indexUnits)) indexUnits[index] = (indexUnits[index] ?? 0) + units;
  const writeUnits = versions.reduce((sum, version) => sum + version.writeUnits, 0);
  return {
    passes,
    readUnits: passes * readUnitsOfPass(bytes),
    writeUnits,
    indexUnits,
    replicatedUnits: replicas * writeUnits,
    segments,
    workers: Math.min(segments, defaultMaxConcurrency),
    transitions: passes * (segments * transitionsPerSegment + transitionsPerPass),
  };
};

/** How long it takes within a budget; undefined where the budget bounds neither reads nor writes. */
export const durationWithin = (
  budget: Budget,
  { bytes, versions }: RunFigures,
  { segments, workers }: RunEstimate,
): Duration | undefined => {
  if (budget.readUnits === undefined && budget.writeUnits === undefined) return undefined;
  const writeRate = Math.min(budget.writeUnits ?? Number.POSITIVE_INFINITY, workers * maxWriteUnitsPerWorker);
  const reading = Math.max(segments / dispatchRate, readUnitsOfPass(bytes) / (budget.readUnits ?? Number.POSITIVE_INFINITY));
  // A pass that writes reads meanwhile; the clean pass only reads.
  const seconds = versions.reduce(
    (sum, version) => sum + Math.max(reading, version.writeUnits / writeRate) + (passesOf(version) - 1) * reading,
    0,
  );
  return { budget, seconds, lambdaSeconds: seconds * workers };
};

/** @param memory of a worker, in GB */
export const costOf = (estimate: RunEstimate, duration: Duration | undefined, memory: number, prices: Prices): Cost => {
  const writes = estimate.writeUnits + estimate.replicatedUnits + Object.values(estimate.indexUnits).reduce((sum, units) => sum + units, 0);
  return {
    onDemand: (writes * prices.millionWriteUnits + estimate.readUnits * prices.millionReadUnits) / 1_000_000,
    provisioned: (writes * prices.writeUnitHour + estimate.readUnits * prices.readUnitHour) / 3600,
    lambda: (duration?.lambdaSeconds ?? 0) * memory * prices.lambdaGigabyteSecond,
    stepFunctions: (estimate.transitions / 1000) * prices.thousandTransitions,
  };
};

const passesOf = ({ writeUnits }: { writeUnits: number }): number => (writeUnits > 0 ? 2 : 1);

const readUnitsOfPass = (bytes: number): number => Math.ceil(bytes / bytesPerReadUnit);
