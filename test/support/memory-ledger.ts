import { toStoredControl } from '../../aws/ledger/control-record.ts';
import type { Checkpoint } from '../../core/ledger/checkpoint.ts';
import type { Control } from '../../core/ledger/control.ts';
import type { FollowControl } from '../../core/ledger/follow.ts';
import type { Hold } from '../../core/ledger/hold.ts';
import type { PauseAfter } from '../../core/ledger/limits/pause-after.ts';
import type { Lock } from '../../core/ledger/lock.ts';
import type { Pause } from '../../core/ledger/pause.ts';
import type { RefusedStart } from '../../core/ledger/refused-start.ts';
import type { Run } from '../../core/ledger/run.ts';
import type { RunPart } from '../../core/ledger/run-part.ts';
import type { SettledPass } from '../../core/ledger/settled-pass.ts';
import type { Version } from '../../core/ledger/versions/version.ts';
import type { LedgerChange, LedgerCondition, MarksChange } from '../../core/run/records/ledger-change.ts';
import type { LedgerReads, LedgerWrites, ReachedLimit } from '../../core/run/records/ledger-port.ts';
import { withFields } from './control-record.ts';

/** More than any test needs: without it an actor that can never write would hang the test. */
const maxRefusals = 100;

/** The ledger's records in memory. It makes core's changes under their conditions: all of a decision, or none. */
export class MemoryLedger implements LedgerReads, LedgerWrites {
  readonly locks = new Map<string, Lock>();
  readonly runsById = new Map<string, Run>();
  /** By run and number. */
  readonly parts = new Map<string, RunPart>();
  readonly refusedStarts: RefusedStart[] = [];
  readonly controls = new Map<string, Control>();
  readonly versionsByKey = new Map<string, Version>();
  readonly holds = new Map<string, Hold>();
  readonly followers = new Map<string, FollowControl>();
  /** By sequence: how many items the follower changed. */
  readonly followed = new Map<number, number>();
  /** When it changed the last of them. */
  followedAt = '2031-01-01T00:00:00.000Z';
  readonly seedPositions = new Map<string, number>();
  /** By run and the time when the limit was set. */
  readonly claims = new Map<string, number>();
  readonly settledPasses: SettledPass[] = [];
  /** By run and pass. */
  readonly checkpointsByPass = new Map<string, Map<number, Checkpoint>>();
  recordedFailures: { name: string; place?: string }[] = [];
  /** What was written, decision by decision. */
  readonly written: (readonly LedgerChange[])[] = [];
  #refusals = 0;
  /** Runs before the conditions of the next write are looked at: what another actor does between its read and its write. */
  beforeNextWrite: (() => Promise<unknown>) | undefined;
  /** Sees what was written, and the records after it. */
  afterWrite: ((changes: readonly LedgerChange[]) => void) | undefined;

  async lock(table: string): Promise<Lock | undefined> {
    return this.locks.get(table);
  }

  async run(table: string, id: string): Promise<Run | undefined> {
    const run = this.runsById.get(id);
    return run?.table === table ? run : undefined;
  }

  async runs(table: string): Promise<Run[]> {
    return [...this.runsById.values()].filter((run) => run.table === table).reverse();
  }

  async control(run: string): Promise<Control | undefined> {
    return this.controls.get(run);
  }

  async versions(table: string): Promise<Version[]> {
    const versions = [...this.versionsByKey.values()].filter((version) => version.table === table);
    return versions.sort((a, b) => a.sequence - b.sequence);
  }

  async hold(table: string): Promise<Hold | undefined> {
    return this.holds.get(table);
  }

  async follower(table: string): Promise<FollowControl | undefined> {
    return this.followers.get(table);
  }

  async followedVersions(): Promise<{ sequence: number; changed: number; lastAt: string }[]> {
    return [...this.followed].map(([sequence, changed]) => ({ sequence, changed, lastAt: this.followedAt }));
  }

  async claimed(run: string, { since }: PauseAfter): Promise<number> {
    return this.claims.get(`${run}#${since}`) ?? 0;
  }

  async pauseAtLimit(run: string, limit: ReachedLimit, paused: Pause): Promise<boolean> {
    const control = this.controls.get(run);
    if (!control || control.ended || control.marks.paused) return false;
    const [now, read] = 'maxCost' in limit ? [control.marks.maxCost, limit.maxCost] : [control.marks.pauseAfter, limit.pauseAfter];
    if (now?.since !== read.since) return false;
    this.controls.set(run, withFields(control, { marks: { paused } }));
    return true;
  }

  async setPause(run: string, read: Pause | undefined, paused: Pause | undefined): Promise<boolean> {
    const control = this.controls.get(run);
    if (!control || control.ended || JSON.stringify(control.marks.paused) !== JSON.stringify(read)) return false;
    this.controls.set(run, withFields(control, { marks: { paused } }));
    return true;
  }

  async checkpoints(run: string, pass: number): Promise<Map<number, Checkpoint>> {
    return new Map(this.checkpointsByPass.get(`${run}#${pass}`));
  }

  async passes(run: string): Promise<SettledPass[]> {
    return this.settledPasses.filter((settled) => settled.run === run);
  }

  async failures(): Promise<{ name: string; place?: string }[]> {
    return this.recordedFailures;
  }

  putCheckpoints(checkpoints: readonly Checkpoint[]): void {
    for (const checkpoint of checkpoints) {
      const key = `${checkpoint.run}#${checkpoint.pass}`;
      this.checkpointsByPass.set(key, new Map(this.checkpointsByPass.get(key)).set(checkpoint.segment, checkpoint));
    }
  }

  putVersion(version: Version): void {
    this.versionsByKey.set(versionKey(version.table, version.sequence), version);
  }

