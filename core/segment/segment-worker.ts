import { backOff, throttleBackoff } from '../backoff.ts';
import type { ItemDecision } from '../change/change.ts';
import type { MaybePromise } from '../change/maybe-promise.ts';
import { Found } from '../change/other-items.ts';
import { TeamFunctions } from '../change/team-functions.ts';
import { recordOfSeed } from '../journal/record-of.ts';
import { isCareful } from '../ledger/checkpoint.ts';
import { type Control, maxPassesPerSequence, passesOf } from '../ledger/control.ts';
import { signatureLifetimeMs } from '../ledger/late-requests.ts';
import { maxWriteUnitsPerWorker } from '../ledger/workers.ts';
import type { ReadBudget } from '../lookup/lookup-port.ts';
import type { Transformation } from '../transformation/contract.ts';
import type { Image } from '../values/attribute-value.ts';
import { keyOf } from '../values/table-shape.ts';
import { CarefulDecider } from './careful-decider.ts';
import type { ControlWatch } from './control-watch.ts';
import { decidingInHand } from './deciding-in-hand.ts';
import { allowanceFor, tokensFor } from './limits-of-worker.ts';
import { notingSeeds, notingTable } from './noting-table.ts';
import { chargedTable } from './pacing/charged-table.ts';
import type { CostAllowance } from './pacing/cost-allowance.ts';
import { lookupBudget } from './pacing/lookup-budget.ts';
import { RequestsInFlight } from './pacing/requests-in-flight.ts';
import { ShareRebalancer } from './pacing/share-rebalancer.ts';
import { isWithinCollection } from './pacing/within-collection.ts';
import { maxItemsPerPage, WorkerPacing } from './pacing/worker-pacing.ts';
import { hasSecondLook } from './second-look.ts';
import { seedItems } from './seed-items.ts';
import { Halted, SegmentGate } from './segment-gate.ts';
import type { AskedImage, TransformSegmentPorts } from './segment-ports.ts';
import type { SegmentProgress } from './segment-progress.ts';
import { SegmentSaves } from './segment-saves.ts';
import { type SettledItem, type SettleItemPorts, settleItem } from './settle-item.ts';
import { settleTogether } from './settle-together.ts';
import { isEnd, type Page, type Place, type TablePort } from './table-port.ts';
import { TargetReads } from './target-reads.ts';
import type { JournalPages } from './undo/journal-pages.ts';
import { JournalUndo } from './undo/journal-undo.ts';
import { Together } from './undo/together.ts';
import type { ChangeTokens } from './writes/change-tokens.ts';
import { SegmentJournal } from './writes/segment-journal.ts';
import { WriteAhead } from './writes/write-ahead.ts';
import { maxStatements, type Waiting, WriteBatches } from './writes/write-batches.ts';

/**
 * As many requests may be in flight at any latency as spend the worker's write units if each takes half a second, which is slow; but no more than
 * `maxAtAnyLatency`.
 */
const secondsInFlight = 0.5;
const maxAtAnyLatency = 24;
/** Max pages that are read and not settled: while the next is read, the last writes of one leave room for the first of another. */
const maxOpenPages = 3;
/** Items of which it is told what became of them go into one object; more would fill memory. */
const maxReports = 1000;
/** Items are handed out without a break for up to this time: then answers of DynamoDB and of control get their turn. */
const maxBusyMs = 20;
/** A worker before this one may have had that many items open when it ended. */
const maxCarefulItems = maxOpenPages * maxItemsPerPage;
/** One request holds the writes of 25. */
const carefulItemsPerPage = maxStatements;

/** One worker at one segment. */
export class SegmentWorker {
  readonly progress: SegmentProgress;
  readonly #watch: ControlWatch;
  readonly #control: Control;
  readonly #table: TablePort;
  readonly #ports: TransformSegmentPorts;
  readonly #pacing: WorkerPacing;
  readonly #rebalancer: ShareRebalancer | undefined;
  readonly #saves: SegmentSaves;
  readonly #gate: SegmentGate;
  /** Undefined if the run may change any number of items. */
  readonly #tokens: ChangeTokens | undefined;
  /** Undefined if the run may cost any amount. */
  readonly #allowance: CostAllowance | undefined;
  readonly #journal: SegmentJournal;
  readonly #targets: TargetReads;
  readonly #writeAhead: WriteAhead<Waiting> | undefined;
  /** What look-ups may consume. */
  readonly lookupBudget: ReadBudget;
  /** The versions of the pass cannot decide on an item together. */
  #isApart = false;
  /** The first error that ended the segment. */
  #fault: { error: unknown } | undefined;

