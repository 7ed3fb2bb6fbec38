import type { TransactWriteItem } from '@aws-sdk/client-dynamodb';
import type { Control } from '../../core/ledger/control.ts';
import { daysToKeepRefusals } from '../../core/ledger/refused-start.ts';
import type { LedgerChange, LedgerCondition, MarksChange } from '../../core/run/records/ledger-change.ts';
import { toStoredControl } from './control-record.ts';
import {
  controlKey,
  holdKey,
  keyValues,
  lockKey,
  partKey,
  refusedStartKey,
  runKey,
  seedKey,
  settledPassKey,
  versionKey,
} from './ledger-keys.ts';
import { formatOf, toRecord, toValue } from './ledger-record.ts';
import { timelineText } from './timeline-text.ts';
import type { ControlChanges } from './update-control.ts';
import { updateExpression } from './update-expression.ts';

/**
 * ```text
 * start A: finds no lock                                            writes run r2, fence 1 → the condition fails
 * start B:               finds no lock   writes run r3, fence 1
 * ```
 */
const recordIsNew = 'attribute_not_exists(pk)';

/**
 * ```text
 * start A: reads the lock (run r1, fence 7, ended)
 * start B:                 reads the same lock   writes run r3, fence 8
 * start A:                                                             writes run r2, fence 8 → the condition fails
 * ```
 * The same for SettlePass, which moves the fence or closes the lock, after another start took the table over.
 */
const lockIsAsRead = '#run = :runRead AND #execution = :executionRead AND #fence = :fenceRead';

/**
 * ```text
 * SettlePass: reads version 3 (applying)                           writes applied → the condition fails
 * run down:                               writes rollingBack
 * ```
 */
const versionIsAsRead = '#status = :statusRead';

/**
 * ```text
 * start:                reads no hold                           takes the table → the condition fails
 * operator:                            holds versions below 3
 * ```
 */
const holdIsAsRead = '#number = :numberRead';

/**
 * ```text
 * record-failure: reads the run (running), DescribeExecution: aborted               writes aborted → the condition fails
 * SettlePass:                                                   writes succeeded
 *
 * SettlePass: reads the run (running)                                        writes failed → the condition fails
 * start:                               supersedes the run, or takes it over
 * ```
 */
const runIsAsRead = '#execution = :executionRead AND #status = :statusRead';

/**
 * ```text
 * SettlePass:           reads control (decision 4)                        writes decision 5 → the condition fails
 * SettlePass, repeated:                            writes decision 5
 *
 * SettlePass of a stopped execution: reads control (fence 7)                 writes decision 5 → the condition fails
 * start:                                             takes over: fence 8
 * ```
 */
const noDecisionSince = '#fence = :fenceRead AND #decisionNumber = :decisionNumberRead AND #redriveCount = :redriveCountRead';

/**
 * A redrive clears the stop of those before it, so a stop of its own must not be overwritten by that.
 *
 * ```text
 * SettlePass of redrive 1: reads control (stopped, redrive 0)                                clears the stop → the condition fails
 * operator:                                                    writes stopped, redrive 1
 * ```
 */
const noDecisionOrStopSince = `${noDecisionSince} AND (attribute_not_exists(#stopped) OR #stopped.#redriveCount < :redriveCountNow)`;

const expressions: Record<LedgerCondition['name'], string> = {
  recordIsNew,
  lockIsAsRead,
  versionIsAsRead,
  holdIsAsRead,
  runIsAsRead,
  noDecisionSince,
  noDecisionOrStopSince,
};

