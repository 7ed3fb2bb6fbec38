import type { Control } from '../../ledger/control.ts';
import { claimsOfCost, isUsedUp } from '../../ledger/limits/max-cost.ts';
import { pausedByCost, pausedByLimit } from '../../ledger/limits/pause-after.ts';
import { withHolder } from '../../ledger/pause.ts';
import type { LedgerReads, LedgerWrites } from '../records/ledger-port.ts';
import type { Verdict } from '../verdict.ts';

/**
 * Pauses a run whose workers have claimed all changes, or all money, that its limit allows. SettlePass asks for it before it decides, when the Map has ended: by
 * then each worker has used what it claimed, given it back, or was killed with it.
 *
 *     worker A: claims the last 5 of 100, writes 5, leaves
 *     worker B:                                            claims 1: refused, leaves
 *     SettlePass:                                                                    100 are claimed: pauses the run
 *
 * @param now ISO 8601
 * @returns what is left of the limit of changes, undefined if there is none; `paused` if the run was to be paused: its control must be read again
 */
export async function pauseAtLimit(
  control: Control,
  ledger: Pick<LedgerReads, 'claimed'> & Pick<LedgerWrites, 'pauseAtLimit'>,
  now: string,
): Promise<number | undefined | 'paused'> {
  const { pauseAfter, maxCost, paused, stopped, failures, maxFailures } = control.marks;
  const isOver = paused || stopped || control.ended || failures > maxFailures;
  if (maxCost && !isOver && (await isCostUsedUp(control, ledger))) {
    await ledger.pauseAtLimit(control.run, { maxCost }, withHolder(undefined, { by: pausedByCost(maxCost), since: now }));
    return 'paused';
  }
  if (!pauseAfter) return undefined;
  const left = Math.max(0, pauseAfter.items - (await ledger.claimed(control.run, pauseAfter)));
  if (left > 0 || isOver) return left;
  await ledger.pauseAtLimit(control.run, { pauseAfter }, withHolder(undefined, { by: pausedByLimit(pauseAfter), since: now }));
  return 'paused';
}

/** Maps in a row without progress after which a run with a limit of money pauses: one more fails it. */
const maxMapsInVain = 2;

/**
 * Pauses a run whose workers cannot afford their next requests, although their limit of money is not used up: Map after Map would find that out anew.
 *
 * @param now ISO 8601
 * @returns true if the run was to be paused: its control must be read again
 */
export async function pauseInVain({ kind, control }: Verdict, ledger: Pick<LedgerWrites, 'pauseAtLimit'>, now: string): Promise<boolean> {
  const { maxCost } = control.marks;
  if (!maxCost || kind !== 'transform' || control.convergence.mapsWithoutProgress < maxMapsInVain) return false;
  await ledger.pauseAtLimit(control.run, { maxCost }, withHolder(undefined, { by: pausedByCost(maxCost), since: now }));
  return true;
}

async function isCostUsedUp({ run, marks: { maxCost }, budget }: Control, ledger: Pick<LedgerReads, 'claimed'>): Promise<boolean> {
  if (!maxCost) return false;
  const claims = claimsOfCost(maxCost);
  return isUsedUp(maxCost, claims.items - (await ledger.claimed(run, claims)), budget.maxConcurrency);
}