  constructor(
    watch: ControlWatch,
    control: Control,
    transformation: Pick<Transformation, 'reads'>,
    progress: SegmentProgress,
    table: TablePort,
    ports: TransformSegmentPorts,
  ) {
    this.#watch = watch;
    this.#control = control;
    this.progress = progress;
    this.#ports = ports;
    this.#pacing = new WorkerPacing(ports.clock, control, transformation.reads === undefined, ports.maxWriteUnitsPerWorker);
    this.#tokens = tokensFor(control, ports);
    this.#allowance = allowanceFor(control, ports, this.#pacing);
    this.#journal = new SegmentJournal(control, progress, ports.journal);
    this.#saves = new SegmentSaves(progress, control, {
      ...ports,
      watch,
      pacing: this.#pacing,
      writeReport: (number, records) => this.#journal.writeReport(number, records),
    });
    this.#table = chargedTable(
      notingTable(table, ports.clock, this.#noteUnanswered),
      control.shape,
      this.#pacing.reads,
      this.#pacing.writes,
    );
    this.#rebalancer = ports.shares && new ShareRebalancer(ports.clock, ports.shares);
    this.#gate = new SegmentGate(watch, {
      ...ports,
      pacing: this.#pacing,
      rebalancer: this.#rebalancer,
      allowance: this.#allowance,
      saveDirty: () => this.#saves.saveDirty(),
    });
    this.#targets = new TargetReads({
      table: this.#table,
      shape: control.shape,
      reads: this.#pacing.reads,
      gate: this.#gate,
      clock: ports.clock,
      count: (readUnits) => this.progress.count({ readUnits }),
    });
    this.#writeAhead = this.#journal.versions.length > 0 ? this.#openWriteAhead() : undefined;
    this.lookupBudget = lookupBudget(this.#pacing.reads, this.#gate, (readUnits) => this.progress.count({ readUnits }));
  }

  /** It has settled all items, and is to look at them once more. */
  get hasSecondLook(): boolean {
    return this.#watch.halted === undefined && hasSecondLook(this.#control, this.progress.checkpoint);
  }

  /** Charges reads that did not wait for the budget, and counts them: later requests wait instead. */
  readonly noteReads = (readUnits: number): void => {
    this.#pacing.reads.charge(readUnits);
    this.progress.count({ readUnits });
  };

  /**
   * Reads pages and settles their items until the segment ends or halts, and saves how far it came.
   *
   * @param seeds inserted first; undefined if this is not the worker to do it
   * @throws Error: when an error ended the segment, after the last request in flight is answered; never Halted
   */
  async run(
    item: Pick<SettleItemPorts, 'shape' | 'transformation' | 'decider' | 'dryRun' | 'isTogether'>,
    seeds: readonly Image[] | undefined,
  ): Promise<void> {
    if (seeds) await this.#seed(seeds).catch(this.#fail);
    const ports = this.#settleItemPorts(item);
    if (isCareful(this.progress.checkpoint)) await this.#settleCarefully(ports);
    await this.#settlePages({ ...settlingItems(ports), readPage: (place) => this.#readPage(place) });
    await this.#leave();
  }

  /**
   * Takes back the changes that a journal says, the newest first, until the segment ends or halts, and saves how far it came.
   *
   * @throws Error: when an error ended the segment, after the last request in flight is answered; never Halted
   */
  async undo(pages: JournalPages): Promise<void> {
    const { clock, maxWriteUnitsPerWorker: maxWriteUnits } = this.#ports;
    const { shape } = this.#control;
    const batches = this.#batches();
    const { writes, other } = this.#pacing;
    const maxInFlight = requestsInFlight(maxWriteUnits);
    const together = new Together({ table: this.#table, shape, writes, other, gate: this.#gate, clock, batches, maxInFlight });
    const undo = new JournalUndo({ shape, targets: this.#targets, batches, together, clock }, this.progress.checkpoint.retries);
    await this.#settlePages({
      batches,
      readPage: async (place) => {
        await this.#gate.waitUntilMayRead();
        return pages.readPage(place, this.#pacing.page.limit, (record, behind) => undo.notePassed(record, behind));
      },
      // Also a record of which nothing is to be taken back keeps its token.
      settle: (page, index) =>
        this.progress.wasTakenBack(page, index) && !undo.mustRepeat(page, index)
          ? alreadyDone
          : undo.undo(page, index, this.#tokens?.take()),
    });
    await this.#leave();
  }

  async #leave(): Promise<void> {
    await this.#tokens?.leave();
    await this.#writeAhead?.leave();
    if (!this.#fault) await this.#repayOverdraft().catch(this.#fail);
    await this.#rebalancer?.finished();
    await this.#allowance?.leave();
    if (this.#tokens?.isRefused && !this.progress.checkpoint.done) this.#watch.halt('pauseAfter');
    if (this.#allowance?.isRefused && !this.progress.checkpoint.done) this.#watch.halt('maxCost');
    // It goes on with a second look: whoever settles the pass before its end must know that it may still write.
    if (!this.#fault && this.hasSecondLook) return this.#saves.save();
    this.progress.signOff(this.#fault && { name: nameOf(this.#fault.error), at: this.#ports.clock.wall() });
    if (!this.#fault) return this.#saves.save();
    await this.#saves.save().catch(() => undefined);
    throw this.#fault.error;
  }

  #settleItemPorts(item: Pick<SettleItemPorts, 'shape' | 'transformation' | 'decider' | 'dryRun' | 'isTogether'>): SettleItemPorts {
    const { clock } = this.#ports;
    return {
      ...item,
      isLastPass: passesOf(this.#control) >= maxPassesPerSequence,
      table: this.#table,
      targets: this.#targets,
      gate: this.#gate,
      batches: this.#batches(this.#writeAhead),
      functions: new TeamFunctions(clock, () => this.#gate.waitUntilMayDecide()),
      tokens: this.#tokens,
      clock,
    };
  }

  #batches(journal?: WriteAhead<Waiting>): WriteBatches {
    const { clock, maxWriteUnitsPerWorker: maxWriteUnits } = this.#ports;
    const allowed = new RequestsInFlight(clock, requestsInFlight(maxWriteUnits));
    return new WriteBatches(this.#table, this.#pacing.writes, this.#gate, allowed, this.#pacing.other, journal);
  }

  #openWriteAhead(): WriteAhead<Waiting> {
    const { clock } = this.#ports;
    return new WriteAhead({
      clock,
      last: this.progress.checkpoint.journal?.at(-1)?.last ?? 0,
      textOf: (record) => this.#journal.textOf(record),
      write: (number, records) => this.#journal.writeChanges(number, records),
      saveJournaled: (number) => this.#saves.saveJournaled(number),
      waitUntilMayDecide: () => this.#gate.waitUntilMayDecide(),
    });
  }

  async #seed(seeds: readonly Image[]): Promise<void> {
    const journal = this.#writeAhead;
    await seedItems(seeds, {
      port: notingSeeds(this.#ports.openSeeds(this.#control), this.#noteUnanswered),
      shape: this.#control.shape,
      gate: this.#gate,
      clock: this.#ports.clock,
      writes: this.#pacing.writes,
      tokens: this.#tokens,
      record: journal && ((images) => this.#recordSeeds(images, journal)),
      count: (counters) => this.progress.count(counters),
    });
  }

  /** Those whose key is taken are left out: an item that was there before, and is equal, must not be deleted by an undo. */
  async #recordSeeds(images: readonly Image[], journal: WriteAhead<Waiting>): Promise<() => void> {
    const { shape } = this.#control;
    const taken = new Found(
      await this.#targets.read(
        images.map((image) => ({ image })),
        true,
      ),
      shape,
    );
    const free = images.filter((image) => !taken.under({ image }));
    await journal.keep(free.map((image) => recordOfSeed(image, shape)));
    return () => {
      for (const image of free) journal.note({ kind: 'notApplied', key: keyOf(shape, image) });
    };
  }

  /**
   * Calls the function in a process of its own, for one item at a time, after workers before this one ended at the same position, as far as
   * those may have come. Lambda can end all processes of a worker at once. So if a careful worker ended there, too, the next one also saves
   * each item before the function is called for it.
   */
  async #settleCarefully(ports: SettleItemPorts): Promise<void> {
    const { openProcess, clock, log } = this.#ports;
    const { run, pass, segment, attempt, tries } = this.progress.checkpoint;
    log('segmentTakenCarefully', { run, pass, segment, attempt });
    const apart = openProcess && new CarefulDecider(() => openProcess(this.#control), this.noteReads);
    // What the function looks up there is not told.
    if (apart && this.#ports.lookups) this.progress.markReadsOwn();
    const decideApart = async (asked: AskedImage, by: CarefulDecider<AskedImage, ItemDecision>): Promise<ItemDecision> => {
      // Its look-ups are charged when they are made, so it waits until those before are paid.
      await this.lookupBudget.pay(0);
      return by.decide(asked, ports.transformation.file);
    };
    const decide: Decide = apart ? (image, _, found) => decideApart(found ? [image, found] : image, apart) : ports.decider.decide;
    const savesItems = !apart || (tries && tries.count > 2);
    const inHand = { progress: this.progress, saves: this.#saves, gate: this.#gate, shape: ports.shape, file: ports.transformation.file };
    const careful: SettleItemPorts = {
      ...ports,
      decider: { ...ports.decider, decide: savesItems ? decidingInHand(decide, inHand) : decide },
      // The process limits the time itself.
      functions: apart ? new TeamFunctions(clock, () => this.#gate.waitUntilMayDecide(), Number.POSITIVE_INFINITY) : ports.functions,
    };
    try {
      await apart?.start();
      for (let left = maxCarefulItems; left > 0 && this.#goesOn && !this.progress.checkpoint.done; ) {
        const page = await this.#readPage(this.progress.checkpoint, carefulItemsPerPage);
        left -= Math.max(1, page.images.length);
        if (savesItems) await this.#settleOneByOne(page, careful);
        else await this.#settlePage(page, settlingItems(careful));
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      await apart?.close();
    }
  }

  async #settleOneByOne(page: Page, ports: SettleItemPorts): Promise<void> {
    const record = this.progress.open(page);
    for (const [index, image] of page.images.entries()) {
      const settled = await settleOf(ports)(image, ports);
      if (settled.isApart) return this.#leaveApart();
      record(index, settled);
    }
  }

  /** Resolves when every item of every page that was read is settled, or never will be by this worker. */
  async #settlePages<P extends Page>(work: PageWork<P> & { readPage(place: Place): Promise<P> }): Promise<void> {
    if (this.progress.checkpoint.done) return;
    const settling: Promise<unknown>[] = [];
    let place: Place = this.progress.checkpoint;
    while (this.#goesOn) {
      const page = await work.readPage(place).catch(this.#fail);
      if (!page) break;
      place = page;
      settling.push(this.#settlePage(page, work));
      while (settling.length >= maxOpenPages) await settling.shift();
      if (this.progress.reports.length >= maxReports) await this.#saves.save().catch(this.#fail);
      if (isEnd(page)) break;
    }
    await Promise.all(settling);
  }

  /**
   * Reads a page; if DynamoDB is busy, again after a growing pause.
   *
   * @throws Halted: when no further page may be read
   * @throws Error: when the table cannot be read
   */
  async #readPage({ position, partition }: Place, maxItems = maxItemsPerPage): Promise<Page> {
    const { clock } = this.#ports;
    const { segment, isSecondLook: isStrong } = this.progress.checkpoint;
    const { totalSegments } = this.#control;
    const { reads } = this.#pacing;
    for (let retry = 0; ; retry++) {
      await this.#gate.waitUntilMayRead();
      const { limit, estimate } = this.#pacing.page;
      const items = Math.min(estimate, maxItems);
      const covering = this.#gate.coverCost({ readUnits: items * reads.unitsPerEstimate });
      const covered = covering && (await covering);
      const paying = reads.pay(items, () => this.#gate.waitUntilMayRead());
      const paid = await (covered ? paying.finally(covered) : paying);
      const page = await this.#table.readPage({ segment, totalSegments, position, partition, limit: Math.min(limit, maxItems), isStrong });
      if (!('kind' in page)) {
        reads.correct(paid, page.readUnits);
        reads.learn(page.images.length, page.readUnits);
        this.#pacing.pageRead(isWithinCollection(this.#control.shape, position, page));
        return page;
      }
      reads.correct(paid, 0);
      reads.throttled();
      await backOff(clock, retry, throttleBackoff);
    }
  }

  /** Hands out the items of a page, and waits until they are settled. Never rejects. */
  async #settlePage<P extends Page>(page: P, { batches, settle }: PageWork<P>): Promise<void> {
    const { clock } = this.#ports;
    const record = this.progress.open(page);
    const settling: Promise<void>[] = [];
    const recordAndSave = (index: number, settled: SettledItem): void => {
      if (settled.isApart) {
        this.#leaveApart();
        return;
      }
      record(index, settled);
      if (this.#saves.isDue) this.#saves.save().catch(this.#fail);
    };
    const settleOne = (index: number): Promise<void> | undefined => {
      try {
        const settled = settle(page, index);
        if (settled instanceof Promise) return settled.then((later) => recordAndSave(index, later), this.#fail);
        recordAndSave(index, settled);
      } catch (error) {
        this.#fail(error);
      }
      return undefined;
    };
    await batches.deciding(async () => {
      let yieldedAt = clock.monotonic();
      for (const index of page.images.keys()) {
        const settled = settleOne(index);
        if (settled) settling.push(settled);
        if (batches.isFull) await batches.room();
        if (this.#isRefused || this.#isApart) break;
        if (clock.monotonic() - yieldedAt < maxBusyMs) continue;
        await clock.sleep(1);
        yieldedAt = clock.monotonic();
      }
    });
    // Promise.all would make a function more for each item.
    for (const settled of settling) await settled;
  }

  /** No error ended the segment, the run may change more items, and its versions can decide on them together. */
  get #goesOn(): boolean {
    return !this.#fault && !this.#isRefused && !this.#isApart;
  }

  get #isRefused(): boolean {
    return this.#tokens?.isRefused === true || this.#allowance?.isRefused === true;
  }

  /** The item stays unsettled, so that the position does not move past it. */
  #leaveApart(): void {
    this.#isApart = true;
    this.progress.markApart();
    this.#watch.halt('sweptApart');
  }

  /** Waits until both budgets have earned what was spent ahead of them: the worker of the next segment begins with a fresh bucket. */
  async #repayOverdraft(): Promise<void> {
    for (const pacing of [this.#pacing.reads, this.#pacing.writes]) await pacing.pay(0, () => this.#gate.waitUntilMayRead());
  }

  /** Saved at once, as the worker may be killed: whoever writes next must know of it. */
  #noteUnanswered = (): void => {
    this.progress.markLate(this.#ports.clock.wall() + (this.#ports.signatureLifetimeMs ?? signatureLifetimeMs));
    this.#saves.save().catch(this.#fail);
  };

  /** Ends the segment because of an error, and keeps the first one. Halted is none: the segment has ended already. */
  #fail = (error: unknown): void => {
    if (error instanceof Halted) return;
    this.#fault ??= { error };
    this.#watch.halt('lostSegment');
  };
}

/** What is done with the items of a page. */
interface PageWork<P extends Page> {
  batches: WriteBatches;
  settle(page: P, index: number): MaybePromise<SettledItem>;
}

function settlingItems(ports: SettleItemPorts): PageWork<Page> {
  const settle = settleOf(ports);
  return { batches: ports.batches, settle: ({ images }, index) => settle(images[index] ?? {}, ports) };
}

function settleOf({ isTogether }: Pick<SettleItemPorts, 'isTogether'>): typeof settleItem {
  return isTogether ? settleTogether : settleItem;
}

type Decide = SettleItemPorts['decider']['decide'];

/** It is not counted again. */
const alreadyDone: SettledItem = { outcome: 'unchanged' };

/** Only a name: the text of an error could hold item data. */
function nameOf(error: unknown): string {
  return error instanceof Error && /^[A-Za-z][\w.]{0,59}$/.test(error.name) ? error.name : 'Error';
}

function requestsInFlight(maxWriteUnits = maxWriteUnitsPerWorker): number {
  return Math.min(maxAtAnyLatency, Math.ceil((maxWriteUnits * secondsInFlight) / maxStatements));
}
