import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { BudgetLimit, BudgetSource } from '../../core/ledger/budget.ts';
import type { BudgetChange, ControlMarks } from '../../core/run/control-run.ts';
import { type ControlChanges, updateControl } from './update-control.ts';

const runIsNotOver = '#ended = :no';
const nobodyPausedIt = 'attribute_not_exists(#paused) AND #ended = :no';
const pausedByCaller = '#paused.#by = :by AND #ended = :no';
const runIsPaused = 'attribute_exists(#paused) AND #ended = :no';
const tokenIsStillIt = '#taskToken = :token';

/** Sets and clears marks on a run's control, each by one conditional update. */
export class LedgerControlMarks implements ControlMarks {
  readonly #client: DynamoDBClient;
  readonly #ledger: string;

  constructor(client: DynamoDBClient, ledger: string) {
    this.#client = client;
    this.#ledger = ledger;
  }

  pause(run: string, paused: { by: string; since: string }, onlyIfFree: boolean): Promise<boolean> {
    return this.#update(run, { paused }, onlyIfFree ? nobodyPausedIt : runIsNotOver, { no: false });
  }

  clearPause(run: string, by: string | undefined): Promise<boolean> {
    return by === undefined
      ? this.#update(run, { paused: undefined }, runIsNotOver, { no: false })
      : this.#update(run, { paused: undefined }, pausedByCaller, { no: false, by });
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
    return this.#update(run, { taskToken }, runIsPaused, { no: false });
  }

  async removeToken(run: string, token: string): Promise<void> {
    await this.#update(run, { taskToken: undefined }, tokenIsStillIt, { token });
  }

  #update(run: string, fields: ControlChanges, condition: string, values: Record<string, unknown>): Promise<boolean> {
    return updateControl({ client: this.#client, ledger: this.#ledger, run }, fields, condition, values);
  }
}

function limitOf(asked: BudgetLimit): number | undefined {
  return asked === 'unlimited' ? undefined : asked;
}
