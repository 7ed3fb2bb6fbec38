import { TeamFunctions } from '../change/team-functions.ts';
import { jitter } from '../clock.ts';
import type { Control } from '../ledger/control.ts';
import type { Transformation } from '../transformation/contract.ts';
import type { Image } from '../values/attribute-value.ts';
import type { ControlWatch } from './control-watch.ts';
import { chargedTable } from './metered-table.ts';
import { seedItems } from './seed-items.ts';
import type { TransformSegmentPorts } from './segment-ports.ts';
import type { SegmentProgress } from './segment-progress.ts';
import { SegmentSaves } from './segment-saves.ts';
import { type Settled, type SettleItemPorts, settleItem } from './settle-item.ts';
import { ShareRebalancer } from './share-rebalancer.ts';
import type { Page, TablePort } from './table-port.ts';
import { maxWriteUnitsPerWorker, WorkerPacing } from './worker-pacing.ts';
import { Halted, maxStatements, WriteBatches, type WriteGate } from './write-batches.ts';

/** Requests in flight per worker, at most: as many as its units make where each takes half a second, which is long. */
const maxRequestsInFlight = 24;
const secondsInFlight = 0.5;
/** Pages that are read and not settled: while the next is read, the last writes of one leave room for the first of another. */
const maxOpenPages = 3;
/** Longer than this, handing out items does not keep the process busy at a stretch. */
const maxBusyMs = 20;
/** The state of one worker at one segment. */
export class SegmentWorker {
  readonly progress: SegmentProgress;
  readonly #watch: ControlWatch;
  readonly #control: Control;
  readonly #table: TablePort;
  readonly #ports: TransformSegmentPorts;
  readonly #pacing: WorkerPacing;
  readonly #shareAgain: ShareRebalancer | undefined;
  readonly #saves: SegmentSaves;

  constructor(
    watch: ControlWatch,
    control: Control,
    transformation: Transformation,
    progress: SegmentProgress,
    table: TablePort,
    ports: TransformSegmentPorts,
  ) {
    this.#watch = watch;
    this.#control = control;
    this.progress = progress;
    this.#ports = ports;
    this.#pacing = new WorkerPacing(ports.clock, control, transformation.reads === undefined, ports.maxWriteUnitsPerWorker);
    this.#saves = new SegmentSaves(progress, control, { ...ports, watch, pacing: this.#pacing });
    this.#table = chargedTable(table, control.shape, this.#pacing.reads, this.#pacing.writes);
    this.#shareAgain = ports.shares && new ShareRebalancer(ports.clock, ports.shares);
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
      batches: new WriteBatches(this.#table, this.#pacing.writes, gate, requestsInFlight(this.#ports.maxWriteUnitsPerWorker)),
      functions: new TeamFunctions(this.#ports.clock, () => this.#goOnDeciding()),
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
      settling.push(this.#settlePage(page, settlePorts, rememberFault));
      while (settling.length >= maxOpenPages) await settling.shift();
      if (!position) break;
    }
    await Promise.all(settling);
    if (fault === undefined) await this.#payDebts().catch(rememberFault);
    await this.#shareAgain?.finished();
    this.progress.signOff();
    if (fault) {
      await this.#saves.save().catch(() => undefined);
      throw fault.error;
    }
    await this.#saves.save();
  }

  /** Hands out the items of a page, and waits for them. Rejects with nothing. */
  async #settlePage(page: Page, ports: SettleItemPorts, rememberFault: (error: unknown) => void): Promise<void> {
    const { clock } = this.#ports;
    const settle = this.progress.open(page);
    const settling: Promise<void>[] = [];
    const count = (index: number, settled: Settled): void => {
      settle(index, settled);
      if (this.#saves.isDue) this.#saves.save().catch(rememberFault);
    };
    const settleOne = (image: Image, index: number): Promise<void> | undefined => {
      try {
        const settled = settleItem(image, ports);
        if (settled instanceof Promise) return settled.then((later) => count(index, later), rememberFault);
        count(index, settled);
      } catch (error) {
        rememberFault(error);
      }
      return undefined;
    };
    await ports.batches.deciding(async () => {
      let yieldedAt = clock.monotonic();
      for (const [index, image] of page.images.entries()) {
        const settled = settleOne(image, index);
        if (settled) settling.push(settled);
        if (ports.batches.isFull) await ports.batches.room();
        // Functions that take their time must not keep answers and control waiting.
        if (clock.monotonic() - yieldedAt < maxBusyMs) continue;
        await clock.sleep(1);
        yieldedAt = clock.monotonic();
      }
    });
    await Promise.all(settling);
  }

  async #seed(seeds: readonly Image[], gate: WriteGate): Promise<void> {
    const { clock } = this.#ports;
    this.progress.count(
      await seedItems(seeds, {
        port: this.#ports.openSeeds(this.#control),
        shape: this.#control.shape,
        gate,
        clock,
        writes: this.#pacing.writes,
      }),
    );
  }

  /** Reads a page, slower where DynamoDB is busy. @throws Halted where the segment must stop */
  async #readPage(position: Page['position']): Promise<Page> {
    const { clock } = this.#ports;
    const { segment } = this.progress.checkpoint;
    const { totalSegments } = this.#control;
    const { reads } = this.#pacing;
    for (let retry = 0; ; retry++) {
      await this.#goOnReading();
      const { limit, estimate } = this.#pacing.page;
      const paid = await reads.pay(estimate, () => this.#goOnReading());
      const page = await this.#table.readPage({ segment, totalSegments, position, limit });
      if (!('kind' in page)) {
        reads.correct(paid, page.readUnits);
        reads.learn(page.images.length, page.readUnits);
        return page;
      }
      reads.correct(paid, 0);
      reads.throttled();
      await clock.sleep(jitter(clock, retry, 50, 5000));
    }
  }

  /** The next segment begins without debts: they would be forgotten, and where segments are small the budget with them. */
  async #payDebts(): Promise<void> {
    for (const pacing of [this.#pacing.reads, this.#pacing.writes]) await pacing.pay(0, () => this.#goOnReading());
  }

  #mustStopReading(): boolean {
    return this.#watch.halted !== undefined || this.#ports.clock.monotonic() >= this.#ports.deadline.read;
  }

  async #goOnReading(): Promise<void> {
    await this.#watch.pass();
    if (this.#mustStopReading()) throw new Halted('timeIsShort');
    this.#keepToBudget();
  }

  #check(): void {
    if (this.#ports.clock.monotonic() >= this.#ports.deadline.write) this.#watch.halt('timeIsShort');
    this.#watch.check();
  }

  async #goOnDeciding(): Promise<void> {
    this.#check();
    await this.#watch.pass();
  }

  async #passGate(): Promise<void> {
    await this.#goOnDeciding();
    this.#keepToBudget();
    await this.#saves.dirty();
    this.#watch.check();
  }

  #keepToBudget(): void {
    this.#pacing.follow(this.#watch.latest);
    if (this.#pacing.isHeldByShare) this.#shareAgain?.rebalanceIfDue(this.#watch.latest);
  }
}

function requestsInFlight(maxWriteUnits = maxWriteUnitsPerWorker): number {
  return Math.min(maxRequestsInFlight, Math.ceil((maxWriteUnits * secondsInFlight) / maxStatements));
}
