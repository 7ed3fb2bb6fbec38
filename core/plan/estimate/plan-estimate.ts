import { type BudgetLimit, budgetFor } from '../../ledger/budget.ts';
import type { Declared } from '../../transformation/contract.ts';
import type { PlanEstimate } from '../table-plan.ts';
import { costOf, durationWithin, estimateRun, type RunFigures } from './estimate-run.ts';
import { listPrices, type Prices, pricesFor } from './prices.ts';
import type { TableProfile } from './table-profile.ts';

export interface EstimateOptions {
  /** The budget that the user gave; undefined if none was given. */
  budget: { writeUnits?: BudgetLimit | undefined; readUnits?: BudgetLimit | undefined } | undefined;
  /** The prices that the user gave; undefined if none were given. */
  prices: Prices | undefined;
  /** Memory of a worker, in GB. */
  workerMemory: number;
}

/** Estimates capacity, time and cost of a run over the pending versions. */
export function planEstimate(
  figures: RunFigures,
  profile: Pick<TableProfile, 'throughputs' | 'region' | 'tableClass'>,
  changes: readonly Declared[],
  without: number[],
  { budget, prices, workerMemory }: EstimateOptions,
): PlanEstimate {
  const within = (asked: EstimateOptions['budget'] = {}) => {
    const { writeUnits, readUnits } = budgetFor(asked, profile.throughputs, changes);
    return { writeUnits, readUnits };
  };
  const estimate = estimateRun(figures, within(budget).writeUnits);
  const byDefault = durationWithin(within(), figures, estimate);
  const asked = budget && durationWithin(within(budget), figures, estimate);
  const known = pricesFor(prices, profile);
  const { currency, asOf, region } = prices ?? listPrices;
  return {
    ...estimate,
    without,
    byDefault: byDefault ?? null,
    ...(budget ? { asked: asked ?? null } : {}),
    cost: {
      ...costOf(estimate, asked ?? byDefault, workerMemory, known),
      currency,
      asOf,
      region,
      ...(known.notKnown === undefined ? {} : { notKnown: known.notKnown }),
    },
  };
}
