import type { Image } from './attribute-value.ts';
import { type Checkpoint, type SegmentAssignment, takeOver } from './checkpoint.ts';
import { type Clock, jitter } from './clock.ts';
import { ConcurrencyLimit } from './concurrency-limit.ts';
import type { Transformation, TransformContext } from './contract.ts';
import { ControlWatch, type HaltReason } from './control-watch.ts';
import { bindTransformation } from './decide-change.ts';
import { encodeInsert } from './item-difference.ts';
import { Pacing } from './pacing.ts';
import { type Control, shareOf } from './run.ts';
import { type SeedPort, seedItems } from './seed-items.ts';
import { type Failure, SegmentProgress } from './segment-progress.ts';
import { type SettleItemPorts, settleItem } from './settle-item.ts';
import type { Page, TablePort } from './table-port.ts';
import { Halted, WriteBatches, type WriteGate } from './write-batches.ts';

/** Where a segment's progress is kept. */
export interface CheckpointPort {
  read(assignment: SegmentAssignment): Promise<Checkpoint | undefined>;
  /** Takes the segment: saves the checkpoint with its new attempt. False where another worker was faster. */
  take(checkpoint: Checkpoint): Promise<boolean>;
  /** Saves, if the attempt still is the last. False where another worker took the segment. */
  save(checkpoint: Checkpoint): Promise<boolean>;
  /** Counts the failures for the whole run, and keeps the keys of the first `room` of them. */
  recordFailures(checkpoint: Checkpoint, failures: readonly Failure[], room: number): Promise<void>;
}

export interface TransformSegmentPorts {
  clock: Clock;
  readControl(run: string): Promise<Control | undefined>;
  checkpoints: CheckpointPort;
  /** The code that is deployed now; undefined where the sequence is not in it. */
  loadTransformation(control: Control): Promise<{ transformation: Transformation; checksum: string } | undefined>;
  openTable(control: Control, transformation: Transformation): TablePort;
  openSeeds(control: Control): SeedPort;
  contextOf(control: Control): TransformContext;
  /** Monotonic milliseconds after which no page is read, and after which nothing more is written. */
  deadline: { read: number; write: number };
  log(event: string, fields: Record<string, unknown>): void;
}

/** Requests in flight per worker. */
const maxRequestsInFlight = 10;
/** Functions of the team that run at a time, where they are async. */
const maxFunctions = 25;
/** Pages that are read and not settled: one is written while the next is read. */
const maxOpenPages = 2;
/** What a page should take to settle, where each of its items costs a write unit. */
const secondsPerPage = 2;
/** Within a page, progress is saved this often. */
const minSaveIntervalMs = 1000;
/** A partition takes 1,000 write units a second, and a scan writes one partition after the other. */
const maxWriteUnitsPerWorker = 500;
/** Of all workers together: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/bp-partition-key-design.html */
const maxCheckpointsPerSecond = 500;

/**
 * Transforms one segment from its checkpoint until it is done, time is short, or control says otherwise.
 *
 * 1. Take the segment: bump its attempt in the checkpoint; a worker that lost it returns.
 * 2. Read a page, while earlier pages are still being written.
 * 3. Settle each of its items: decide, and write what changed.
 * 4. Before the first write of the pass, save `dirty`: a crash must not make an unclean pass look clean.
 * 5. Save position and counters up to where all items are settled, if the segment is still ours.
 * 6. Return only when nothing is in flight. `more` says that nothing but time ran out.
 *
 * It throws for faults worth a retry and for fatal ones, never because the run is paused, stopped, superseded or of other code.
 */
