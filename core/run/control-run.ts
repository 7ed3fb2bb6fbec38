import { z } from 'zod';
import { RunError } from '../errors.ts';
import type { BudgetLimit as Asked } from '../ledger/budget.ts';
import type { Control } from '../ledger/control.ts';
import type { LedgerReads } from './ledger-port.ts';
import { BudgetLimitInput } from './run-input.ts';

/** What an operator, or an alarm, may ask of the run that holds a table. */
export const ControlRequest = z.strictObject({
  table: z.string().min(1),
  action: z.enum(['pause', 'resume', 'stop', 'throttle']),
  /** Who asks, for `status`: a user, `alarm:HighLatency`. */
  by: z.string().min(1),
  /** With `throttle`: units a second for the whole run. */
  writeUnits: BudgetLimitInput.optional(),
  readUnits: BudgetLimitInput.optional(),
});
export type ControlRequest = z.infer<typeof ControlRequest>;

/** The limits of a budget to set; one that is undefined stays. */
export interface BudgetChange {
  writeUnits?: Asked | undefined;
  readUnits?: Asked | undefined;
}

/** The marks of operators on a run's control. Each returns false if the run is over, or if the mark is not as the change expects. */
export interface ControlMarks {
  /** @param onlyIfFree do nothing if the run is paused already */
  pause(run: string, mark: { by: string; since: string }, onlyIfFree: boolean): Promise<boolean>;
  /** @param by clear the pause only if this caller set it; undefined clears any pause */
  clearPause(run: string, by: string | undefined): Promise<boolean>;
  stop(run: string, mark: { by: string; since: string; redriveCount: number }): Promise<boolean>;
  /** Sets the given limits of the budget, and records who set them. */
  throttle(run: string, budget: BudgetChange, mark: { by: string; since: string }): Promise<boolean>;
  /** Keeps the token of a waiting execution, but only while the run is paused. */
  keepToken(run: string, token: string): Promise<boolean>;
  removeToken(run: string, token: string): Promise<void>;
}

export interface ControlRunPorts {
  ledger: Pick<LedgerReads, 'lock' | 'control'>;
  marks: ControlMarks;
  /** Lets a waiting execution go on. Does nothing if it no longer waits. */
  sendTaskSuccess(token: string): Promise<void>;
  /** Undefined if the execution has ended. */
  describeRunning(execution: string): Promise<{ redriveCount: number } | undefined>;
  /** ISO 8601 */
  now: string;
}

/** True for the name of an alarm, such as `alarm:HighLatency`. An operator's pause takes precedence over an alarm's. */
function isAlarm(by: string): boolean {
  return by.startsWith('alarm:');
}

/**
 * Pauses, resumes, stops or throttles the run that holds a table. Every action may be repeated.
 *
 * Workers see a mark within their control interval and leave; SettlePass then waits on a task token, or fails with Stopped. Resuming
 * clears the mark first, then lets the waiting execution go on, then forgets the token, so that a crash in between loses nothing.
 *
 * A person's pause takes the place of an alarm's, an alarm leaves a person's alone, and it resumes only what it paused itself.
 *
 * @returns without `run` if the caller is an alarm and no run holds the table, which is the usual case
 * @throws RunError InvalidInput: when the caller is no alarm and no run holds the table
 */
export async function controlRun(
  request: ControlRequest,
  ports: ControlRunPorts,
): Promise<{ table: string; run?: string; action: string }> {
  const { table, action, by, writeUnits, readUnits } = request;
  const { marks, now } = ports;
  const running = await runningControl(table, ports);
  if (!running) return nothingToControl(request);
  const { control, redriveCount } = running;
  const done = async (): Promise<boolean> => {
    switch (action) {
      case 'pause':
        return isPausedByPerson(control) || marks.pause(control.run, { by, since: now }, isAlarm(by));
      case 'resume':
        return (await marks.clearPause(control.run, isAlarm(by) ? by : undefined)) && wake(control.run, ports);
      case 'stop':
        return (await marks.stop(control.run, { by, since: now, redriveCount })) && wake(control.run, ports);
      case 'throttle':
        if (writeUnits === undefined && readUnits === undefined)
          throw new RunError(
            'InvalidInput',
            'To throttle a run, say how many capacity units a second it may use: writeUnits, readUnits, or both.',
            { fields: { table: control.table, run: control.run } },
          );
        return marks.throttle(control.run, { writeUnits, readUnits }, { by, since: now });
    }
  };
  return (await done()) ? { table, run: control.run, action } : nothingToControl(request);
}

/**
 * What WaitForResume does with its token: keeps it while the run is paused, otherwise answers it at once, since the operator who
 * resumed or stopped the run found no token to answer.
 */
export async function waitForResume(
  run: string,
  token: string,
  { ledger, marks, sendTaskSuccess }: Omit<ControlRunPorts, 'describeRunning' | 'now'>,
): Promise<void> {
  if (!(await marks.keepToken(run, token))) return sendTaskSuccess(token);
  const control = await ledger.control(run);
  if (control?.marks.stopped) await sendTaskSuccess(token);
}

async function runningControl(
  table: string,
  { ledger, describeRunning }: ControlRunPorts,
): Promise<{ control: Control; redriveCount: number } | undefined> {
  const lock = await ledger.lock(table);
  const control = lock && lock.endedAt === undefined ? await ledger.control(lock.run) : undefined;
  if (!lock || !control || control.ended) return undefined;
  const execution = await describeRunning(lock.execution);
  return execution && { control, redriveCount: execution.redriveCount };
}

async function wake(run: string, { ledger, marks, sendTaskSuccess }: ControlRunPorts): Promise<boolean> {
  const token = (await ledger.control(run))?.marks.taskToken;
  if (token) {
    await sendTaskSuccess(token);
    await marks.removeToken(run, token);
  }
  return true;
}

function isPausedByPerson({ marks: { paused } }: Control): boolean {
  return paused !== undefined && !isAlarm(paused.by);
}

function nothingToControl({ table, action, by }: ControlRequest): { table: string; action: string } {
  if (isAlarm(by)) return { table, action };
  throw new RunError(
    'InvalidInput',
    `No run of ${table} is under way, so there is nothing to control. Look at \`dynamodt status ${table}\`.`,
    { fields: { table } },
  );
}
