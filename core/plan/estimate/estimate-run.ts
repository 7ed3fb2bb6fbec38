import type { Budget } from '../../ledger/budget.ts';
import type { KnownPrices } from '../../ledger/limits/prices.ts';
import { defaultMaxConcurrency, type MapWork, maxWriteUnitsPerWorker, workersFor } from '../../ledger/workers.ts';
import { ownValue } from '../../own-value.ts';
import { totalSegmentsFor } from '../../run/map-size.ts';
import { besideOf } from './requests-beside.ts';

/** The basis of an estimate. */
export interface RunFigures {
  bytes: number;
  /** One page holds the table, so that one worker looks at it twice in place of two passes. */
  isSmall?: boolean | undefined;
  /** Pending versions in their order, with units of the whole table; no units if nothing changes. */
  versions: readonly {
    writeUnits: number;
    indexUnits: Readonly<Record<string, number>>;
    /** For other tables and their indexes, by logical name. */
    otherUnits?: Readonly<Record<string, number>> | undefined;
    /** Of one pass, if the version is about some items only. */
    ofScope?: { readUnits: number; segments: number } | undefined;
  }[];
  /** Number of other regions to which each write is replicated. */
  replicas: number;
}

export interface RunEstimate {
  /** Sweeps of the whole table: one per version, and one more if it changes anything, unless the table is small. */
  passes: number;
  readUnits: number;
  /** Of the table itself. */
  writeUnits: number;
  indexUnits: Record<string, number>;
  replicatedUnits: number;
  /** Write units for other tables and their indexes, by logical name; none if the versions write only to their own. */
  otherUnits: Record<string, number>;
  segments: number;
  workers: number;
  /** Children of all Maps: one for each segment and pass. */
  children: number;
  /** Approximate number of state transitions. */
  transitions: number;
}

/** Units a second of the whole run; undefined if there is no limit, or none is known. */
export interface Units extends Pick<Budget, 'writeUnits' | 'readUnits'> {
  /** Write units a second for other tables, by logical name. */
  others?: Readonly<Record<string, number | undefined>>;
}

export interface Duration {
  budget: Units;
  seconds: number;
  /** Seconds of Lambda, summed over all workers. */
  lambdaSeconds: number;
}

/** Amounts are null if the prices are not known. */
export interface Cost {
  /** Writes and reads. */
  onDemand: number | null;
  writes: number | null;
  reads: number | null;
  /** The cost on a provisioned table whose capacity is raised by the units that the run consumes. */
  provisioned: number | null;
  lambda: number | null;
  stepFunctions: number | null;
  /** Requests to the ledger and to Lambda, log lines, metrics. */
  rest: number | null;
}

/** A scan reads eventually consistent: half a unit for 4 KB. */
const bytesPerReadUnit = 8192;
const transitionsPerSegment = 3;
const transitionsPerPass = 5;
/** Number of children that a Distributed Map starts in a second. */
const dispatchRate = 100;

export function estimateRun(figures: RunFigures, budget: Partial<Units> = {}): RunEstimate {
  const { versions, replicas } = figures;
  const sweeps = versions.map((version) => sweepOf(version, figures));
  const passes = sumOf(sweeps.map((sweep) => sweep.passes));
  const segments = Math.max(1, ...sweeps.map((sweep) => sweep.segments));
  const written = sumOf(versions.map(({ writeUnits }) => writeUnits));
  const children = sumOf(sweeps.map((sweep) => sweep.passes * sweep.segments));
  return {
    passes,
    readUnits: sumOf(sweeps.map(({ readUnits, verifyingUnits }) => readUnits + verifyingUnits)),
    writeUnits: written,
    indexUnits: summed(versions.map(({ indexUnits }) => indexUnits)),
    replicatedUnits: replicas * written,
    otherUnits: summed(versions.map(({ otherUnits = {} }) => otherUnits)),
    segments,
    workers: workersWithin(budget, segments, 'writes'),
    children,
    transitions: transitionsOf(children, passes),
  };
}

/** Approximate number of state transitions. */
export function transitionsOf(children: number, passes: number): number {
  return children * transitionsPerSegment + passes * transitionsPerPass;
}

/**
 * The duration within a budget, which counts writes to the table and to its indexes, and those to each other table; undefined if the budget limits neither
 * reads nor writes.
 */
export function durationWithin(budget: Units, figures: RunFigures, { segments }: Pick<RunEstimate, 'segments'>): Duration | undefined {
  if (budget.readUnits === undefined && budget.writeUnits === undefined) return undefined;
  const workers = workersWithin(budget, segments, 'writes');
  const verifying = workersWithin(budget, segments, 'reads');
  const writeRate = Math.min(budget.writeUnits ?? Number.POSITIVE_INFINITY, workers * maxWriteUnitsPerWorker);
  const secondsOf = (readUnits: number): number => readUnits / (budget.readUnits ?? Number.POSITIVE_INFINITY);
  const dispatching = segments / dispatchRate;
  let [seconds, lambdaSeconds] = [0, 0];
  for (const version of figures.versions) {
    const { readUnits, verifyingUnits, passes } = sweepOf(version, figures);
    // A pass with writes reads and writes at the same time; the clean pass only reads.
    const first = Math.max(dispatching, secondsOf(readUnits), unitsOf(version) / writeRate, secondsElsewhere(version, budget, workers));
    const clean = Math.max(passes > 1 ? dispatching : 0, secondsOf(verifyingUnits));
    seconds += first + clean;
    lambdaSeconds += first * workers + clean * verifying;
  }
  return { budget, seconds, lambdaSeconds };
}

