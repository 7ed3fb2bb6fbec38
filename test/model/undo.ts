import type { JournalObject } from '../../core/journal/journal-port.ts';
import type { ItemRecord, JournalRecord } from '../../core/journal/journal-record.ts';
import type { Checkpoint } from '../../core/ledger/checkpoint.ts';
import type { TransformSegmentPorts } from '../../core/segment/segment-ports.ts';
import type { AttributeValue, Image } from '../../core/values/attribute-value.ts';
import { keyOf } from '../../core/values/table-shape.ts';
import { controlOf, withFields } from '../support/control-record.ts';
import { itemKey } from './application.ts';
import { Findings } from './findings.ts';
import { imageText } from './image-text.ts';
import { MemoryLedger } from './memory-ledger.ts';
import { MemorySeeds } from './memory-seeds.ts';
import { type Commit, MemoryServer } from './memory-server.ts';
import { type ItemChange, MemoryTable } from './memory-table.ts';
import { Network } from './network.ts';
import type { Operation } from './operation.ts';
import { plainVersion } from './schedule-around.ts';
import { Scheduler } from './scheduler.ts';
import { childSuffix, newKeyPrefix, type VersionSpec, versionOf } from './version.ts';
import { Workers } from './workers.ts';

interface WriteAction {
  what: 'set' | 'remove' | 'put' | 'delete';
  item: number;
  place: 'own' | 'child' | 'new';
  name: number;
}

/** What happens at a step of a phase, or around the next operation of a worker. */
export type UndoAction = { at: number; moment: 'now' | 'before' | 'after' } & (
  | WriteAction
  | { what: 'kill'; worker: number; inFlight: 'arrives' | 'dropped' }
  | { what: 'fault'; fault: 'throttle' | 'throttleOne' | 'conflict' | 'loseAnswer' | 'withoutImage' }
  | { what: 'zombie'; worker: number }
);

/** A table that goes up and is taken back by the journal, while an application writes to it. Each value that it writes is new. */
export interface UndoSchedule {
  version: Partial<VersionSpec>;
  /** The attributes of each item, by their indices. */
  items: number[][];
  segments: number;
  order: number;
  pageSize: number;
  /** Changes of one object of the journal. */
  objectSize: number;
  /** Passes of the run up; it is left half-way if it is not clean by then. */
  passes: number;
  up: UndoAction[];
  down: UndoAction[];
}

/** A mistake that the undo could make. */
export interface UndoDefect {
  /** Distorts what the journal says. */
  journal?: (records: JournalRecord[]) => JournalRecord[];
  /** Replaces an operation of the undo. */
  operation?: (operation: Operation) => Operation | undefined;
  worker?: (ports: TransformSegmentPorts) => TransformSegmentPorts;
}

const maxSteps = 5000;

interface UndoResult {
  expected: string[];
  found: string[];
  violation: string | undefined;
  trace: readonly string[];
  /** Items that were changed by the run, and by the application after the run had changed them. */
  changed: number;
  overtaken: number;
  /** Attributes that were added in the very instant of a delete. */
  limits: number;
}

