import type { Control } from '../../ledger/control.ts';
import { closesAt, isOpen, isPausedByHours, opensAt, pausedByHours } from '../../ledger/limits/hours.ts';
import { type PauseHolder, withHolder } from '../../ledger/pause.ts';

/** The control of a start, which may be outside of the hours of its run. @param now wall-clock milliseconds */
export function atHours(control: Control, now: number): Control {
  const { onlyBetween, paused } = control.marks;
  if (!onlyBetween) return control;
  if (isOpen(onlyBetween, now)) return { ...control, closesAt: closesAt(onlyBetween, now) };
  const marks = { ...control.marks, paused: withHolder(paused, hoursHolder(onlyBetween, now)) };
  return { ...control, marks, decision: { ...control.decision, kind: 'wait' } };
}

/** The control of a decision, with the time at which its workers must leave. @param now wall-clock milliseconds */
export function untilClosed(control: Control, now: number): Control {
  const { onlyBetween } = control.marks;
  if (!onlyBetween) return control;
  return { ...control, closesAt: isOpen(onlyBetween, now) ? closesAt(onlyBetween, now) : undefined };
}

/** How long a paused run waits if nobody resumes it, in seconds: until its hours begin, or for a year. @param now wall-clock milliseconds */
export function secondsToWait({ marks: { paused, onlyBetween } }: Control, now: number): number {
  if (!onlyBetween || !isPausedByHours(paused)) return aYear;
  return Math.max(1, Math.ceil((opensAt(onlyBetween, now) - now) / 1000));
}

/** Max duration of an execution, in seconds. */
const aYear = 31_536_000;

/** Who pauses a run outside of its hours. @param now wall-clock milliseconds */
export function hoursHolder(onlyBetween: { hours: string }, now: number): PauseHolder {
  return { by: pausedByHours(onlyBetween), since: new Date(now).toISOString() };
}