export const transformSegment = async (assignment: SegmentAssignment, ports: TransformSegmentPorts): Promise<{ more: boolean }> => {
  const { clock, checkpoints } = ports;
  const watch = await ControlWatch.open(() => ports.readControl(assignment.run), clock);
  if (!watch || watch.halted || watch.latest.pass !== assignment.pass) return { more: false };
  const control = watch.latest;
  const code = await ports.loadTransformation(control);
  if (code?.checksum !== control.checksum) return { more: false };

  const before = await checkpoints.read(assignment);
  if (before?.done && before.checksum === control.checksum && before.counters.failed === 0) return { more: false };
  const taken = takeOver(assignment, control, before);
  if (!(await checkpoints.take(taken))) return { more: false };

  const { shape } = control;
  const table = ports.openTable(control, code.transformation);
  const segment = new Segment(watch, control, new SegmentProgress(shape, taken), table, ports);
  await segment.run(
    {
      shape,
      transformation: code.transformation,
      decider: bindTransformation(code.transformation, shape, ports.contextOf(control)),
      dryRun: control.dryRun,
    },
    seedsFor(assignment, control, code.transformation),
  );
  const { done, counters } = segment.progress.checkpoint;
  ports.log('segmentLeft', { ...assignment, done, reason: watch.halted ?? (done ? 'done' : 'timeIsShort'), ...counters });
  return { more: !done && (watch.halted === undefined || watch.halted === 'timeIsShort') };
};

/** Segment 0 inserts the seeds; the ledger knows which are done already. */
const seedsFor = ({ segment }: SegmentAssignment, { direction, dryRun, shape }: Control, { seed }: Transformation): Image[] | undefined =>
  segment === 0 && direction === 'up' && !dryRun ? seed?.map((item) => encodeInsert(item, shape)) : undefined;

/** The state of one worker at one segment. */
class Segment {
  readonly progress: SegmentProgress;
  readonly #watch: ControlWatch;
  readonly #control: Control;
  readonly #table: TablePort;
  readonly #ports: TransformSegmentPorts;
  readonly #reads: Pacing;
  readonly #writes: Pacing;
  readonly #saveInterval: number;
  #savedAt: number;
  #saving: Promise<void> = Promise.resolve();
  #dirtySaved: Promise<void> | undefined;
  #failuresRecorded: number;

  constructor(watch: ControlWatch, control: Control, progress: SegmentProgress, table: TablePort, ports: TransformSegmentPorts) {
    this.#watch = watch;
    this.#control = control;
    this.progress = progress;
    this.#table = table;
    this.#ports = ports;
    this.#reads = new Pacing(ports.clock, readShare(control));
    this.#writes = new Pacing(ports.clock, writeShare(control));
    this.#saveInterval = (control.workers / maxCheckpointsPerSecond) * 1000;
    this.#savedAt = ports.clock.monotonic();
    this.#failuresRecorded = progress.checkpoint.counters.failed;
  }