/** @returns what the table should hold at the end, and what it holds */
export async function goUpAndUndo(schedule: UndoSchedule, defect: UndoDefect = {}): Promise<UndoResult> {
  const findings = new Findings();
  const scheduler = new Scheduler(schedule.order);
  const network = new Network(scheduler);
  const spec: VersionSpec = { ...plainVersion, fills: [], ...schedule.version, direction: 'up' };
  const { shape, names } = versionOf(spec);
  const table = new MemoryTable(shape);
  const history = new ApplicationHistory(table);
  const journal = new Map<string, JournalRecord[]>();
  let phase: 'up' | 'down' = 'up';
  let armed: UndoAction[] = [];
  let workers: Workers | undefined;
  let ledger: MemoryLedger | undefined;
  let values = 0;
  const fresh = (): AttributeValue => ({ S: `app-${values++}` });
  const server = new MemoryServer({
    table,
    scheduler,
    pageSize: schedule.pageSize,
    staleness: () => 0,
    indexShows: () => 0,
    distort: (operation) => (phase === 'down' && defect.operation ? defect.operation(operation) : operation),
    aroundOperation: (moment, key) => {
      for (const action of armed.filter((each) => each.moment === moment)) {
        armed = armed.filter((each) => each !== action);
        act(action, key);
      }
    },
    onCommit: (commit) => {
      for (const { before, after } of [commit.change, ...commit.inserts])
        scheduler.note(`${commit.request.process.name}: ${imageText(before)} becomes ${imageText(after)}`);
      if (phase === 'up') record(commit);
      else history.undone(commit);
    },
  });
  for (const [item, attributes] of schedule.items.entries()) {
    const image = {
      ...itemKey(versionOf(spec), item),
      ...Object.fromEntries(attributes.map((name) => [names[name % names.length] ?? 'a', fresh()])),
    };
    table.replace(image, image);
    history.wrote(image, undefined, image);
    scheduler.note(`the table holds ${imageText(image)}`);
  }

  const passes = await goUp();
  phase = 'down';
  armed = [];
  scheduler.note('down');
  for (let pass = passes; pass >= 1 && !findings.violation; pass--) await undoPass(pass);
  while (!findings.violation && (await scheduler.goOn()));
  return {
    expected: history.texts(),
    found: table.all().map(imageText).sort(),
    violation: findings.violation,
    trace: scheduler.trace,
    changed: history.changed,
    overtaken: history.overtaken,
    limits: history.limits,
  };

  function record({ request, change, inserts, operation, isPutBack }: Commit): void {
    const segment = workers?.of(request.process)?.segment ?? 0;
    const pass = ledger?.control.pass ?? 1;
    const key = `${pass}/${segment}`;
    const records = journal.get(key) ?? [];
    journal.set(key, records);
    if (operation.kind === 'check') return;
    if (isPutBack) records.push({ kind: 'notApplied', key: keyOf(shape, change.key) });
    else {
      const others = inserts.map(itemRecordOf);
      records.push({ kind: 'change', item: itemRecordOf(change), ...(others.length > 0 ? { others } : {}) });
    }
    history.changedByRun({ change, inserts, isPutBack });
  }

  function itemRecordOf({ key, before, after }: ItemChange): ItemRecord {
    const named = { key: keyOf(shape, key) };
    if (!before || !after) return { does: before ? 'delete' : 'insert', ...named, before: before ?? {}, after: after ?? {} };
    const differing = (image: Image, other: Image): Image =>
      Object.fromEntries(Object.entries(image).filter(([name]) => textAt(image, name) !== textAt(other, name)));
    return { does: 'update', ...named, before: differing(before, after), after: differing(after, before) };
  }

  async function goUp(): Promise<number> {
    const control = controlFor('up', 1);
    const version = versionOf(spec);
    ledger = new MemoryLedger(control, network, findings);
    const seeds = new MemorySeeds(table, network, scheduler, () => {});
    workers = new Workers({ version, scheduler, network, server, ledger, seeds, findings, defect: {} });
    const pending = schedule.up.toSorted((a, b) => a.at - b.at);
    for (let pass = 1; ; pass++) {
      const checkpoints = await runPass(pending);
      const isClean = checkpoints.every(({ dirty, counters }) => !dirty && counters.contended === 0);
      if (isClean || findings.violation || pass >= schedule.passes) return pass;
      ledger.control = withFields(ledger.control, { pass: pass + 1 });
    }
  }

  async function undoPass(pass: number): Promise<void> {
    const control = { ...controlFor('down', 1000 + pass), undoes: { run: 'up', pass } };
    const version = versionOf({ ...spec, direction: 'down' });
    ledger = new MemoryLedger(control, network, findings);
    const seeds = new MemorySeeds(table, network, scheduler, () => {});
    workers = new Workers({
      ...{ version, scheduler, network, server, ledger, seeds, findings },
      defect: {
        worker: (ports) => ({
          ...(defect.worker ? defect.worker(ports) : ports),
          checkpoints: {
            ...ports.checkpoints,
            read: async (assignment) =>
              assignment.run === 'up' ? checkpointOf(pass, assignment.segment) : ports.checkpoints.read(assignment),
          },
          journal: { read: async (object) => recordsOf(object), write: () => Promise.reject(new Error('not expected')) },
        }),
      },
    });
    const first = scheduler.stepsTaken;
    const pending = pass === passes ? schedule.down.toSorted((a, b) => a.at - b.at).map((each) => ({ ...each, at: each.at + first })) : [];
    await runPass(pending);
  }

  function checkpointOf(pass: number, segment: number): Checkpoint {
    const last = Math.ceil((journal.get(`${pass}/${segment}`) ?? []).length / schedule.objectSize);
    const base = {
      run: 'up',
      pass,
      segment,
      sequence: 1,
      attempt: 1,
      saves: 1,
      checksum: 'c',
      position: undefined,
      dirty: true,
      done: true,
    };
    return {
      ...base,
      signedOff: true,
      abandoned: false,
      counters: ledger?.control.settled.run ?? controlOf().settled.run,
      journal: [{ attempt: 1, last }],
    };
  }

  function recordsOf({ pass, segment, number }: JournalObject): JournalRecord[] {
    const all = journal.get(`${pass}/${segment}`) ?? [];
    const records = all.slice((number - 1) * schedule.objectSize, number * schedule.objectSize);
    return defect.journal ? defect.journal([...records]) : records;
  }

  function controlFor(direction: 'up' | 'down', fence: number) {
    const { segments } = schedule;
    const budget = { maxConcurrency: segments, workers: segments };
    return controlOf({
      run: direction,
      table: 'Model',
      shape,
      direction,
      sequence: 1,
      checksum: 'c',
      totalSegments: segments,
      budget,
      fence,
    });
  }

  async function runPass(pending: UndoAction[]): Promise<Checkpoint[]> {
    const at = ledger;
    if (!at || !workers) return [];
    const segments = Array.from({ length: schedule.segments }, (_, segment) => segment);
    let idle = 0;
    while (segments.some((segment) => !at.isDone(segment)) || !workers.allLeft) {
      for (let next = pending[0]; next && next.at <= scheduler.stepsTaken; next = pending[0]) {
        pending.shift();
        if (next.moment === 'now') act(next);
        else armed.push(next);
      }
      for (const segment of segments) if (!at.isDone(segment) && !workers.hasOneFor(segment)) workers.start(segment, 3_600_000);
      // The last worker may have been killed just now.
      idle = (await scheduler.goOn()) ? 0 : idle + 1;
      if (idle > 1) findings.violate('nobody goes on, and the pass is not over');
      if (scheduler.stepsTaken > maxSteps) findings.violate('the schedule does not end');
      if (findings.violation) return [];
    }
    return segments.flatMap((segment) => at.checkpoint(at.assignment(segment)) ?? []);
  }

  function act(action: UndoAction, met?: Image): void {
    switch (action.what) {
      case 'kill': {
        const worker = workers?.pick(action.worker);
        if (worker) scheduler.kill(worker, action.inFlight);
        return;
      }
      case 'zombie': {
        const worker = workers?.pick(action.worker);
        if (worker) workers?.start(worker.segment, 3_600_000);
        return;
      }
      case 'fault':
        network.disturb(action.fault, 0);
        return;
      default:
        write(action, met);
    }
  }

  function write({ what, item, place, name }: WriteAction, met?: Image): void {
    const own = met ? keyOf(shape, met) : itemKey(versionOf(spec), item);
    const id = 'S' in (own['id'] ?? {}) ? String(Object.values(own['id'] ?? {})[0]) : '';
    const key = met ? own : { ...own, id: { S: { own: id, child: `${id}${childSuffix}`, new: `${newKeyPrefix}${id}` }[place] } };
    const present = table.get(key);
    const attribute = names[name % names.length] ?? 'a';
    const after = afterWrite(what, { key, present, attribute });
    if (after === 'left') return;
    scheduler.note(`the application ${what}s ${imageText(key)}: ${imageText(after)}`);
    table.replace(key, after);
    history.wrote(key, present, after);
  }

  function afterWrite(
    what: string,
    { key, present, attribute }: { key: Image; present: Image | undefined; attribute: string },
  ): Image | undefined | 'left' {
    // What a record cannot tell from our own change: it is gone, or missing, both times.
    if (what === 'delete') return present && !history.wasDeletedByRun(key) ? undefined : 'left';
    if (what === 'remove') {
      if (!present || attribute in key || !Object.hasOwn(present, attribute) || history.wasRemovedByRun(key, attribute)) return 'left';
      return Object.fromEntries(Object.entries(present).filter(([name]) => name !== attribute));
    }
    if (what === 'set' && present) return { ...present, [attribute]: fresh() };
    return { ...key, ...Object.fromEntries(names.map((name) => [name, fresh()])) };
  }
}

