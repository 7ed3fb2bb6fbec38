import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { BudgetLimit, BudgetSource } from '../../core/ledger/budget.ts';
import type { Pause } from '../../core/ledger/pause.ts';
import type { BudgetChange, ControlMarks } from '../../core/run/control-run.ts';
import { type ControlChanges, updateControl } from './update-control.ts';

/**
 * ```text
 * operator: reads the control                           writes the mark → the condition fails
 * SettlePass:                 writes succeeded, ended
 * ```
 */
const runIsNotOver = '#ended = :no';

/**
 * ```text
 * alarm A: reads the control (not paused)                          writes its pause → the condition fails
 * alarm B:                                writes a pause of its own
 * ```
 */
const pauseIsNew = `attribute_not_exists(#paused) AND ${runIsNotOver}`;

/**
 * ```text
 * alarm A goes off: reads the control (paused by A)                         clears the pause → the condition fails
 * alarm B goes on:                                  adds itself to the pause
 * ```
 */
const pauseIsAsRead = `#paused = :pausedRead AND ${runIsNotOver}`;

/**
 * Whoever resumes looks for the token after the pause is cleared, so a token that comes later must not be kept.
 *
 * ```text
 * SettlePass:    reads the control (paused), decides to wait
 * operator:                                                  clears the pause, finds no token
 * WaitForResume:                                                                             keeps the token → the condition fails
 * ```
 */
const isPaused = `attribute_exists(#paused) AND ${runIsNotOver}`;

/**
 * ```text
 * operator: resumes: sends success for token 1                                    removes the token → the condition fails
 * WaitForResume:                               paused once more: keeps token 2
 * ```
 */
const tokenIsAsSent = '#taskToken = :token';

/** Sets and clears marks on a run's control, each by one conditional update. */
export class LedgerControlMarks implements ControlMarks {
  readonly #client: DynamoDBClient;
  readonly #ledger: string;

  constructor(client: DynamoDBClient, ledger: string) {
    this.#client = client;
    this.#ledger = ledger;
  }

  setPause(run: string, read: Pause | undefined, paused: Pause | undefined): Promise<boolean> {
    return read
      ? this.#update(run, { paused }, pauseIsAsRead, { no: false, pausedRead: read })
      : this.#update(run, { paused }, pauseIsNew, { no: false });
  }

  stop(run: string, stopped: { by: string; since: string; redriveCount: number }): Promise<boolean> {
    return this.#update(run, { stopped }, runIsNotOver, { no: false });
  }

  throttle(run: string, budget: BudgetChange, mark: { by: string; since: string }): Promise<boolean> {
    const source: BudgetSource = { kind: 'throttle', ...mark };
    const { writeUnits, readUnits } = budget;
    const changes: ControlChanges = {
      ...(writeUnits === undefined ? {} : { writeUnits: limitOf(writeUnits), writeUnitsSource: source }),
      ...(readUnits === undefined ? {} : { readUnits: limitOf(readUnits), readUnitsSource: source }),
    };
    return this.#update(run, changes, runIsNotOver, { no: false });
  }

  keepToken(run: string, taskToken: string): Promise<boolean> {
    return this.#update(run, { taskToken }, isPaused, { no: false });
  }

  async removeToken(run: string, token: string): Promise<void> {
    await this.#update(run, { taskToken: undefined }, tokenIsAsSent, { token });
  }

  #update(run: string, fields: ControlChanges, condition: string, values: Record<string, unknown>): Promise<boolean> {
    return updateControl({ client: this.#client, ledger: this.#ledger, run }, fields, condition, values);
  }
}

function limitOf(asked: BudgetLimit): number | undefined {
  return asked === 'unlimited' ? undefined : asked;
}