  /** @param seeds to be inserted first; undefined where this is not the worker to do it */
  async run(
    item: Pick<SettleItemPorts, 'shape' | 'transformation' | 'decider' | 'dryRun'>,
    seeds: readonly Image[] | undefined,
  ): Promise<void> {
    const { isOpen, holdsLease } = this.#watch;
    const gate = { isOpen, holdsLease, check: () => this.#check(), pass: () => this.#passGate() };
    const settlePorts: SettleItemPorts = {
      ...item,
      table: this.#table,
      gate,
      batches: new WriteBatches(this.#table, this.#writes, gate, maxRequestsInFlight),
      functions: new ConcurrencyLimit(maxFunctions),
      clock: this.#ports.clock,
    };
    const settling: Promise<unknown>[] = [];
    let fault: { error: unknown } | undefined;
    const rememberFault = (error: unknown): void => {
      if (error instanceof Halted) return;
      fault ??= { error };
      this.#watch.halt('lostSegment');
    };

    if (seeds) await this.#seed(seeds, gate).catch(rememberFault);
    let position = this.progress.checkpoint.position;
    while (fault === undefined && !this.#mustStopReading()) {
      const page = await this.#readPage(position).catch(rememberFault);
      if (!page) break;
      position = page.position;
      const settle = this.progress.open(page);
      settling.push(
        Promise.all(
          page.images.map(async (image, index) => {
            try {
              settle(index, await settleItem(image, settlePorts));
            } catch (error) {
              rememberFault(error);
            }
            this.#saveIfDue(minSaveIntervalMs).catch(rememberFault);
          }),
        ).then(() => this.#saveIfDue(0).catch(rememberFault)),
      );
      while (settling.length >= maxOpenPages) await settling.shift();
      if (!position) break;
    }
    await Promise.all(settling);
    this.progress.signOff();
    if (fault) {
      await this.#save().catch(() => undefined);
      throw fault.error;
    }
    await this.#save();
  }

  async #seed(seeds: readonly Image[], gate: WriteGate): Promise<void> {
    const { clock } = this.#ports;
    this.progress.count(await seedItems(seeds, { port: this.#ports.openSeeds(this.#control), gate, clock }));
  }

  /** Reads a page, slower where DynamoDB is busy. @throws Halted where the segment must stop */
  async #readPage(position: Page['position']): Promise<Page> {
    const { clock } = this.#ports;
    const { segment } = this.progress.checkpoint;
    const { totalSegments } = this.#control;
    // A page is no more than the budgets allow to settle soon: what is read long before it is written is more often changed meanwhile.
    const items = Math.min(readShare(this.#watch.latest), secondsPerPage * writeShare(this.#watch.latest));
    const limit = Number.isFinite(items) ? Math.max(1, Math.ceil(items)) : undefined;
    for (let attempt = 0; ; attempt++) {
      await this.#goOnReading();
      await this.#reads.spend(0, () => this.#goOnReading());
      const page = await this.#table.readPage({ segment, totalSegments, position, limit });
      if (!('kind' in page)) {
        this.#reads.settle(page.readUnits);
        return page;
      }
      this.#reads.throttled(128);
      await clock.sleep(jitter(clock, attempt, 50, 5000));
    }
  }

  #mustStopReading(): boolean {
    return this.#watch.halted !== undefined || this.#ports.clock.monotonic() >= this.#ports.deadline.read;
  }

  async #goOnReading(): Promise<void> {
    await this.#watch.pass();
    if (this.#mustStopReading()) throw new Halted('timeIsShort');
    this.#reads.budget = readShare(this.#watch.latest);
  }

  #check(): void {
    if (this.#ports.clock.monotonic() >= this.#ports.deadline.write) this.#watch.halt('timeIsShort');
    this.#watch.check();
  }

  async #passGate(): Promise<void> {
    this.#check();
    await this.#watch.pass();
    this.#writes.budget = writeShare(this.#watch.latest);
    // Every write waits for the one save, also those that come while it is under way.
    this.#dirtySaved ??= this.#saveDirty();
    await this.#dirtySaved;
    this.#watch.check();
  }

  async #saveDirty(): Promise<void> {
    if (this.progress.checkpoint.dirty) return;
    this.progress.markDirty();
    await this.#save();
  }

  async #saveIfDue(leastInterval: number): Promise<void> {
    if (this.#ports.clock.monotonic() - this.#savedAt >= Math.max(leastInterval, this.#saveInterval)) await this.#save();
  }

  /** One at a time, each with what is settled when it starts. */
  #save(): Promise<void> {
    this.#savedAt = this.#ports.clock.monotonic();
    this.#saving = this.#saving.then(
      () => this.#saveOnce(),
      () => this.#saveOnce(),
    );
    return this.#saving;
  }

  async #saveOnce(): Promise<void> {
    if (this.#watch.halted === 'superseded') return;
    const { checkpoint } = this.progress;
    const failures = this.progress.takeFailures();
    if (failures.length > 0) {
      await this.#ports.checkpoints.recordFailures(checkpoint, failures, Math.max(0, maxRecordedFailures - this.#failuresRecorded));
      this.#failuresRecorded += failures.length;
    }
    if (!(await this.#ports.checkpoints.save(checkpoint))) this.#watch.halt('lostSegment');
  }
}

/** Failed items whose keys the ledger keeps, per segment. */
const maxRecordedFailures = 20;

const readShare = (control: Control): number => shareOf(control.readUnits, control.workers);
const writeShare = (control: Control): number => Math.min(shareOf(control.writeUnits, control.workers), maxWriteUnitsPerWorker);

export type { HaltReason };
