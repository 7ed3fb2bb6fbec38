import {
  ConditionalCheckFailedException,
  type DynamoDBClient,
  type TransactWriteItem,
  TransactWriteItemsCommand,
  UpdateItemCommand,
} from '@aws-sdk/client-dynamodb';
import type { RunError } from '../../core/errors.ts';
import type { Control } from '../../core/ledger/control.ts';
import type { Counters } from '../../core/ledger/counters.ts';
import { type Run, takesTable } from '../../core/ledger/run.ts';
import { beginOf, endOf, statusAfter, type Version } from '../../core/ledger/version.ts';
import type { LedgerReads, LedgerWrites } from '../../core/run/ledger-port.ts';
import type { Lock, Taken } from '../../core/run/take-table.ts';
import type { Verdict } from '../../core/run/verdict.ts';
import { controlKey, lockKey, runKey, seedKey, settledPassKey, versionKey } from './ledger-keys.ts';
import { LedgerReader } from './ledger-reader.ts';
import { toRecord, toValue } from './ledger-record.ts';
import { timelineText } from './timeline-text.ts';
import { isTransactionLost } from './transaction-lost.ts';
import { updateExpression } from './update-expression.ts';

const itemIsNew = 'attribute_not_exists(pk)';
const lockIsAsRead = '#run = :runRead AND #execution = :executionRead AND #fence = :fenceRead';
const noDecisionSince = '#fence = :fenceRead AND #attempt = :attemptRead AND #redriveCount = :redriveCountRead';
const notStoppedSince = '(attribute_not_exists(#stopped) OR #stopped.#redriveCount < :redriveCountNow)';
const statusIsAsRead = '#status = :statusRead';
const runIsOurs = '#execution = :executionRead';
const runIsOursAndRunning = '#execution = :executionRead AND #status = :running';

/** Writes the decisions of StartRun and SettlePass: each one transaction, which somebody else's decision makes fail as a whole. */
export class Ledger extends LedgerReader implements LedgerReads, LedgerWrites {
  readonly #client: DynamoDBClient;
  readonly #ledger: string;

  constructor(client: DynamoDBClient, ledger: string) {
    super(client, ledger);
    this.#client = client;
    this.#ledger = ledger;
  }

