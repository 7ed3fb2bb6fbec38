import type { Control } from '../../ledger/control.ts';
import { type Pause, withHolder, withoutHolder } from '../../ledger/pause.ts';
import type { LedgerReads } from '../records/ledger-port.ts';
import { type ControlMarks, changePause } from './control-run.ts';

/** The alarm that pauses runs. */
export interface PauseAlarm {
  /** By which its events hold a pause: `alarm:dynamodt-pause-runs`. */
  by: string;
  isOn(): Promise<boolean>;
}

export interface PauseByAlarmPorts {
  alarm: PauseAlarm;
  ledger: Pick<LedgerReads, 'control'>;
  marks: Pick<ControlMarks, 'setPause'>;
  /** ISO 8601 */
  now(): string;
}

/** While a run starts, the state of an alarm changes only a few times. */
const maxLooks = 10;

/**
 * Pauses a run that has just taken its table if the alarm is on. An event tells `control-run` only of a change, and only a run that has its
 * table can be paused, so StartRun looks at the alarm itself, and looks after it took the table:
 *
 * ```text
 * alarm: goes on      the event finds no run
 * start:                                    takes the table, looks: paused
 *
 * alarm:                                    goes on: the event finds the run, which is paused
 * start:              takes the table, looks
 * ```
 *
 * An event can come between the look and the mark, so StartRun looks again after it changed the mark, until nothing is to be changed:
 *
 * ```text
 * start: looks: on                                      pauses the run       looks: off, lets go
 * alarm:             goes off: the event finds no pause
 * ```
 */
export async function pauseByAlarm(taken: Control, { alarm, ledger, marks, now }: PauseByAlarmPorts): Promise<void> {
  const { by } = alarm;
  for (let looks = 0, control = taken; looks < maxLooks; looks++) {
    const isOn = await alarm.isOn();
    const holder = { by, since: now() };
    const change = (pause: Pause | undefined) => (isOn ? withHolder(pause, holder) : withoutHolder(pause, by));
    const changed = await changePause(control, change, holder, { ledger, marks });
    if (!changed?.isChanged) return;
    control = (await ledger.control(taken.run)) ?? control;
  }
}
