import * as z from 'zod';
import { RunError } from '../../errors.ts';
import type { BudgetLimit as Asked } from '../../ledger/budget.ts';
import type { Control } from '../../ledger/control.ts';
import { isPausedByHours, type OnlyBetween, opensAt } from '../../ledger/limits/hours.ts';
import type { MaxCost } from '../../ledger/limits/max-cost.ts';
import { isPausedByCost, isPausedByItems, isPausedByLimit, type PauseAfter } from '../../ledger/limits/pause-after.ts';
import { isAlarm, type Pause, type PauseHolder, withHolder, withoutHolder } from '../../ledger/pause.ts';
import { budgetEvents } from '../events/decided-events.ts';
import type { TellEvents } from '../events/run-event.ts';
import type { LedgerReads } from '../records/ledger-port.ts';
import { BudgetLimitInput, MaxCostInput, PauseAfterInput } from '../run-input.ts';

/** What was asked of a run. */
export interface Controlled {
  table: string;
  /** Left out if the caller is an alarm and nothing was to be changed. */
  run?: string;
  action: string;
  /** Only of `resume`: nobody had paused the run. */
  wasPaused?: false;
}

/** What an operator, or an alarm, may ask of the run that holds a table. */
export const ControlRequest = z.strictObject({
  table: z.string().min(1),
  action: z.enum(['pause', 'resume', 'stop', 'throttle']),
  /** Who asks, for `status`: a user, `alarm:HighLatency`. */
  by: z.string().min(1),
  /** With `throttle`: units a second for the whole run. */
  writeUnits: BudgetLimitInput.optional(),
  readUnits: BudgetLimitInput.optional(),
  /** With `resume`: how many items the run may change before it pauses itself again. */
  pauseAfter: PauseAfterInput.optional(),
  /** With `resume`, of a run that has such a limit: what it may cost more before it pauses itself again. */
  maxCost: MaxCostInput.optional(),
});
export type ControlRequest = z.infer<typeof ControlRequest>;

/** The limits of a budget to set; one that is undefined stays. */
export interface BudgetChange {
  writeUnits?: Asked | undefined;
  readUnits?: Asked | undefined;
}

/** Limits at which a run pauses itself: undefined for none, and one that is left out stays. */
export interface Limited {
  pauseAfter?: PauseAfter | undefined;
  maxCost?: MaxCost | undefined;
  onlyBetween?: OnlyBetween | undefined;
}

/** The marks of operators on a run's control. Each returns false if the run is over, or if the mark is not as the change expects. */
export interface ControlMarks {
  /**
   * Puts `pause` in place of the pause that was read; undefined stands for no pause.
   *
   * @param by who changes it, and when
   * @param limited the limits that are set with it; left out, they stay
   */
  setPause(run: string, read: Pause | undefined, pause: Pause | undefined, by: PauseHolder, limited?: Limited): Promise<boolean>;
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
  /** Told of a budget that was changed; SettlePass tells what it finds of the other marks. Left out, nobody is. */
  tell?: TellEvents | undefined;
}

const maxTries = 10;

/**
 * Pauses, resumes, stops or throttles the run that holds a table. Every action may be repeated.
 *
 * Workers see a mark within their control interval and leave; SettlePass then waits on a task token, or fails with Stopped. Resuming
 * clears the mark first, then lets the waiting execution go on, then forgets the token, so that a crash in between loses nothing.
 *
 * Several callers can hold a pause. If an alarm resumes, it only lets go of its own hold, and the run goes on when nobody holds the pause
 * any more. If a person resumes, the run goes on.
 *
 * A person who resumes a run that paused itself at a limit, of changes or of money, lifts that limit, or sets the next one, which counts from then. A
 * run that rests for another reason keeps its limits, unless the person sets another. One that waits for its hours goes on until they begin and end.
 *
 * @returns without `run` if the caller is an alarm and no run holds the table, which is the usual case
 * @throws RunError InvalidInput: when the caller is no alarm and no run holds the table, or a limit is given for a run that is not paused, or
 *   whose workers have not left
 */
export async function controlRun(request: ControlRequest, ports: ControlRunPorts): Promise<Controlled> {
  const controlled = await controlRunIfAny(request, ports);
  if (controlled.run === undefined && !isAlarm(request.by)) throw nothingToControl(request.table);
  return controlled;
}