/** How many workers a run has by default. */
function workersWithin({ writeUnits, readUnits, others = {} }: Partial<Units>, segments: number, work: MapWork): number {
  const elsewhere = Object.fromEntries(Object.entries(others).map(([table, units]) => [table, { writeUnits: units }]));
  return workersFor({ maxConcurrency: defaultMaxConcurrency, writeUnits, readUnits, others: elsewhere }, segments, work);
}

/** How long the writes to each other table take within its budget, if nothing else limits them, in seconds; the longest. */
function secondsElsewhere({ otherUnits = {} }: RunFigures['versions'][number], { others = {} }: Units, workers: number): number {
  return Math.max(0, ...Object.entries(otherUnits).map(([table, units]) => units / rateElsewhere(ownValue(others, table), workers)));
}

/** Write units a second that workers make in another table. @param budget undefined for no limit */
export function rateElsewhere(budget: number | undefined, workers: number): number {
  return Math.min(budget ?? Number.POSITIVE_INFINITY, workers * maxWriteUnitsPerWorker);
}

/**
 * What the run costs, by part. What it writes to other tables is not among it.
 *
 * @param memory memory of a worker, in GB
 */
export function costOf(
  estimate: Pick<RunEstimate, 'writeUnits' | 'replicatedUnits' | 'indexUnits' | 'readUnits' | 'children' | 'transitions'>,
  duration: Pick<Duration, 'seconds' | 'lambdaSeconds'> | undefined,
  memory: number,
  { dynamodb, service }: KnownPrices,
): Cost {
  const writes = estimate.writeUnits + estimate.replicatedUnits + Object.values(estimate.indexUnits).reduce((sum, units) => sum + units, 0);
  return {
    ...capacityCost({ writes, reads: estimate.readUnits }, dynamodb),
    writes: capacityCost({ writes, reads: 0 }, dynamodb).onDemand,
    reads: capacityCost({ writes: 0, reads: estimate.readUnits }, dynamodb).onDemand,
    lambda: service ? (duration?.lambdaSeconds ?? 0) * memory * service.lambdaGigabyteSecond : null,
    stepFunctions: service ? (estimate.transitions / 1000) * service.thousandTransitions : null,
    rest: service ? besideOf({ ...estimate, units: writes + estimate.readUnits, ...duration }, service) : null,
  };
}

/** What units cost, as requests or as provisioned capacity. @param prices undefined if they are not known */
export function capacityCost(
  { writes, reads }: { writes: number; reads: number },
  prices: KnownPrices['dynamodb'],
): Pick<Cost, 'onDemand' | 'provisioned'> {
  return {
    onDemand: prices ? (writes * prices.millionWriteUnits + reads * prices.millionReadUnits) / 1_000_000 : null,
    provisioned: prices ? (writes * prices.writeUnitHour + reads * prices.readUnitHour) / 3600 : null,
  };
}

function summed(all: readonly Readonly<Record<string, number>>[]): Record<string, number> {
  const sums = new Map<string, number>();
  for (const [name, units] of all.flatMap(Object.entries<number>)) sums.set(name, (sums.get(name) ?? 0) + units);
  return Object.fromEntries(sums);
}

function unitsOf({ writeUnits, indexUnits }: RunFigures['versions'][number]): number {
  return Object.values(indexUnits).reduce((sum, units) => sum + units, writeUnits);
}

/** What the passes over one version read. */
interface Sweep {
  passes: number;
  segments: number;
  readUnits: number;
  /** To see that nothing is left to change. */
  verifyingUnits: number;
}

function sweepOf(version: RunFigures['versions'][number], { bytes, isSmall: fitsOnePage = false, versions }: RunFigures): Sweep {
  const { ofScope, writeUnits, otherUnits = {} } = version;
  const isSmall = fitsOnePage && versions.some((each) => !each.ofScope);
  const ofTable = totalSegmentsFor(bytes, isSmall);
  const segments = Math.min(ofTable, ofScope?.segments ?? ofTable);
  const readUnits = ofScope?.readUnits ?? Math.ceil(bytes / bytesPerReadUnit);
  const isWritten = writeUnits > 0 || Object.values(otherUnits).some((units) => units > 0);
  if (!isWritten) return { passes: 1, segments, readUnits, verifyingUnits: 0 };
  // The second look is strongly consistent.
  if (isSmall && !ofScope) return { passes: 1, segments, readUnits, verifyingUnits: 2 * readUnits };
  return { passes: 2, segments, readUnits, verifyingUnits: readUnits };
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0);
}