/** What the table would hold if the run had never been: the application's writes, each on what it met. */
class ApplicationHistory {
  limits = 0;
  changed = 0;
  overtaken = 0;
  readonly #table: MemoryTable;
  readonly #without = new Map<string, Image>();
  /** Items that the run inserted and nobody changed since, and with which others they were written. */
  readonly #inserted = new Map<string, Group>();
  readonly #insertedAs = new Map<string, Image>();
  readonly #deleted = new Map<string, Group>();
  readonly #deletedByRun = new Set<string>();
  readonly #removedByRun = new Set<string>();
  readonly #touched = new Set<string>();

  constructor(table: MemoryTable) {
    this.#table = table;
  }

  texts(): string[] {
    return [...this.#without.values()].map(imageText).sort();
  }

  wasDeletedByRun(key: Image): boolean {
    return this.#deletedByRun.has(this.#textOf(key));
  }

  wasRemovedByRun(key: Image, name: string): boolean {
    return this.#removedByRun.has(`${this.#textOf(key)} ${name}`);
  }

  changedByRun({ change, inserts, isPutBack }: Pick<Commit, 'change' | 'inserts' | 'isPutBack'>): void {
    const own = this.#textOf(change.key);
    if (isPutBack) return;
    this.changed++;
    this.#touched.add(own);
    const group: Group = { source: change.after ? undefined : change.key, targets: inserts.map(({ key }) => key) };
    if (!change.after) {
      this.#deletedByRun.add(own);
      if (inserts.length > 0) this.#deleted.set(own, group);
    }
    for (const name of Object.keys(change.before ?? {}))
      if (change.after && !Object.hasOwn(change.after, name)) this.#removedByRun.add(`${own} ${name}`);
    for (const { key, after = {} } of inserts) {
      this.#inserted.set(this.#textOf(key), group);
      this.#insertedAs.set(this.#textOf(key), after);
    }
  }

  wrote(key: Image, before: Image | undefined, after: Image | undefined): void {
    const text = this.#textOf(key);
    if (this.#touched.has(text) || this.#inserted.has(text)) this.overtaken++;
    const ofInserted = this.#inserted.get(text);
    const group = ofInserted?.source ? ofInserted : this.#deleted.get(text);
    if (group && !(ofInserted === undefined && before)) this.#stays(group);
    else if (ofInserted) this.#inserted.delete(text);
    if (!after) this.#without.delete(text);
    else if (!before || ofInserted) this.#without.set(text, after);
    else {
      const image: Image = { ...this.#without.get(text) };
      for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
        const value = after[name];
        if (textAt(before, name) === textAt(after, name)) continue;
        if (value) image[name] = value;
        else delete image[name];
      }
      this.#without.set(text, { ...key, ...image });
    }
  }

  /**
   * An attribute that is first added to an inserted item between our look and our write goes with it: no condition can name it, and a transaction
   * does not return what it deletes. This is the limit of promise 1.
   */
  undone({ change, inserts }: Commit): void {
    const changes = [change, ...inserts];
    for (const { key, before, after } of changes) {
      const text = this.#textOf(key);
      const as = this.#insertedAs.get(text);
      if (after) this.#deleted.delete(text);
      else if (!this.#inserted.delete(text) && as && before && Object.keys(as).every((name) => textAt(as, name) === textAt(before, name))) {
        this.limits++;
        this.#without.delete(text);
        for (const put of changes) if (!put.before && put.after) this.#without.set(this.#textOf(put.key), put.after);
      }
    }
  }

  /** A move of which one item was written since is not taken back. */
  #stays({ source, targets }: Group): void {
    if (source) {
      this.#deleted.delete(this.#textOf(source));
      this.#without.delete(this.#textOf(source));
    }
    for (const target of targets) {
      const text = this.#textOf(target);
      if (!this.#inserted.delete(text)) continue;
      const present = this.#table.get(target);
      if (present) this.#without.set(text, present);
    }
  }

  #textOf(key: Image): string {
    return imageText(keyOf(this.#table.shape, key));
  }
}

interface Group {
  /** Undefined if the item itself stayed. */
  source: Image | undefined;
  targets: readonly Image[];
}

function textAt(image: Image, name: string): string {
  const value = Object.hasOwn(image, name) ? image[name] : undefined;
  return value ? imageText({ v: value }) : '';
}
