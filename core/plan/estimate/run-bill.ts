import type { SharedBudget } from '../../ledger/control.ts';
import type { Counters } from '../../ledger/counters.ts';
import type { KnownPrices } from '../../ledger/limits/prices.ts';
import type { SettledPass } from '../../ledger/settled-pass.ts';
import { workersFor } from '../../ledger/workers.ts';
import { type Cost, capacityCost, costOf, transitionsOf } from './estimate-run.ts';

/** What a run did until now, as far as its cost follows from it. */
export interface RunDone {
  /** Of the whole run. */
  counters: Pick<Counters, 'readUnits' | 'writeUnits' | 'otherWriteUnits'>;
  dryRun: boolean;
  /** All passes, also the present one. */
  passes: readonly Pick<SettledPass, 'counters' | 'timeline'>[];
  /** Segments of a pass. */
  segments: number;
  budget: SharedBudget;
  /** Number of other regions to which each write is replicated. */
  replicas: number;
}

export interface Bill extends Cost {
  /** What it wrote to other tables, on demand; left out if it wrote to none. */
  otherWrites?: number | null;
}

/**
 * The parts of a bill that follow from what DynamoDB reported. The others are estimated: from the time in which passes did something, and the
 * number of workers that the budget is worth.
 */
export const knownParts = ['writes', 'reads', 'otherWrites'] as const satisfies readonly (keyof Bill)[];

/**
 * What a run has cost until now, by part.
 *
 * @param memory memory of a worker, in GB
 */
export function billOf({ counters, dryRun, passes, segments, budget, replicas }: RunDone, memory: number, prices: KnownPrices): Bill {
  // A dry run counts the units that it would write.
  const writeUnits = dryRun ? 0 : counters.writeUnits;
  const children = passes.length * segments;
  const done = {
    // The units that DynamoDB reports are those of the table with its indexes.
    writeUnits,
    indexUnits: {},
    replicatedUnits: replicas * writeUnits,
    readUnits: counters.readUnits,
    children,
    transitions: transitionsOf(children, passes.length),
  };
  const times = passes.map(({ timeline, counters: { writeUnits: written } }) => {
    const seconds = timeline ? (timeline.buckets.length * timeline.widthMs) / 1000 : 0;
    return { seconds, lambdaSeconds: seconds * workersFor(budget, segments, written > 0 && !dryRun ? 'writes' : 'reads') };
  });
  const sum = (name: 'seconds' | 'lambdaSeconds'): number => times.reduce((total, time) => total + time[name], 0);
  const elsewhere = dryRun ? 0 : counters.otherWriteUnits;
  return {
    ...costOf(done, { seconds: sum('seconds'), lambdaSeconds: sum('lambdaSeconds') }, memory, prices),
    ...(elsewhere > 0 ? { otherWrites: capacityCost({ writes: elsewhere, reads: 0 }, prices.dynamodb).onDemand } : {}),
  };
}