  async write(changes: readonly LedgerChange[]): Promise<boolean> {
    const meanwhile = this.beforeNextWrite;
    this.beforeNextWrite = undefined;
    await meanwhile?.();
    const keys = changes.map(keyOf);
    if (new Set(keys).size < keys.length) throw new Error(`DynamoDB refuses a transaction with two actions on one record: ${keys}`);
    if (!changes.every((change) => !('condition' in change) || holds(change.condition, this.#recordOf(change)))) {
      if (++this.#refusals > maxRefusals) throw new Error('an actor decides again and again, and its conditions never hold');
      return false;
    }
    for (const change of changes) this.#make(change);
    this.written.push(changes);
    this.afterWrite?.(changes);
    return true;
  }

  /** As conditions see it. */
  #recordOf(change: LedgerChange): object | undefined {
    switch (change.kind) {
      case 'putRun':
        return this.runsById.get(change.run.id);
      case 'updateRun':
        return this.runsById.get(change.run);
      case 'putPart':
        return this.parts.get(partKey(change.part));
      case 'putControl':
      case 'updateControl': {
        const control = this.controls.get(change.control.run);
        return control && toStoredControl(control);
      }
      case 'putVersion':
        return this.versionsByKey.get(versionKey(change.version.table, change.version.sequence));
      case 'checkHold':
        return this.holds.get(change.table);
      case 'putLock':
        return this.locks.get(change.lock.table);
      case 'moveFence':
      case 'closeLock':
        return this.locks.get(change.table);
      case 'putRefusedStart':
      case 'putSettledPass':
      case 'deleteSeedPosition':
        return undefined;
    }
  }

  #make(change: LedgerChange): void {
    switch (change.kind) {
      case 'putRun':
        this.runsById.set(change.run.id, change.run);
        return;
      case 'updateRun':
        this.runsById.set(change.run, { ...found(this.runsById, change.run), ...change.fields });
        return;
      case 'putPart':
        this.parts.set(partKey(change.part), change.part);
        return;
      case 'putRefusedStart':
        this.refusedStarts.push(change.refused);
        return;
      case 'putControl':
        this.controls.set(change.control.run, change.control);
        return;
      case 'updateControl':
        this.controls.set(change.control.run, withMarks(change.control, found(this.controls, change.control.run), change.marks));
        return;
      case 'putVersion':
        this.putVersion(change.version);
        return;
      case 'checkHold':
        return;
      case 'putLock':
        this.locks.set(change.lock.table, change.lock);
        return;
      case 'moveFence':
        this.locks.set(change.table, { ...found(this.locks, change.table), fence: change.fence });
        return;
      case 'closeLock':
        this.locks.set(change.table, { ...found(this.locks, change.table), endedAt: change.endedAt, lateUntil: change.lateUntil });
        return;
      case 'putSettledPass':
        this.settledPasses.push(change.settledPass);
        return;
      case 'deleteSeedPosition':
        this.seedPositions.delete(versionKey(change.table, change.sequence));
        return;
    }
  }
}

function holds(condition: LedgerCondition, record: object | undefined): boolean {
  if (condition.name === 'recordIsNew') return record === undefined;
  const fields = new Map<string, unknown>(Object.entries(record ?? {}));
  const isAsRead = Object.entries(condition.read).every(([name, value]) => fields.get(name) === value);
  return isAsRead && (condition.name !== 'noDecisionOrStopSince' || !isStoppedSince(fields.get('stopped'), condition.redriveCountNow));
}

function isStoppedSince(stopped: unknown, redriveCount: number): boolean {
  if (typeof stopped !== 'object' || stopped === null || !('redriveCount' in stopped)) return false;
  return typeof stopped.redriveCount === 'number' && stopped.redriveCount >= redriveCount;
}

function keyOf(change: LedgerChange): string {
  switch (change.kind) {
    case 'putRun':
      return `run ${change.run.id}`;
    case 'updateRun':
      return `run ${change.run}`;
    case 'putPart':
      return `part ${partKey(change.part)}`;
    case 'putRefusedStart':
      return `refused ${change.refused.id}`;
    case 'putControl':
    case 'updateControl':
      return `control ${change.control.run}`;
    case 'putVersion':
      return `version ${versionKey(change.version.table, change.version.sequence)}`;
    case 'checkHold':
      return `hold ${change.table}`;
    case 'putLock':
      return `lock ${change.lock.table}`;
    case 'moveFence':
    case 'closeLock':
      return `lock ${change.table}`;
    case 'putSettledPass':
      return `pass ${change.settledPass.run}#${change.settledPass.pass}`;
    case 'deleteSeedPosition':
      return `seeds ${versionKey(change.table, change.sequence)}`;
  }
}

/** A decision's control beside the marks that stand in the ledger. */
function withMarks(decided: Control, there: Control, marks: MarksChange): Control {
  if (marks === 'set') return decided;
  const { writeUnits, readUnits, writeUnitsSource, readUnitsSource } = there.budget;
  const { paused, stopped, failures, taskToken, events } = there.marks;
  return withFields(decided, {
    budget: { writeUnits, readUnits, writeUnitsSource, readUnitsSource },
    marks: { paused, taskToken, events, ...(marks === 'left' ? { stopped, failures } : {}) },
  });
}

function found<Key, Value>(records: ReadonlyMap<Key, Value>, key: Key): Value {
  const record = records.get(key);
  if (record === undefined) throw new Error(`an update of ${String(key)}, which is not in the ledger`);
  return record;
}

function partKey({ id, part }: RunPart): string {
  return `${id}#${part}`;
}

function versionKey(table: string, sequence: number): string {
  return `${table}#${sequence}`;
}
