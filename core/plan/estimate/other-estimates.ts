import { type BudgetLimit, budgetFor } from '../../ledger/budget.ts';
import { type Prices, pricesFor } from '../../ledger/limits/prices.ts';
import { ownValue } from '../../own-value.ts';
import { type Cost, capacityCost, type RunEstimate, rateElsewhere } from './estimate-run.ts';
import type { TableProfile } from './table-profile.ts';

/** What must be known of another table into which versions insert. */
export type OtherProfile = Pick<TableProfile, 'throughputs' | 'region' | 'tableClass'>;

/** What a run writes to another table. */
export interface OtherEstimate {
  /** Of the table and its indexes. */
  writeUnits: number;
  /** Write units a second of the budget that it has for this run; null if that is not known. */
  budget: number | null;
  /** How long these writes take within that budget, beside those of the run's own table; null if that is not known. */
  seconds: number | null;
  /** Amounts are null if the prices are not known. */
  cost: Pick<Cost, 'onDemand' | 'provisioned'>;
}

/** Write units a second for each of the other tables, as a run takes them: what is asked for, otherwise a part of what that table takes. */
export function otherBudgets(
  profiles: Readonly<Record<string, OtherProfile>>,
  writeUnits: BudgetLimit | undefined,
): Record<string, number | undefined> {
  const inserting = { adds: [], overwrites: [], removes: [], inserts: true, deletes: false };
  return Object.fromEntries(
    Object.entries(profiles).map(([table, { throughputs }]) => [table, budgetFor({ writeUnits }, throughputs, [inserting]).writeUnits]),
  );
}

/** By logical name; undefined if the versions write only to their own table. */
export function estimateOthers(
  { otherUnits, workers }: Pick<RunEstimate, 'otherUnits' | 'workers'>,
  profiles: Readonly<Record<string, OtherProfile>>,
  { writeUnits, prices }: { writeUnits: BudgetLimit | undefined; prices: Prices | undefined },
): Record<string, OtherEstimate> | undefined {
  const budgets = otherBudgets(profiles, writeUnits);
  const made = Object.entries(otherUnits).map(([table, units]): [string, OtherEstimate] => {
    const profile = ownValue(profiles, table);
    const budget = ownValue(budgets, table);
    return [
      table,
      {
        writeUnits: Math.ceil(units),
        budget: budget ?? null,
        seconds: budget === undefined ? null : units / rateElsewhere(budget, workers),
        cost: capacityCost({ writes: units, reads: 0 }, profile && pricesFor(prices, profile).dynamodb),
      },
    ];
  });
  return made.length > 0 ? Object.fromEntries(made) : undefined;
}
