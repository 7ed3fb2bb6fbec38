import type { Control } from '../../ledger/control.ts';
import { isHours, isOpen, isPausedByHours } from '../../ledger/limits/hours.ts';
import { holdersOf, withHolder, withoutHolder } from '../../ledger/pause.ts';
import type { LedgerWrites } from '../records/ledger-port.ts';
import type { Verdict } from '../verdict.ts';
import { hoursHolder } from './within-hours.ts';

/**
 * Pauses a run that would go on outside of the hours in which it may write: after a Map whose workers left at the end of the hours. A run whose work is
 * done comes to its end at any hour.
 *
 *     workers: leave at 06:00
 *     SettlePass:             06:00: pauses the run, waits                         22:00: ends the pause, goes on
 *     operator:                                            10:00: pauses the run   (then not: the operator still holds the pause)
 *
 * @param now wall-clock milliseconds
 * @returns true if the run was to be paused: the control must be read again
 */
export async function pauseByHours({ control, kind }: Verdict, ledger: Pick<LedgerWrites, 'setPause'>, now: number): Promise<boolean> {
  const { paused, onlyBetween } = control.marks;
  if (!onlyBetween || kind === 'wait' || kind === 'succeed' || isOpen(onlyBetween, now)) return false;
  // A redrive adopts new code also while the run is paused: the workers of its Map leave at once.
  if (isPausedByHours(paused)) return false;
  const holder = hoursHolder(onlyBetween, now);
  await ledger.setPause(control.run, paused, withHolder(paused, holder), holder);
  return true;
}

/** Ends that pause when the hours begin: SettlePass asks for it before it decides. @param now wall-clock milliseconds @returns as {@link pauseByHours} */
export async function goOnAtHours(control: Control, ledger: Pick<LedgerWrites, 'setPause'>, now: number): Promise<boolean> {
  const { paused, onlyBetween } = control.marks;
  const holder = holdersOf(paused).find(isHours);
  if (!holder || control.ended || (onlyBetween && !isOpen(onlyBetween, now))) return false;
  await ledger.setPause(control.run, paused, withoutHolder(paused, holder.by), { by: holder.by, since: new Date(now).toISOString() });
  return true;
}