  /** Takes the table. False where the lock, the holder's run or a version changed since they were read: read again and decide again. */
  recordStart(
    taken: Taken,
    lockRead: Lock | undefined,
    holderRead: Control | undefined,
    versions: readonly Version[],
    now: string,
  ): Promise<boolean> {
    const { run, control, superseded } = taken;
    const { table } = run;
    if (!takesTable(run))
      return this.#transact([this.#put(runKey(table, run.id), run, itemIsNew), this.#put(controlKey(run.id), control, itemIsNew)]);

    const lock: Lock = { table, run: run.id, execution: run.execution, fence: control.fence };
    const items = [
      lockRead
        ? this.#put(lockKey(table), lock, lockIsAsRead, {
            runRead: lockRead.run,
            executionRead: lockRead.execution,
            fenceRead: lockRead.fence,
          })
        : this.#put(lockKey(table), lock, itemIsNew),
      this.#beginVersion(run, control, versions, now),
    ];
    if (taken.resumed && holderRead) {
      items.push(this.#update(runKey(table, run.id), changeable(run), itemExists));
      items.push(this.#updateControl(control, holderRead, 'reset'));
    } else {
      items.push(this.#put(runKey(table, run.id), run, itemIsNew), this.#put(controlKey(run.id), control, itemIsNew));
    }
    if (superseded) {
      const closed: Run = { ...superseded.run, status: 'superseded', endedAt: superseded.run.endedAt ?? now };
      items.push(this.#update(runKey(table, closed.id), changeable(closed), itemExists));
      items.push(this.#updateControl({ ...superseded.control, fence: control.fence, ended: true }, superseded.control, 'reset'));
    }
    return this.#transact(items);
  }

  /** Records what a settled pass leads to. False where another invocation decided since `read` was read. */
  async recordVerdict(verdict: Verdict, run: Run, read: Control, versions: readonly Version[], now: string): Promise<boolean> {
    const { control } = verdict;
    const isRedrive = control.redriveCount > read.redriveCount;
    const succeeded = verdict.kind === 'succeed';
    const counters = control.settled;
    // A redrive may have adopted new code.
    const steps = run.steps.map((step, index) => (index === control.step ? { ...step, checksum: control.checksum } : step));
    const next: Run = {
      ...run,
      steps,
      status: succeeded ? 'succeeded' : 'running',
      endedAt: succeeded ? now : undefined,
      error: undefined,
      counters,
    };
    const items = [
      this.#updateControl(control, read, isRedrive ? 'cleared' : 'left'),
      this.#update(runKey(run.table, run.id), changeable(next), runIsOurs, { executionRead: run.execution }),
    ];
    const pass = verdict.settledPass;
    if (pass) items.push(this.#put(settledPassKey(run.id, pass.pass), { ...pass, timeline: pass.timeline && timelineText(pass.timeline) }));
    if (takesTable(run)) {
      const settled = 'settledSequence' in verdict ? verdict.settledSequence : undefined;
      if (settled) items.push(this.#endVersion(run, settled, versions, now));
      // What was taken back may be seeded again.
      if (settled && run.direction === 'down')
        items.push({ Delete: { TableName: this.#ledger, Key: keyValues(seedKey(run.table, settled.sequence)) } });
      const goesOn = verdict.kind === 'transform' || verdict.kind === 'prepare';
      const isFrozen = control.preparation?.version !== read.preparation?.version;
      if (goesOn && (settled !== undefined || control.checksum !== read.checksum || isFrozen))
        items.push(this.#beginVersion(run, control, versions, now));
      if (succeeded)
        items.push(
          this.#update(lockKey(run.table), { endedAt: now }, lockIsAsRead, {
            runRead: run.id,
            executionRead: run.execution,
            fenceRead: read.fence,
          }),
        );
      else if (control.fence !== read.fence)
        items.push(
          this.#update(lockKey(run.table), { fence: control.fence }, lockIsAsRead, {
            runRead: run.id,
            executionRead: run.execution,
            fenceRead: read.fence,
          }),
        );
    }
    return this.#transact(items);
  }

  /** Records why a run failed, for people to read; who holds the table is not touched, and the execution itself fails by its error. */
  async recordFailure(run: Run, error: RunError, counters: Counters, now: string): Promise<void> {
    const failed: Run = {
      ...run,
      status: error.name === 'Stopped' ? 'stopped' : 'failed',
      endedAt: now,
      counters,
      error: { name: error.name, message: error.message },
    };
    await this.#client.send(
      new UpdateItemCommand({
        TableName: this.#ledger,
        Key: keyValues(runKey(run.table, run.id)),
        ...updateExpression(changeable(failed), runIsOurs, { executionRead: run.execution }),
      }),
    );
  }

  /** Records how a run's execution ended, unless the run goes on or its end is known. The lock is not touched. */
  async recordEnding(run: Run, ending: Pick<Run, 'status' | 'endedAt' | 'error'>): Promise<void> {
    try {
      await this.#client.send(
        new UpdateItemCommand({
          TableName: this.#ledger,
          Key: keyValues(runKey(run.table, run.id)),
          ...updateExpression({ ...ending }, runIsOursAndRunning, { executionRead: run.execution, running: 'running' }),
        }),
      );
    } catch (error) {
      if (!(error instanceof ConditionalCheckFailedException)) throw error;
    }
  }

  #beginVersion(run: Run, control: Control, versions: readonly Version[], now: string): TransactWriteItem {
    const before = versions.find(({ sequence }) => sequence === control.sequence);
    const version: Version = {
      table: run.table,
      sequence: control.sequence,
      status: statusAfter(beginOf[run.direction], before?.status),
      checksum: control.checksum,
      preparation: control.preparation ?? before?.preparation,
      run: run.id,
      execution: run.execution,
      at: now,
    };
    return this.#putVersion(version, before);
  }

  #endVersion(run: Run, settled: { sequence: number; checksum: string; counters: Counters }, versions: readonly Version[], now: string) {
    const before = versions.find(({ sequence }) => sequence === settled.sequence);
    const version: Version = {
      table: run.table,
      ...settled,
      status: statusAfter(endOf[run.direction], before?.status),
      preparation: before?.preparation,
      run: run.id,
      execution: run.execution,
      at: now,
    };
    return this.#putVersion(version, before);
  }

  #putVersion(version: Version, before: Version | undefined): TransactWriteItem {
    const key = versionKey(version.table, version.sequence);
    return before ? this.#put(key, version, statusIsAsRead, { statusRead: before.status }) : this.#put(key, version, itemIsNew);
  }

  /**
   * Writes what was decided. Marks of operators and workers (pause, stop, budget, failures, task token) change beside the decisions, also while
   * one is taken: a decision leaves them alone, a redrive clears a stop of those before it, and a new holder resets all of them.
   */
  #updateControl(control: Control, read: Control, marks: 'left' | 'cleared' | 'reset'): TransactWriteItem {
    const { run: _, paused, stopped, writeUnits, readUnits, writeUnitsSource, readUnitsSource, failures, taskToken, ...decided } = control;
    const { changedBefore, sequenceCounters, preparation, redriveCount } = control;
    const written = {
      left: {},
      cleared: { stopped, failures },
      reset: { paused, stopped, writeUnits, readUnits, writeUnitsSource, readUnitsSource, failures, taskToken },
    }[marks];
    return this.#update(
      controlKey(control.run),
      // Named again, so that they are removed where they are undefined.
      { ...decided, changedBefore, sequenceCounters, preparation, ...written },
      marks === 'cleared' ? `${noDecisionSince} AND ${notStoppedSince}` : noDecisionSince,
      {
        fenceRead: read.fence,
        attemptRead: read.attempt,
        redriveCountRead: read.redriveCount,
        ...(marks === 'cleared' && { redriveCountNow: redriveCount }),
      },
    );
  }

  #put(key: { pk: string; sk: string }, record: object, condition = '', values: Record<string, unknown> = {}): TransactWriteItem {
    const names = [...condition.matchAll(/#(\w+)/g)].map((match) => match[1] ?? '');
    return {
      Put: {
        TableName: this.#ledger,
        Item: { ...toRecord(record), ...keyValues(key) },
        ...(condition ? { ConditionExpression: condition } : {}),
        ...(names.length > 0 ? { ExpressionAttributeNames: Object.fromEntries(names.map((name) => [`#${name}`, name])) } : {}),
        ...(Object.keys(values).length > 0
          ? { ExpressionAttributeValues: Object.fromEntries(Object.entries(values).map(([name, value]) => [`:${name}`, toValue(value)])) }
          : {}),
      },
    };
  }

  #update(
    key: { pk: string; sk: string },
    fields: Record<string, unknown>,
    condition: string,
    values: Record<string, unknown> = {},
  ): TransactWriteItem {
    return { Update: { TableName: this.#ledger, Key: keyValues(key), ...updateExpression(fields, condition, values) } };
  }

  async #transact(items: TransactWriteItem[]): Promise<boolean> {
    try {
      await this.#client.send(new TransactWriteItemsCommand({ TransactItems: items }));
      return true;
    } catch (error) {
      if (isTransactionLost(error)) return false;
      throw error;
    }
  }
}

const itemExists = 'attribute_exists(pk)';

/** The fields of a run that change after its start; undefined ones are removed. */
function changeable({ steps, status, execution, endedAt, counters, error }: Run) {
  return {
    steps,
    status,
    execution,
    endedAt,
    counters,
    error,
  };
}

function keyValues({ pk, sk }: { pk: string; sk: string }) {
  return { pk: { S: pk }, sk: { S: sk } };
}
