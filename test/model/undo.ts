import type { JournalRecord } from '../../core/journal/journal-record.ts';
import type { Checkpoint } from '../../core/ledger/checkpoint.ts';
import type { TransformSegmentPorts } from '../../core/segment/segment-ports.ts';
import type { AttributeValue, Image } from '../../core/values/attribute-value.ts';
import { keyOf } from '../../core/values/table-shape.ts';
import { controlOf, withFields } from '../support/control-record.ts';
import { itemKey } from './application.ts';
import { ApplicationHistory, type UndoLimit } from './application-history.ts';
import { Findings } from './findings.ts';
import { imageText } from './image-text.ts';
import { MemoryJournal } from './memory-journal.ts';
import { MemoryLedger } from './memory-ledger.ts';
import { MemorySeeds } from './memory-seeds.ts';
import { type Commit, MemoryServer } from './memory-server.ts';
import { MemoryTable } from './memory-table.ts';
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
  /** Passes of the run up; it is left half-way if it is not clean by then. */
  passes: number;
  up: UndoAction[];
  down: UndoAction[];
}

/** A mistake that the undo could make, or the run before it. */
export interface UndoDefect {
  /** Distorts what the journal of a segment says, object by object. */
  journal?: (objects: readonly JournalRecord[][]) => readonly JournalRecord[][];
  /** Replaces an operation of the undo. */
  operation?: (operation: Operation) => Operation | undefined;
  worker?: (ports: TransformSegmentPorts) => TransformSegmentPorts;
  /** Distorts the workers of the run that is taken back. */
  up?: (ports: TransformSegmentPorts) => TransformSegmentPorts;
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
  /** What goes back otherwise than it should, as docs/promises.md says under P1 and P11. */
  limits: Record<UndoLimit, number>;
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
  const journal = new MemoryJournal(network, findings);
  /** What the passes of the run up left, by their numbers. */
  const left = new Map<number, readonly Checkpoint[]>();
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
      if (phase === 'up') changedByRun(commit);
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
  findUnknown();
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

  function changedByRun(commit: Commit): void {
    const { request, change, operation, isPutBack } = commit;
    if (operation.kind === 'check') return;
    if (!isPutBack) journal.wasApplied(request.process, keyOf(shape, change.key));
    const by = workers;
    const segment = by?.of(request.process)?.segment ?? 0;
    history.changedByRun(
      commit,
      segment,
      () => by?.excuseFor(request),
      (key, other) => journal.wasRecordedBefore(key, other),
    );
  }

  /** A worker that goes on knows what became of its writes, and its journal says so. */
  function findUnknown(): void {
    for (const checkpoint of [...left.values()].flat()) {
      for (const { record, process } of journal.unknown(checkpoint)) {
        if (workers?.mayBeInDoubt(process)) history.unknown.push(record.item);
        else findings.violate(`the journal does not say that ${process.name} did not apply ${JSON.stringify(record)}`);
      }
    }
  }

  async function goUp(): Promise<number> {
    const control = { ...controlFor('up', 1), journals: true as const };
    const version = versionOf(spec);
    ledger = new MemoryLedger(control, network, findings);
    const seeds = new MemorySeeds(table, network, scheduler, () => {});
    workers = new Workers({
      ...{ version, scheduler, network, server, ledger, seeds, findings, journal },
      defect: defect.up ? { worker: defect.up } : {},
    });
    const pending = schedule.up.toSorted((a, b) => a.at - b.at);
    for (let pass = 1; ; pass++) {
      const checkpoints = await runPass(pending);
      left.set(pass, checkpoints);
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
      ...{ version, scheduler, network, server, ledger, seeds, findings, journal },
      defect: {
        worker: (ports) => {
          const { checkpoints, journal: store } = ports;
          const readUp = (segment: number): Checkpoint | undefined => left.get(pass)?.find((each) => each.segment === segment);
          return {
            ...(defect.worker ? defect.worker(ports) : ports),
            checkpoints: {
              ...checkpoints,
              read: async (assignment) => (assignment.run === 'up' ? readUp(assignment.segment) : checkpoints.read(assignment)),
            },
            journal: store && (defect.journal ? journal.distorted(store, readUp, defect.journal) : store),
          };
        },
      },
    });
    const first = scheduler.stepsTaken;
    const pending = pass === passes ? schedule.down.toSorted((a, b) => a.at - b.at).map((each) => ({ ...each, at: each.at + first })) : [];
    await runPass(pending);
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
