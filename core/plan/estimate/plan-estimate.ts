import { type BudgetLimit, budgetFor, type Throughput } from '../../ledger/budget.ts';
import type { Declared } from '../../transformation/contract.ts';
import type { PlanEstimate } from '../table-plan.ts';
import { costOf, durationWithin, estimateRun, type RunFigures } from './estimate-run.ts';
import type { Prices } from './prices.ts';

export interface EstimateOptions {
  /** The budget that the user gave; undefined if none was given. */
  budget: { writeUnits?: BudgetLimit | undefined; readUnits?: BudgetLimit | undefined } | undefined;
  prices: Prices;
  /** Memory of a worker, in GB. */
  workerMemory: number;
}

/** Estimates capacity, time and cost of a run over the pending versions. */
export function planEstimate(
  figures: RunFigures,
  { throughputs }: { throughputs: readonly Throughput[] },
  changes: readonly Declared[],
  without: number[],
  { budget, prices, workerMemory }: EstimateOptions,
): PlanEstimate {
  const within = (asked: EstimateOptions['budget'] = {}) => {
    const { writeUnits, readUnits } = budgetFor(asked, throughputs, changes);
    return { writeUnits, readUnits };
  };
  const estimate = estimateRun(figures, within(budget).writeUnits);
  const byDefault = durationWithin(within(), figures, estimate);
  const asked = budget && durationWithin(within(budget), figures, estimate);
  const { currency, asOf, region } = prices;
  return {
    ...estimate,
    without,
    byDefault: byDefault ?? null,
    ...(budget ? { asked: asked ?? null } : {}),
    cost: { ...costOf(estimate, asked ?? byDefault, workerMemory, prices), currency, asOf, region },
  };
}