/** Encodes one change of the ledger as an action of a transaction. */
export function encodeChange(ledger: string, change: LedgerChange): TransactWriteItem {
  switch (change.kind) {
    case 'putRun':
      return put(ledger, runKey(change.run.table, change.run.id), change.run, change.condition);
    case 'updateRun':
      return update(ledger, runKey(change.table, change.run), { ...change.fields }, change.condition);
    case 'putPart':
      return put(ledger, partKey(change.part.table, change.part.id, change.part.part), change.part, change.condition);
    case 'putRefusedStart': {
      const { table, id, redriveCount, at } = change.refused;
      const ttl = Math.floor(Date.parse(at) / 1000) + daysToKeepRefusals * 86_400;
      return put(ledger, refusedStartKey(table, id, redriveCount), { ...change.refused, ttl });
    }
    case 'putControl':
      return put(ledger, controlKey(change.control.run), toStoredControl(change.control), change.condition);
    case 'updateControl':
      return update(
        ledger,
        controlKey(change.control.run),
        { ...controlFields(change.control, change.marks), format: formatOf(change.control) },
        change.condition,
      );
    case 'putVersion':
      return put(ledger, versionKey(change.version.table, change.version.sequence), change.version, change.condition);
    case 'checkHold':
      return check(ledger, holdKey(change.table), change.condition);
    case 'putLock':
      return put(ledger, lockKey(change.lock.table), change.lock, change.condition);
    case 'moveFence':
      return update(ledger, lockKey(change.table), { fence: change.fence }, change.condition);
    case 'closeLock':
      return update(ledger, lockKey(change.table), { endedAt: change.endedAt, lateUntil: change.lateUntil }, change.condition);
    case 'putSettledPass': {
      const { run, pass, timeline } = change.settledPass;
      return put(ledger, settledPassKey(run, pass), { ...change.settledPass, timeline: timeline && timelineText(timeline) });
    }
    case 'deleteSeedPosition':
      return { Delete: { TableName: ledger, Key: keyValues(seedKey(change.table, change.sequence)) } };
  }
}

/** The fields of a control that a decision writes; an undefined one is removed. Marks that a decision leaves are not among them. */
function controlFields(control: Control, marks: MarksChange): ControlChanges {
  const {
    run: _,
    pauseAfter,
    maxCost,
    onlyBetween,
    paused,
    stopped,
    writeUnits,
    readUnits,
    writeUnitsSource,
    readUnitsSource,
    failures,
    taskToken,
    events,
    ...decided
  } = toStoredControl(control);
  const written = {
    left: {},
    failuresCleared: { failures },
    clearedByRedrive: { stopped, failures },
    set: {
      pauseAfter,
      maxCost,
      onlyBetween,
      paused,
      stopped,
      writeUnits,
      readUnits,
      writeUnitsSource,
      readUnitsSource,
      failures,
      taskToken,
      events,
    },
  }[marks];
  return { ...decided, ...written };
}

function put(ledger: string, key: { pk: string; sk: string }, record: object, condition?: LedgerCondition): TransactWriteItem {
  return { Put: { TableName: ledger, Item: { ...toRecord(record), ...keyValues(key) }, ...(condition ? conditionOf(condition) : {}) } };
}

function check(ledger: string, key: { pk: string; sk: string }, condition: LedgerCondition): TransactWriteItem {
  return { ConditionCheck: { TableName: ledger, Key: keyValues(key), ...conditionOf(condition) } };
}

function conditionOf(condition: LedgerCondition) {
  const expression = expressions[condition.name];
  const names = [...expression.matchAll(/#(\w+)/g)].map(([placeholder, name = '']) => [placeholder, name]);
  const values = Object.entries(valuesOf(condition)).map(([name, value]) => [`:${name}`, toValue(value)]);
  return {
    ConditionExpression: expression,
    ...(names.length > 0 ? { ExpressionAttributeNames: Object.fromEntries(names) } : {}),
    ...(values.length > 0 ? { ExpressionAttributeValues: Object.fromEntries(values) } : {}),
  };
}

function update(
  ledger: string,
  key: { pk: string; sk: string },
  fields: Record<string, unknown>,
  condition: LedgerCondition,
): TransactWriteItem {
  const expression = updateExpression(fields, expressions[condition.name], valuesOf(condition));
  return { Update: { TableName: ledger, Key: keyValues(key), ...expression } };
}

/** The values that a condition compares with: the `fence` that was read is `:fenceRead`. */
function valuesOf(condition: LedgerCondition): Record<string, unknown> {
  const read = 'read' in condition ? Object.entries(condition.read).map(([name, value]) => [`${name}Read`, value]) : [];
  const now = condition.name === 'noDecisionOrStopSince' ? { redriveCountNow: condition.redriveCountNow } : {};
  return { ...Object.fromEntries(read), ...now };
}