/**
 * The same for whoever need not know whether a run holds the table: one of the tables of {@link controlRuns}.
 *
 * @returns without `run` if no run holds the table, or if the caller is an alarm and nothing was to be changed
 * @throws RunError InvalidInput: as controlRun, but not if no run holds the table
 */
export async function controlRunIfAny(request: ControlRequest, ports: ControlRunPorts): Promise<Controlled> {
  const { table, action, by, writeUnits, readUnits } = request;
  const next = nextLimits(request);
  if (next && (action !== 'resume' || isAlarm(by))) throw onlyToResume(request);
  const { marks, now } = ports;
  const running = await runningControl(table, ports);
  if (!running) return { table, action };
  const { control, redriveCount, execution } = running;
  const caller: PauseHolder = { by, since: now };
  let wasPaused = true;
  /** An alarm asks all the time: it is told nothing if nothing changed. */
  const isDone = (changed: ChangedPause | undefined): boolean => changed !== undefined && (changed.isChanged || !isAlarm(by));
  const done = async (): Promise<boolean> => {
    switch (action) {
      case 'pause':
        return isDone(await changePause(control, (pause) => withHolder(pause, caller), caller, ports));
      case 'resume': {
        if (next && !control.marks.paused && !isResumedAlready(control, next)) throw notPaused(control);
        const changed = isAlarm(by)
          ? await changePause(control, (pause) => withoutHolder(pause, by), caller, ports)
          : await changePause(
              control,
              () => undefined,
              caller,
              ports,
              (read) => limitsAfter(read, next, now),
            );
        // Somebody else resumed it meanwhile.
        if (next && changed?.isChanged === false && control.marks.paused) throw notPaused(control);
        // Also if it is cleared already: whoever cleared it may have been interrupted before it woke the execution.
        const woken = changed && !changed.pause && (await wake(control.run, ports));
        wasPaused = changed?.isChanged === true || woken === true;
        return isDone(changed);
      }
      case 'stop': {
        const stopped = await marks.stop(control.run, { ...caller, redriveCount });
        if (stopped) await wake(control.run, ports);
        return stopped;
      }
      case 'throttle':
        if (writeUnits === undefined && readUnits === undefined)
          throw new RunError(
            'InvalidInput',
            'To throttle a run, say how many capacity units a second it may use: writeUnits, readUnits, or both (`--write-units`, `--read-units` of the command).',
            { fields: { table: control.table, run: control.run } },
          );
        if (!(await marks.throttle(control.run, { writeUnits, readUnits }, caller))) return false;
        await ports.tell?.(budgetEvents(control, execution, { writeUnits, readUnits }, caller));
        return true;
    }
  };
  if (!(await done())) return { table, action };
  return { table, run: control.run, action, ...(wasPaused ? {} : { wasPaused: false }) };
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
): Promise<{ control: Control; execution: string; redriveCount: number } | undefined> {
  const lock = await ledger.lock(table);
  const control = lock && lock.endedAt === undefined ? await ledger.control(lock.run) : undefined;
  // What the lock names is a reference like any other: it must not lead to the run of another table.
  if (!lock || !control || control.table !== table || control.ended) return undefined;
  const execution = await describeRunning(lock.execution);
  return execution && { control, execution: lock.execution, redriveCount: execution.redriveCount };
}

export interface ChangedPause {
  pause: Pause | undefined;
  isChanged: boolean;
}

/**
 * Changes who holds the pause of a run.
 *
 * @param by who changes it
 * @param limit what the change makes of its limit of changes
 * @returns undefined if the run is over
 */
export async function changePause(
  read: Control,
  change: (pause: Pause | undefined) => Pause | undefined,
  by: PauseHolder,
  { ledger, marks }: { ledger: Pick<LedgerReads, 'control'>; marks: Pick<ControlMarks, 'setPause'> },
  limit: (control: Control) => Limited | undefined = () => undefined,
): Promise<ChangedPause | undefined> {
  let control: Control | undefined = read;
  for (let tries = 0; tries < maxTries && control && !control.ended; tries++) {
    const { paused } = control.marks;
    const pause = change(paused);
    if (pause === paused) return { pause, isChanged: false };
    if (await marks.setPause(control.run, paused, pause, by, limit(control))) return { pause, isChanged: true };
    control = await ledger.control(control.run);
  }
  if (!control || control.ended) return undefined;
  throw new Error(`The pause of run ${read.run} changed ${maxTries} times while it was read and written. Ask again.`);
}

