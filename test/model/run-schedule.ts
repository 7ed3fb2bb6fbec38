import { isDeepStrictEqual } from 'node:util';
import { countPass } from '../../core/ledger/checkpoint.ts';
import type { Control } from '../../core/ledger/control.ts';
import { type Counters, noCounters, sumCounters } from '../../core/ledger/counters.ts';
import { scopeOf } from '../../core/transformation/scope.ts';
import type { Image } from '../../core/values/attribute-value.ts';
import { keyOf, keyText, shapeOf } from '../../core/values/table-shape.ts';
import { controlOf } from '../support/control-record.ts';
import { itemImage } from './application.ts';
import type { Defect } from './defects.ts';
import { Findings, type Limit } from './findings.ts';
import { imageText } from './image-text.ts';
import { Interferences } from './interferences.ts';
import { MemoryLedger } from './memory-ledger.ts';
import { MemorySeeds } from './memory-seeds.ts';
import { type Commit, MemoryServer } from './memory-server.ts';
import { type ItemChange, MemoryTable } from './memory-table.ts';
import { Network } from './network.ts';
import type { Schedule } from './schedule.ts';
import { Scheduler } from './scheduler.ts';
import { SerialHistory } from './serial-history.ts';
import { isAsAsked, serialTransform } from './serial-transform.ts';
import { type Asked, isAbout, type Version, versionOf } from './version.ts';
import { Workers } from './workers.ts';

/** The result of a schedule. */
export interface Result {
  violation: string | undefined;
  limits: ReadonlyMap<Limit, number>;
  /** The log of events, one line each. */
  trace: readonly string[];
  /** Counters of all passes. */
  counters: Counters;
  /** Names of the errors with which items failed. */
  failedWith: readonly string[];
}

const maxSteps = 5_000;
const maxPasses = 30;
/** One dies, and then three that are careful, before an item fails for it. */
const maxLostAtOneItem = 3;
const patienceWhenCalm = 3_600_000;
/** How far indexes lag behind the table. */
const indexLagMs = 2_000;

/**
 * Runs a version over a table in memory as its schedule says, and passes without interference until one is clean.
 *
 * @param defect a defect to inject, to check that the model finds it
 */
export async function runSchedule(schedule: Schedule, defect: Defect = {}): Promise<Result> {
  const world = new World(schedule, defect);
  await world.run();
  const { findings, scheduler, counters } = world;
  return { violation: findings.violation, limits: findings.limits, trace: scheduler.trace, counters, failedWith: world.failedWith };
}

class World {
  readonly findings = new Findings();
  readonly scheduler: Scheduler;
  counters = noCounters();
  readonly #schedule: Schedule;
  readonly #defect: Defect;
  readonly #version: Version;
  readonly #table: MemoryTable;
  readonly #others: Readonly<Record<string, MemoryTable>>;
  readonly #ledger: MemoryLedger;
  readonly #history: SerialHistory;
  readonly #workers: Workers;
  readonly #interferences: Interferences;
  /** The true numbers, with which the counters are compared. */
  readonly #tally = { changed: 0, inserted: 0, deleted: 0 };
  /** The present pass, and its second look. */
  #pass = new Sweep();
  #secondLook = new Sweep();

