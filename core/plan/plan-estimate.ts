import { type Budget, defaultBudget } from './default-budget.ts';
import { costOf, durationWithin, estimateRun, type RunFigures } from './estimate-run.ts';
import type { Prices } from './prices.ts';
import type { PlanEstimate } from './table-plan.ts';
import type { TableProfile } from './table-profile.ts';

export interface EstimateOptions {
  /** What was asked for; undefined where nothing was. */
  budget: Budget | undefined;
  prices: Prices;
  /** Of a worker, in GB. */
  workerMemory: number;
}

/** What a run over the pending versions takes. */
export const planEstimate = (
  figures: RunFigures,
  profile: Pick<TableProfile, 'warm' | 'provisioned'>,
  without: number[],
  { budget, prices, workerMemory }: EstimateOptions,
): PlanEstimate => {
  const estimate = estimateRun(figures);
  const usual = defaultBudget(profile);
  const byDefault = durationWithin(usual, figures, estimate);
  const within = budget && { readUnits: budget.readUnits ?? usual.readUnits, writeUnits: budget.writeUnits ?? usual.writeUnits };
  const asked = within && durationWithin(within, figures, estimate);
  const { currency, asOf, region } = prices;
  return {
    ...estimate,
    without,
    byDefault: byDefault ?? null,
    ...(within ? { asked: asked ?? null } : {}),
    cost: { ...costOf(estimate, asked ?? byDefault, workerMemory, prices), currency, asOf, region },
  };
};
