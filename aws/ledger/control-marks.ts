import { randomUUID } from 'node:crypto';
import {
  type AttributeValue,
  ConditionalCheckFailedException,
  type DynamoDBClient,
  GetItemCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { BudgetLimit, BudgetSource } from '../../core/ledger/budget.ts';
import { budgetEvent, type ControlEvent, withEvent } from '../../core/ledger/control-event.ts';
import { holdersOf, type Pause, type PauseHolder } from '../../core/ledger/pause.ts';
import type { BudgetChange, ControlMarks, Limited } from '../../core/run/control/control-run.ts';
import type { ReachedLimit } from '../../core/run/records/ledger-port.ts';
import { eventsIn } from './control-record.ts';
import { controlKey, keyValues } from './ledger-keys.ts';
import { pastConflicts } from './transaction-conflict.ts';
import type { ControlChanges } from './update-control.ts';
import { updateExpression } from './update-expression.ts';

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
 * ```text
 * SettlePass: reads the control: 100 of 100 are claimed                                             pauses the run → the condition fails
 * operator:                                             pauses, and resumes with a limit of 10,000
 * ```
 */
const limitIsAsRead = `#pauseAfter = :limitRead AND ${pauseIsNew}`;
const costIsAsRead = `#maxCost = :limitRead AND ${pauseIsNew}`;

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

/**
 * Each change of marks raises their number, and a takeover, a new sequence, new code or a redrive raises the fence.
 *
 * ```text
 * operator: pauses as mark 1, which is held in the network
 * operator: gets no answer, pauses once more as mark 1, resumes as mark 2
 * network:                                                              delivers mark 1 → the condition fails
 * ```
 */
const marksAreAsRead = '#markNumber = :markNumberRead AND #fence = :fenceRead';
const marksAreNew = 'attribute_not_exists(#markNumber) AND #fence = :fenceRead';
const maxTries = 20;

/** Sets and clears marks on a run's control, each by one conditional update. */
export class LedgerControlMarks implements ControlMarks {
  readonly #client: DynamoDBClient;
  readonly #ledger: string;

  constructor(client: DynamoDBClient, ledger: string) {
    this.#client = client;
    this.#ledger = ledger;
  }

  setPause(
    run: string,
    read: Pause | undefined,
    paused: Pause | undefined,
    { by, since: at }: PauseHolder,
    limited?: Limited,
  ): Promise<boolean> {
    const fields = { paused, ...limited };
    const [before, after] = [holdersOf(read).length, holdersOf(paused).length];
    const event = (): ControlEvent => ({ kind: after > before ? 'paused' : 'resumed', at, by });
    return read
      ? this.#update(run, fields, pauseIsAsRead, { no: false, pausedRead: read }, event)
      : this.#update(run, fields, pauseIsNew, { no: false }, event);
  }

  /** As `LedgerWrites` says. */
  pauseAtLimit(run: string, limit: ReachedLimit, paused: Pause): Promise<boolean> {
    const { by, since: at } = paused;
    const [condition, limitRead] = 'maxCost' in limit ? [costIsAsRead, limit.maxCost] : [limitIsAsRead, limit.pauseAfter];
    return this.#update(run, { paused }, condition, { no: false, limitRead }, () => ({ kind: 'paused', at, by }));
  }

  stop(run: string, stopped: { by: string; since: string; redriveCount: number }): Promise<boolean> {
    const { by, since: at } = stopped;
    return this.#update(run, { stopped }, runIsNotOver, { no: false }, () => ({ kind: 'stopped', at, by }));
  }

  throttle(run: string, budget: BudgetChange, mark: { by: string; since: string }): Promise<boolean> {
    const source: BudgetSource = { kind: 'throttle', ...mark };
    const { writeUnits, readUnits } = budget;
    const changes: ControlChanges = {
      ...(writeUnits === undefined ? {} : { writeUnits: limitOf(writeUnits), writeUnitsSource: source }),
      ...(readUnits === undefined ? {} : { readUnits: limitOf(readUnits), readUnitsSource: source }),
    };
    return this.#update(run, changes, runIsNotOver, { no: false }, (read) => budgetEvent(read, { ...read, ...limitsIn(changes) }, mark));
  }

  keepToken(run: string, taskToken: string): Promise<boolean> {
    return this.#update(run, { taskToken }, isPaused, { no: false });
  }

  async removeToken(run: string, token: string): Promise<void> {
    await this.#update(run, { taskToken: undefined }, tokenIsAsSent, { token });
  }

  /** @param eventOf what is done, for the events that the control keeps; undefined if it is nothing to tell */
  async #update(
    run: string,
    fields: ControlChanges,
    condition: string,
    values: Record<string, unknown>,
    eventOf: (read: BudgetRead) => ControlEvent | undefined = () => undefined,
  ): Promise<boolean> {
    const control = { TableName: this.#ledger, Key: keyValues(controlKey(run)) };
    const markId = randomUUID();
    let keepsEvents = true;
    for (let tries = 1; ; tries++) {
      const { Item: read } = await this.#client.send(new GetItemCommand({ ...control, ConsistentRead: true }));
      if (!read) return false;
      const [markNumber, fence] = [numberIn(read['markNumber']), numberIn(read['fence'])];
      const event = keepsEvents ? eventOf({ writeUnits: numberIn(read['writeUnits']), readUnits: numberIn(read['readUnits']) }) : undefined;
      const events = event ? { events: withEvent(eventsIn(read['events']), event) } : {};
      const expression = updateExpression(
        { ...fields, ...events, markNumber: (markNumber ?? 0) + 1, markId },
        `${condition} AND ${markNumber === undefined ? marksAreNew : marksAreAsRead}`,
        { ...values, fenceRead: fence, ...(markNumber === undefined ? {} : { markNumberRead: markNumber }) },
      );
      const update = { ...control, ...expression, ReturnValuesOnConditionCheckFailure: 'ALL_OLD' as const };
      try {
        await pastConflicts(() => this.#client.send(new UpdateItemCommand(update)));
        return true;
      } catch (error) {
        // An operator's role from before events were kept does not permit to write them. The mark matters more.
        if (event && error instanceof Error && /^AccessDenied/.test(error.name)) {
          keepsEvents = false;
          continue;
        }
        if (!(error instanceof ConditionalCheckFailedException)) throw error;
        // It was made by this very request, whose answer was lost so that the SDK sent it again.
        if (error.Item?.['markId']?.S === markId) return true;
        const isAsRead = numberIn(error.Item?.['markNumber']) === markNumber && numberIn(error.Item?.['fence']) === fence;
        if (isAsRead || tries === maxTries) return false;
      }
    }
  }
}

interface BudgetRead {
  writeUnits: number | undefined;
  readUnits: number | undefined;
}

function limitsIn(changes: ControlChanges): Partial<BudgetRead> {
  return {
    ...('writeUnits' in changes ? { writeUnits: changes.writeUnits } : {}),
    ...('readUnits' in changes ? { readUnits: changes.readUnits } : {}),
  };
}

function numberIn(value: AttributeValue | undefined): number | undefined {
  return value?.N === undefined ? undefined : Number(value.N);
}

function limitOf(asked: BudgetLimit): number | undefined {
  return asked === 'unlimited' ? undefined : asked;
}