  constructor(schedule: Schedule, defect: Defect) {
    const { findings } = this;
    const scheduler = new Scheduler(schedule.order);
    const version = versionOf(schedule.version);
    const table = new MemoryTable(version.shape, () => scheduler.now);
    const others = Object.fromEntries(
      Object.entries(version.shape.others ?? {}).map(([name, shape]) => [name, new MemoryTable(shape, () => scheduler.now)]),
    );
    const network = new Network(scheduler);
    const ledger = new MemoryLedger(controlFor(version, schedule), network, findings);
    const seeds = new MemorySeeds(table, network, scheduler, (changes) => this.#seeded(changes));
    const server = new MemoryServer({
      table,
      others,
      scheduler,
      distort: (operation) => (defect.operation ? defect.operation(operation) : operation),
      pageSize: schedule.pageSize,
      staleness: () => this.#takeStaleness(),
      indexShows: () => scheduler.now - indexLagMs,
      aroundOperation: (moment, key, request) => this.#interferences.around(moment, key, request),
      onCommit: (commit) => this.#committed(commit),
    });
    const workers = new Workers({ version, scheduler, network, server, ledger, seeds, findings, defect });
    const history = new SerialHistory(
      version,
      findings,
      (request) => workers.excuseFor(request),
      (image) => table.hasBeen(image),
    );
    this.scheduler = scheduler;
    this.#schedule = schedule;
    this.#defect = defect;
    this.#version = version;
    this.#table = table;
    this.#others = others;
    this.#ledger = ledger;
    ledger.onSecondLook = ({ pass }) => {
      if (pass === ledger.control.pass) this.#secondLook = new Sweep();
    };
    this.#history = history;
    this.#workers = workers;
    this.#interferences = new Interferences(schedule.interferences, {
      version,
      scheduler,
      network,
      table,
      others,
      ledger,
      history,
      workers,
      patience: schedule.patience,
      onWrite: (key, name) => this.#touch(key, name),
      distortRedrive: defect.redrive,
    });
    for (const [item, attributes] of schedule.items.entries()) {
      const image = itemImage(version, item, attributes);
      table.replace(image, image);
      history.begin(image);
      scheduler.note(`the table holds ${imageText(image)}`);
      if (version.direction === 'up') continue;
      for (const asked of version.asks(image)) {
        const there = asked.table === undefined ? table : others[asked.table];
        there?.begin(asked.image);
        history.begin(asked.image, asked.table);
        scheduler.note(`${asked.table ?? 'the table'} holds ${imageText(asked.image)}, inserted for it`);
      }
    }
  }

  get failedWith(): string[] {
    return [...this.#ledger.failures.keys()];
  }

  async run(): Promise<void> {
    for (let passes = 1; !(await this.#runPass()); passes++) {
      if (passes >= maxPasses) this.findings.violate('the passes do not converge');
      if (this.findings.violation) return;
      this.#ledger.control = { ...this.#ledger.control, pass: this.#ledger.control.pass + 1 };
    }
    while (!this.findings.violation && (await this.scheduler.goOn()));
    this.#history.finish();
    this.#checkEnd();
  }

  /** @returns true if the pass was clean and no interference is left */
  async #runPass(): Promise<boolean> {
    const { findings, scheduler } = this;
    this.#pass = new Sweep();
    // SettlePass waits until the index shows what was written before.
    if (this.#ledger.control.scope?.lagMs && !this.#defect.beginsAtOnce) scheduler.now += indexLagMs;
    const isCalm = this.#interferences.areOver;
    if (isCalm) this.#interferences.end();
    const isAlone = this.#workers.allLeft;
    const segments = Array.from({ length: this.#schedule.segments }, (_, segment) => segment);
    // The Map waits for its workers: a segment that is done can have a second look.
    const isOpen = (segment: number): boolean => !this.#ledger.isDone(segment) || this.#workers.hasOneFor(segment);
    while (segments.some(isOpen)) {
      this.#interferences.due();
      for (const segment of segments)
        if (!this.#ledger.isDone(segment) && !this.#workers.hasOneFor(segment))
          this.#workers.start(segment, this.#interferences.areOver ? patienceWhenCalm : this.#schedule.patience);
      if (!(await scheduler.goOn()) && segments.some(isOpen)) findings.violate('nobody goes on, and the pass is not over');
      if (scheduler.stepsTaken > maxSteps) findings.violate('the schedule does not end');
      if (findings.violation) return false;
    }

    const checkpoints = segments.flatMap((segment) => this.#ledger.checkpoint(this.#ledger.assignment(segment)) ?? []);
    const { items: counters, all } = countPass(checkpoints);
    this.counters = sumCounters([this.counters, all]);
    // What proves that nothing was left to change.
    const sweep = checkpoints.every(({ isSecondLook }) => isSecondLook) ? this.#secondLook : this.#pass;
    // An item that fails is tried in each pass, which makes all of them dirty.
    const clean = counters.contended === 0 && counters.changed === 0 && (counters.failed > 0 || checkpoints.every(({ dirty }) => !dirty));
    scheduler.note(`pass ${this.#ledger.control.pass} is over: ${clean ? 'clean' : 'not clean'}, ${JSON.stringify(counters)}`);
    if (clean && counters.failed === 0 && sweep.commits.includes(this.#ledger.control.pass))
      findings.violate('a pass is clean in which a worker wrote');
    if (counters.failed === 0 && counters.contended === 0 && !sweep.isStale) this.#checkPass(sweep);
    const items = this.#table.all().filter((image) => isAbout(this.#version, image)).length;
    if (isCalm && isAlone && clean && counters.scanned !== items)
      findings.violate(`a calm pass scanned ${counters.scanned} of ${items} items`);
    // An interference after the last pass is dropped.
    if (clean) this.#interferences.end();
    return isCalm && clean;
  }

  #seeded(changes: readonly ItemChange[]): void {
    this.scheduler.note(`seeded: ${changes.map(({ after }) => imageText(after))}`);
    for (const { key } of changes) this.#touch(key);
    this.#tally.inserted += changes.length;
    this.#history.seeded(changes);
  }

  #committed(commit: Commit): void {
    const { process } = commit.request;
    this.scheduler.note(`${process.name}: ${imageText(commit.change.before)} becomes ${imageText(commit.change.after)}`);
    for (const { before, after } of commit.inserts)
      this.scheduler.note(
        after
          ? `${process.name}: ${imageText(after)} is inserted${before ? ` over ${imageText(before)}` : ''}`
          : `${process.name}: ${imageText(before)} is taken back`,
      );
    const isPart = commit.operation.kind === 'check';
    this.#tally.changed += isPart ? 0 : commit.isPutBack ? -1 : 1;
    if (commit.isPutBack || !commit.change.after) this.#tally.deleted += commit.isPutBack ? -1 : 1;
    for (const { after } of commit.inserts) this.#tally[after ? 'inserted' : 'deleted']++;
    const worker = this.#workers.of(process);
    // An item that another one asks for can itself be deleted by the version, after that one was looked at.
    const isOther = this.#version.spec.others !== undefined && !commit.change.after;
    if (!worker?.current || isOther) this.#touch(commit.change.key);
    const assignment = this.#ledger.assignment(worker?.segment ?? 0);
    const isOwner = this.#ledger.isOwner(process, assignment);
    if (isOwner) for (const sweep of [this.#pass, this.#secondLook]) sweep.commits.push(assignment.pass);
    if (isOwner && !this.#ledger.checkpoint(assignment)?.dirty)
      this.findings.violate(`${process.name} wrote before its segment was marked dirty`);
    this.#history.committed(commit);
  }

  /** At the end of a pass, every item that no other actor wrote during the pass has the new shape. */
  #checkPass({ touched }: Sweep): void {
    for (const image of this.#table.all())
      if (
        !touched.has(this.#keyText(image)) &&
        !this.#hasTouchedOthers(image, touched) &&
        !this.#isNew(image) &&
        !this.#isRestoredSeed(image)
      )
        this.findings.violate(`the pass left out ${imageText(image)}`);
  }

  #checkEnd(): void {
    for (const image of this.#table.all())
      if (!this.#isNew(image) && !this.#isBlocked(image))
        this.findings.violate(`in the end, an item has the old shape: ${imageText(image)}`);
    const { inserted, deleted } = this.counters;
    // An item whose own part stays as it is counts as changed when something is inserted for it.
    const changed = this.#version.spec.others ? this.#tally.changed : this.counters.changed;
    const { patience, interferences } = this.#schedule;
    const isUndisturbed = patience >= 60_000 && interferences.every(({ action }) => action.what === 'write' || action.what === 'stale');
    if (isUndisturbed && this.#history.tookAway === 0 && !isDeepStrictEqual({ changed, inserted, deleted }, this.#tally))
      this.findings.violate(
        `the counters say ${JSON.stringify({ changed, inserted, deleted })}, and it was ${JSON.stringify(this.#tally)}`,
      );
    const other = this.failedWith.find((name) => !this.#mayFailWith(name));
    if (other) this.findings.violate(`an item failed with ${other}`);
  }

  /**
   * A worker that lost its lease before it put an item back must say so. It cannot know whether the application has deleted the item since. An item
   * that workers had in hand when they died or were replaced can be taken for what ends them.
   */
  #mayFailWith(name: string): boolean {
    if (name === 'TransformKilled') return this.#workers.lost > maxLostAtOneItem;
    return name === 'TargetExists' || (name === 'NotPutBack' && this.#workers.oneHadNoLease);
  }

  /** With any of the answers that look-ups have given: items are decided at different times. */
  #isNew(image: Image): boolean {
    const { looked } = this.#version;
    const { answer: present } = looked;
    const isNew = looked.answers.some((answer) => {
      looked.answer = answer;
      return this.#isNewNow(image);
    });
    looked.answer = present;
    return isNew;
  }

  #isNewNow(image: Image): boolean {
    const result = serialTransform(this.#version, image);
    return (
      result.inserts.length === 0 &&
      imageText(result.image) === imageText(image) &&
      result.asks.every((asked) => isAsAsked(asked, this.#present(asked)))
    );
  }

  /** On the way down, an item that is moved back, and then is as a seed was inserted, is deleted by the next pass. */
  #isRestoredSeed(image: Image): boolean {
    const { direction, transformation } = this.#version;
    return direction === 'down' && transformation.seed !== undefined && !serialTransform(this.#version, image).image;
  }

  /** What it asks for, the application can have changed or removed after it was there. */
  #hasTouchedOthers(image: Image, touched: ReadonlySet<string>): boolean {
    return this.#version.asks(image).some((asked) => touched.has(this.#keyText(asked.image, asked.table)));
  }

  #present({ table, image }: Asked): Image | undefined {
    return (table === undefined ? this.#table : this.#others[table])?.get(image);
  }

  /** True if the key of an item to insert exists with other content. */
  #isBlocked(image: Image): boolean {
    const result = serialTransform(this.#version, image);
    const isInTheWay = (asked: Asked): boolean =>
      asked.does === 'insert' &&
      asked.onExisting === 'fail' &&
      this.#present(asked) !== undefined &&
      !isAsAsked(asked, this.#present(asked));
    if (result.asks.some(isInTheWay)) return true;
    return result.inserts.some((insert) => {
      const present = this.#table.get(insert);
      return present !== undefined && imageText(present) !== imageText(insert);
    });
  }

  #takeStaleness(): number {
    const staleness = this.#interferences.takeStaleness();
    if (staleness > 0) for (const sweep of [this.#pass, this.#secondLook]) sweep.isStale = true;
    return staleness;
  }

  #touch(key: Image, table?: string): void {
    for (const { touched } of [this.#pass, this.#secondLook]) touched.add(this.#keyText(key, table));
  }

  #keyText(image: Image, table?: string): string {
    return `${table ?? ''} ${keyText(keyOf(shapeOf(this.#version.shape, table), image))}`;
  }
}

/** What happens from a time on. */
class Sweep {
  /** Items that something other than a current worker wrote. */
  readonly touched = new Set<string>();
  /** The passes in which workers that had their segments made changes, one for each change. */
  readonly commits: number[] = [];
  /** A page was stale. */
  isStale = false;
}

function controlFor({ shape, direction, isScoped, transformation }: Version, { segments, writeUnits }: Schedule): Control {
  const given = { table: 'Model', parameters: {}, startedAt: 0 };
  const scope = isScoped ? scopeOf(transformation, shape, given)?.ref : undefined;
  return controlOf({
    ...(scope ? { scope } : {}),
    run: 'run',
    table: 'Model',
    shape,
    direction,
    sequence: 1,
    checksum: 'c',
    given: { parameters: '{"days":30}', startedAt: 900_000 },
    totalSegments: segments,
    decision: { number: 0 },
    budget: { maxConcurrency: segments, workers: segments, writeUnits },
    marks: { maxFailures: 1_000 },
  });
}
