import { type BudgetLimit, budgetFor } from '../../ledger/budget.ts';
import { listPrices, type Prices, pricesFor } from '../../ledger/limits/prices.ts';
import type { Declared } from '../../transformation/contract.ts';
import type { PlanEstimate } from '../table-plan.ts';
import { costOf, durationWithin, estimateRun, type RunFigures } from './estimate-run.ts';
import { estimateOthers, type OtherProfile, otherBudgets } from './other-estimates.ts';

export interface EstimateOptions {
  /** The budget that the user gave; undefined if none was given. */
  budget: { writeUnits?: BudgetLimit | undefined; readUnits?: BudgetLimit | undefined } | undefined;
  /** The prices that the user gave; undefined if none were given. */
  prices: Prices | undefined;
  /** Memory of a worker, in GB. */
  workerMemory: number;
}

/**
 * Estimates capacity, time and cost of a run over the pending versions.
 *
 * @param others the other tables into which versions insert, by logical name
 */
export function planEstimate(
  figures: RunFigures,
  { others = {}, ...profile }: OtherProfile & { others?: Readonly<Record<string, OtherProfile>> | undefined },
  changes: readonly Declared[],
  without: number[],
  { budget, prices, workerMemory }: EstimateOptions,
): PlanEstimate {
  const within = (asked: EstimateOptions['budget'] = {}) => {
    const { writeUnits, readUnits } = budgetFor(asked, profile.throughputs, changes);
    return { writeUnits, readUnits, ...(Object.keys(others).length > 0 ? { others: otherBudgets(others, asked.writeUnits) } : {}) };
  };
  const { otherUnits, ...estimate } = estimateRun(figures, within(budget));
  const byDefault = durationWithin(within(), figures, estimate);
  const asked = budget && durationWithin(within(budget), figures, estimate);
  const known = pricesFor(prices, profile);
  const { currency, asOf, region } = prices ?? listPrices;
  const elsewhere = estimateOthers({ otherUnits, workers: estimate.workers }, others, { writeUnits: budget?.writeUnits, prices });
  return {
    ...estimate,
    ...(elsewhere ? { others: elsewhere } : {}),
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