/** The limits that a person sets who resumes a run. */
interface NextLimits {
  items: number | undefined;
  amount: number | undefined;
}

function nextLimits({ pauseAfter: items, maxCost: amount }: ControlRequest): NextLimits | undefined {
  return items === undefined && amount === undefined ? undefined : { items, amount };
}

/** What a person who resumes makes of the limits; undefined if they stay. */
function limitsAfter({ table, run, marks }: Control, next: NextLimits | undefined, now: string): Limited | undefined {
  const { paused, maxCost, onlyBetween } = marks;
  if (next && !isAtRest(marks)) throw stillLeaving({ table, run });
  if (next?.amount !== undefined && !maxCost) throw withoutPrices({ table, run });
  const lifted: Limited = {
    ...(isPausedByItems(paused) ? { pauseAfter: undefined } : {}),
    ...(isPausedByCost(paused) ? { maxCost: undefined } : {}),
    ...(onlyBetween && isPausedByHours(paused)
      ? { onlyBetween: { ...onlyBetween, liftedUntil: opensAt(onlyBetween, Date.parse(now)) } }
      : {}),
  };
  const set: Limited = {
    ...(next?.items === undefined ? {} : { pauseAfter: { items: next.items, since: now } }),
    ...(next?.amount === undefined || !maxCost
      ? {}
      : { maxCost: { amount: next.amount, currency: maxCost.currency, prices: maxCost.prices, since: now } }),
  };
  return { ...lifted, ...set };
}

/**
 * True if no worker is left. After a pause, workers write until they read the control again: what they change under the limit before, or without
 * one, would not count.
 */
function isAtRest({ taskToken, paused }: Control['marks']): boolean {
  return taskToken !== undefined || isPausedByLimit(paused);
}

/** The same was asked before, and whoever asked was interrupted before the execution was woken. */
function isResumedAlready({ marks }: Control, { items, amount }: NextLimits): boolean {
  const { taskToken, pauseAfter, maxCost } = marks;
  if (taskToken === undefined) return false;
  return (items === undefined || pauseAfter?.items === items) && (amount === undefined || maxCost?.amount === amount);
}

function onlyToResume({ table }: ControlRequest): RunError {
  return new RunError(
    'InvalidInput',
    '"pauseAfter" and "maxCost" say how far a paused run goes on when a person resumes it; they go with the action "resume" only. A new run gets them as `dynamodt up Users --pause-after 100`.',
    { fields: { table } },
  );
}

function notPaused({ table, run }: Control): RunError {
  return new RunError(
    'InvalidInput',
    `The run of ${table} is not paused, so that it cannot be resumed with another limit. Pause it with \`dynamodt pause ${table}\`, or wait until it pauses itself; \`dynamodt status ${table}\` shows it.`,
    { fields: { table, run } },
  );
}

function withoutPrices({ table, run }: Pick<Control, 'table' | 'run'>): RunError {
  return new RunError(
    'InvalidInput',
    `The run of ${table} was started without a limit of money, and does not know the prices by which one is counted. Stop it, and start it again with \`--max-cost 50\`: \`dynamodt stop ${table}\` names the command.`,
    { fields: { table, run } },
  );
}

function stillLeaving({ table, run }: Pick<Control, 'table' | 'run'>): RunError {
  return new RunError(
    'InvalidInput',
    `The run of ${table} was paused a moment ago, and its workers are still leaving: a limit that is set now would not count what they change. Repeat the command in some seconds.`,
    { fields: { table, run } },
  );
}

/** @returns false if no execution waits */
async function wake(run: string, { ledger, marks, sendTaskSuccess }: ControlRunPorts): Promise<boolean> {
  const token = (await ledger.control(run))?.marks.taskToken;
  if (token) {
    await sendTaskSuccess(token);
    await marks.removeToken(run, token);
  }
  return token !== undefined;
}

function nothingToControl(table: string): RunError {
  return new RunError(
    'InvalidInput',
    `No run of ${table} is under way, so there is nothing to control. Look at \`dynamodt status ${table}\`.`,
    { fields: { table } },
  );
}
