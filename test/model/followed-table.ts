import { Table } from '../../aws/table/table.ts';
import type { ItemDecision } from '../../core/change/change.ts';
import type { Chain } from '../../core/change/decide-chain.ts';
import { andThen } from '../../core/change/maybe-promise.ts';
import { bindFollowed } from '../../core/follow/bind-followed.ts';
import { FollowLease, type FollowState } from '../../core/follow/follow-lease.ts';
import { followBatch, type StreamRecord } from '../../core/follow/follow-stream.ts';
import type { DeployedCode } from '../../core/follow/followed-versions.ts';
import { OpenFailures } from '../../core/follow/open-failures.ts';
import type { Checkpoint } from '../../core/ledger/checkpoint.ts';
import type { Control } from '../../core/ledger/control.ts';
import { followQuietMs } from '../../core/ledger/follow.ts';
import type { Version } from '../../core/ledger/versions/version.ts';
import { whyNotLeft } from '../../core/run/left-to-follower.ts';
import { Pacing } from '../../core/segment/pacing/pacing.ts';
import { transformSegment } from '../../core/segment/transform-segment.ts';
import type { Direction } from '../../core/transformation/contract.ts';
import type { Image } from '../../core/values/attribute-value.ts';
import { keyOf, keyText } from '../../core/values/table-shape.ts';
import { pseudoRandom } from '../../demo/pseudo-random.ts';
import { controlOf, withFields } from '../support/control-record.ts';
import { openReadable } from '../support/secrets.ts';
import { contextFor, type File, load, usersShape } from '../support/transformations.ts';
import { Findings } from './findings.ts';
import { FollowLedger } from './follow-ledger.ts';
import type { FollowDefect, FollowSchedule } from './follow-schedule.ts';
import { followedFiles, sequences } from './followed-files.ts';
import { imageText } from './image-text.ts';
import { MemoryLedger } from './memory-ledger.ts';
import { MemoryServer } from './memory-server.ts';
import { MemoryTable } from './memory-table.ts';
import { memoryWire } from './memory-wire.ts';
import { type Fault, faults, InjectedError, Network } from './network.ts';
import { type Process, Scheduler } from './scheduler.ts';

const leaseMs = 6000;
const signatureLifetimeMs = 60_000;
const maxSteps = 20_000;
const maxFrozenMs = 40_000;
const maxPauseSteps = 40;
/** The tables of the model are so small that an old writer may change most of them. */
const enoughItems = 1_000_000;
/** More than any schedule needs to come to rest. */
const maxFollowerWrites = 400;
const passesBesideOldCode = 3;

export interface FollowResult {
  violation: string | undefined;
  trace: readonly string[];
  broughtUp: number;
  late: number;
  /** Items of which a function threw, each time. */
  failed: number;
  /** Runs up that ended a version although its last pass changed something. */
  left: number;
}

export async function runFollowSchedule(schedule: FollowSchedule, defect: FollowDefect = {}): Promise<FollowResult> {
  const world = new FollowWorld(schedule, defect);
  await world.run();
  return {
    violation: world.findings.violation,
    trace: world.scheduler.trace,
    broughtUp: world.broughtUp,
    late: world.late,
    failed: world.followLedger.failuresCounted,
    left: world.left,
  };
}

interface Shard {
  records: StreamRecord[];
  /** The one that it continues. */
  parent: Shard | undefined;
  /** Those that continue it, once it is split and gets no more records. */
  children: Shard[];
  position: number;
  follower: Process;
  lease: FollowLease;
  isBusy: boolean;
}

function isDrained({ isBusy, position, records }: Shard): boolean {
  return !isBusy && position >= records.length;
}

class FollowWorld {
  readonly findings = new Findings();
  readonly scheduler: Scheduler;
  readonly followLedger: FollowLedger;
  broughtUp = 0;
  late = 0;
  left = 0;
  readonly #schedule: FollowSchedule;
  readonly #defect: FollowDefect;
  readonly #chance: () => number;
  readonly #network: Network;
  readonly #table: MemoryTable;
  readonly #server: MemoryServer;
  readonly #deployed: Map<number, DeployedCode>;
  readonly #shards: Shard[];
  #versions: Version[];
  #holder: FollowState['holder'];
  #followers = 0;
  #followerWrites = 0;
  #touched = 0;
  #writesLeft: number;
  #writesBeside = 0;
  #values = 0;
  #runIsOver = false;
  /** Before a run removes what old code writes, that code must be gone, and what it wrote brought up: docs/process.md. */
  #oldCodeIsGone = false;
  #isCalm = false;
  #splitsLeft: number;
  #deletesLeft: number;
  #badLeft: number;
  /** The version of which containers that begin now have other code. */
  #otherCode: number | undefined;
  #deploysLeft: number;
  /** By container: the version of which it has other code. */
  readonly #otherCodeOf = new WeakMap<Process, number>();
  /** By key: its newest record. */
  readonly #newest = new Map<string, object>();
  /** Keys whose newest record a follower with other code has passed over. */
  readonly #passedOver = new Set<string>();
  /** Versions of which the run has begun to take the items back, and has not applied them again. */
  readonly #takenBack = new Set<number>();
  /** By key: what the application wrote last, and how often it counted. */
  readonly #expected = new Map<string, { value: string; count: number } | undefined>();

  constructor(schedule: FollowSchedule, defect: FollowDefect) {
    this.#schedule = schedule;
    this.#defect = defect;
    this.scheduler = new Scheduler(schedule.order);
    this.scheduler.maxNetworkMs = 2000;
    this.#chance = pseudoRandom(schedule.order + 1);
    this.#network = new Network(this.scheduler);
    this.#network.signatureLifetimeMs = signatureLifetimeMs;
    this.#network.lateBy = (label, process) => this.#lateBy(label, process);
    this.followLedger = new FollowLedger(this.#network, this.scheduler, this.findings, defect.hidesBreaks);
    this.#table = new MemoryTable(usersShape, () => this.scheduler.now);
    this.#writesLeft = schedule.writes;
    this.#splitsLeft = schedule.splits;
    this.#deletesLeft = schedule.deletes;
    this.#badLeft = schedule.bad;
    this.#deploysLeft = schedule.deploys;
    this.#server = new MemoryServer({
      table: this.#table,
      scheduler: this.scheduler,
      pageSize: 2,
      staleness: () => 0,
      indexShows: () => 0,
      distort: (operation) => (defect.operation && !this.#isCalm ? defect.operation(operation) : operation),
      aroundOperation: () => {},
      onCommit: ({ request, change: { before, after } }) => this.#committed(request.process, before, after),
    });
    this.#deployed = new Map(
      sequences.map((sequence) => {
        const follows = schedule.optsOut && sequence === 3 ? { follows: false } : {};
        const transformation = load({ ...followedFiles[sequence], ...{ sequence }, ...follows } as File, `Users/v${sequence}.ts`);
        return [sequence, { checksum: `c${sequence}`, transformation }];
      }),
    );
    this.#versions = sequences.map((sequence) => this.#version(sequence, 'applied', 'before'));
    for (let item = 0; item < schedule.items; item++) {
      const image = { id: { S: String(item) }, x: { S: 'of 0' }, y: { S: 'y of 0' } };
      this.#table.replace(image, image);
      this.#expected.set(String(item), { value: '0', count: 0 });
    }
    this.#shards = [this.#newShard(undefined), this.#newShard(undefined)];
  }

  #newShard(parent: Shard | undefined): Shard {
    const follower: Process = { name: 'nobody', dead: true };
    return { records: [], parent, children: [], position: 0, follower, lease: this.#leaseOf(follower), isBusy: false };
  }

  /** Closes a shard; what is written to its keys from now on is in one of two others. */
  #split(shard: Shard | undefined): void {
    if (!shard || shard.children.length > 0) return;
    this.#splitsLeft--;
    shard.children = [this.#newShard(shard), this.#newShard(shard)];
    this.#shards.push(...shard.children);
    this.scheduler.note('a shard is split');
  }

  #shardOf(id: number): Shard | undefined {
    let shard = this.#shards[id % 2];
    for (let rest = id >> 1; shard && shard.children.length > 0; rest >>= 1) shard = shard.children[rest % 2];
    return shard;
  }

  #anyShard(): Shard | undefined {
    return this.#shards[Math.floor(this.#chance() * this.#shards.length)];
  }

  #mayRead({ parent }: Shard): boolean {
    return !parent || this.#schedule.childrenFirst || isDrained(parent);
  }

  async run(): Promise<void> {
    const run = this.#run().catch((error: unknown) =>
      this.findings.violate(`the run threw ${error instanceof Error ? error.stack : error}`),
    );
    while (!this.#isOver && !this.findings.violation) {
      this.#interfere();
      for (const shard of this.#shards)
        if (!shard.isBusy && shard.position < shard.records.length && this.#mayRead(shard)) this.#invoke(shard);
      if (!(await this.scheduler.goOn()) && !this.#canActAlone && !this.#isOver) this.findings.violate('nobody goes on');
      this.#network.deliverLate();
      if (this.scheduler.stepsTaken > maxSteps) this.findings.violate('the schedule does not end');
      if (this.#followerWrites > maxFollowerWrites) this.findings.violate('the follower writes without end');
    }
    if (this.findings.violation) return;
    await run;
    this.#checkEnd();
  }

  get #isOver(): boolean {
    return this.#runIsOver && this.#writesLeft === 0 && this.#isCalm && this.#isDrained;
  }

  get #isDrained(): boolean {
    return this.#shards.every(isDrained);
  }

  get #canActAlone(): boolean {
    return this.#writesLeft > 0 || !this.#isCalm || this.#shards.some(({ position, records }) => position < records.length);
  }

  /** What happens from outside, at any step: writes of the application, kills, faults, records that come again. */
  #interfere(): void {
    const { kills, faults: disturbances } = this.#schedule;
    const roll = this.#chance();
    if (this.#writesBeside > 0 && roll < 0.3) {
      this.#writesBeside--;
      this.#applicationWrites();
    } else if (this.#writesLeft > 0 && roll < 0.06) {
      this.#writesLeft--;
      this.#applicationWrites();
    } else if (this.#isCalm) return;
    else if (roll < 0.06 + 0.004 * kills) this.#kill(this.#anyShard());
    else if (roll < 0.08 + 0.004 * disturbances) this.#network.disturb(this.#pick<Fault>(faults), Math.floor(this.#chance() * 4));
    else if (roll < 0.12) {
      const { follower } = this.#anyShard() ?? {};
      if (follower) follower.frozenUntil = this.scheduler.now + Math.floor(this.#chance() * maxFrozenMs);
    } else if (roll < 0.14) {
      const shard = this.#anyShard();
      if (shard && !shard.isBusy && !this.#defect.onceOnly) shard.position = Math.max(0, shard.position - 2);
    } else if (roll < 0.17 && this.#splitsLeft > 0) this.#split(this.#anyShard());
    else if (roll < 0.19) this.#deploy();
    if (this.#writesLeft === 0 && this.#runIsOver && !this.#isCalm) {
      this.#isCalm = true;
      this.#otherCode = undefined;
      this.#network.calmDown();
      this.#network.deliverLate(Number.POSITIVE_INFINITY);
    }
  }

  /** Old code sets the old attribute only; new code, which begins when all versions are applied, writes the new shape. */
  #applicationWrites(): void {
    const id = String(Math.floor(this.#chance() * this.#schedule.items));
    const key = { id: { S: id } };
    const present = this.#table.get(key);
    if (present && this.#deletesLeft > 0 && this.#chance() < 0.2) {
      this.#deletesLeft--;
      this.scheduler.note(`the application, or its time to live, deletes ${imageText(present)}`);
      this.#expected.set(id, undefined);
      this.#table.replace(key, undefined);
      this.#stream(present, undefined);
      return;
    }
    // Only old code makes new items.
    if (!present && this.#oldCodeIsGone) return;
    const expected = this.#expected.get(id) ?? { value: '0', count: 0 };
    const roll = this.#chance();
    const isNewest = this.#versions.every(({ status }) => status === 'applied') && this.#holder === undefined;
    let after: Image;
    if (present && (roll < 0.25 || this.#oldCodeIsGone)) {
      expected.count++;
      after = { ...key, ...present, n: { N: String(expected.count) } };
    } else {
      expected.value = String(++this.#values);
      if (this.#badLeft > 0 && this.#chance() < 0.3) {
        this.#badLeft--;
        expected.value = `bad ${expected.value}`;
        after = { ...key, ...present, a: { S: expected.value } };
      } else if (isNewest && roll < 0.5) {
        const { a: _, s: __, ...rest } = present ?? {};
        after = { ...rest, ...key, x: { S: `of ${expected.value}` }, y: { S: `y of ${expected.value}` } };
      } else after = { ...key, ...present, a: { S: expected.value } };
    }
    this.#expected.set(id, expected);
    this.scheduler.note(`the application: ${imageText(present)} becomes ${imageText(after)}`);
    this.#table.replace(key, after);
    this.#stream(present, after);
  }

  /** Other code of a version, or the code of the run again. */
  #deploy(): void {
    if (this.#otherCode !== undefined) this.#otherCode = undefined;
    else if (this.#deploysLeft > 0 && !this.#runIsOver) {
      this.#deploysLeft--;
      this.#otherCode = this.#pick(sequences);
    } else return;
    this.scheduler.note(
      `the follower has ${this.#otherCode === undefined ? 'the code of the run again' : `other code of v${this.#otherCode}`}`,
    );
  }

  #stream(before: Image | undefined, after: Image | undefined): void {
    const image = after ?? before;
    if (!image || (before && after && imageText(before) === imageText(after))) return;
    const text = keyText(keyOf(usersShape, image));
    this.#passedOver.delete(text);
    const shard = this.#shardOf(Number((image['id'] as { S: string }).S));
    if (!shard) return;
    const record = {
      sequenceNumber: String(shard.records.length),
      key: keyOf(usersShape, image),
      isRemoved: after === undefined,
      image: this.#schedule.order % 3 === 0 && !this.#defect.decidesOnOldImage ? undefined : after,
      at: this.#now,
    };
    shard.records.push(record);
    this.#newest.set(text, record);
  }

  get #now(): string {
    return new Date(this.scheduler.now).toISOString();
  }

  #committed(process: Process, before: Image | undefined, after: Image | undefined): void {
    this.scheduler.note(`${process.name}: ${imageText(before)} becomes ${imageText(after)}`);
    this.#stream(before, after);
    if (!before && after) this.findings.violate(`${process.name} makes an item again that was deleted`);
    if (!process.name.startsWith('follower')) return;
    this.#followerWrites++;
    const added = (name: string) => after?.[name] !== undefined && before?.[name] === undefined;
    if (this.#takenBack.has(2) && added('y')) this.findings.violate('the follower adds what the run takes back');
    if (this.#takenBack.has(3) && before?.['a'] !== undefined && after?.['a'] === undefined)
      this.findings.violate('the follower removes what the run restores');
  }

  #invoke(shard: Shard): void {
    // After a deploy, containers of before are still called for a while.
    const isOutdated = this.#otherCodeOf.get(shard.follower) !== this.#otherCode && this.#chance() < 0.5;
    if (shard.follower.dead || isOutdated) {
      shard.follower = { name: `follower ${++this.#followers}`, dead: false };
      shard.lease = this.#leaseOf(shard.follower);
      if (this.#otherCode !== undefined) this.#otherCodeOf.set(shard.follower, this.#otherCode);
    }
    const { follower, position } = shard;
    const batch = shard.records.slice(position, position + 3);
    shard.isBusy = true;
    this.#follow(shard, follower, batch).then(
      (failedFrom) => {
        if (shard.follower !== follower) return;
        shard.isBusy = false;
        shard.position = failedFrom === undefined ? position + batch.length : Number(failedFrom);
      },
      (error: unknown) => {
        if (!(error instanceof InjectedError))
          this.findings.violate(`${follower.name} threw ${error instanceof Error ? error.stack : error}`);
        if (shard.follower === follower) shard.isBusy = false;
      },
    );
  }

  async #follow(shard: Shard, process: Process, batch: readonly StreamRecord[]): Promise<string | undefined> {
    const { scheduler } = this;
    await scheduler.step(process, 'process', 'is invoked');
    const clock = scheduler.clockOf(process);
    const network = this.#network;
    const { withoutFence } = this.#defect;
    const wire = memoryWire({ server: this.#server, network, scheduler, process, findings: this.findings, onHandOver: () => {} });
    const unguarded: typeof wire = {
      send: (operation, body, mayWrite) => wire.send(operation, body, withoutFence && mayWrite ? () => true : mayWrite),
    };
    const table = new Table(unguarded, usersShape, undefined);
    const records = this.followLedger.portFor(process);
    const open = new OpenFailures('Users', records, shard.lease, clock);
    if (this.#defect.forgetsUnconfirmed) {
      const mend = open.mend.bind(open);
      open.mend = (keys, isDue) => mend(keys, isDue, async (failures) => failures);
    }
    const { failedFrom, did } = await followBatch(batch, {
      ...{
        table: 'Users',
        shape: usersShape,
        lease: shard.lease,
        leaseMs,
        clock,
        wire: this.#recreating(this.#onOldImage(table), process),
        signatureLifetimeMs,
      },
      bind: async (state) => this.#bind(state, process),
      writes: new Pacing(clock, Number.POSITIVE_INFINITY),
      reads: new Pacing(clock, Number.POSITIVE_INFINITY),
      records,
      failures: open,
      deadline: scheduler.now + 60_000,
    });
    this.broughtUp += did?.changed ?? 0;
    if (this.#otherCodeOf.has(process) || !did)
      for (const record of batch.slice(0, failedFrom === undefined ? undefined : Number(failedFrom) - Number(batch[0]?.sequenceNumber))) {
        const text = keyText(record.key);
        if (this.#newest.get(text) === record) this.#passedOver.add(text);
      }
    // As Lambda does.
    if (failedFrom !== undefined) await clock.sleep(1000);
    return failedFrom;
  }

  /** The condition does not prove that the image is the present one. */
  #onOldImage(table: Table): Table {
    if (!this.#defect.decidesOnOldImage) return table;
    const write = table.writeBatch.bind(table);
    table.writeBatch = (writes, mayWrite) =>
      write(
        writes.map((each) => ({ ...each, condition: { equals: { names: [], values: [] }, missing: [] } })),
        mayWrite,
      );
    return table;
  }

  /** As if an item could not be deleted while it is written. */
  #recreating(table: Table, process: Process): Table {
    if (!this.#defect.recreates) return table;
    const write = table.writeBatch.bind(table);
    table.writeBatch = async (writes, mayWrite) => {
      const results = await write(writes, mayWrite);
      for (const [index, { key, change }] of writes.entries()) {
        if (results[index]?.kind !== 'conditionFailed' || this.#table.get(key) || change.item?.kind !== 'update') continue;
        const after = { ...key, ...change.item.set };
        this.#table.replace(key, after);
        this.#committed(process, undefined, after);
      }
      return results;
    };
    return table;
  }

  #bind(state: FollowState, process: Process) {
    const { withoutOrderRule } = this.#defect;
    const deployed = [...this.#deployed].map(([sequence, code]): [number, DeployedCode] => [
      sequence,
      sequence === this.#otherCodeOf.get(process) ? { ...code, checksum: 'other' } : code,
    ]);
    const files = new Map(deployed.filter(([sequence]) => sequence < 3 || !withoutOrderRule));
    const versions = withoutOrderRule ? state.versions.filter(({ sequence }) => sequence < 3) : state.versions;
    const bound = bindFollowed(
      { ...state, versions },
      { table: 'Users', shape: usersShape, tableId: undefined },
      {
        loadDeployed: async () => files,
        readPreparation: async () => undefined,
        openGiven: openReadable,
        contextOf: (_, sequence) => ({ ...contextFor('up'), sequence }),
      },
    );
    return this.#defect.writesOwnAgain ? bound.then(({ chain, ...rest }) => ({ ...rest, chain: chain && this.#touching(chain) })) : bound;
  }

  #touching(chain: Chain): Chain {
    const decide: Chain['decide'] = (image, place, note) =>
      andThen(chain.decide(image, place, note), (decision): ItemDecision => {
        if (decision.outcome === 'changed') return decision;
        const set = { touched: { N: String(++this.#touched) } };
        return { outcome: 'changed', change: { item: { kind: 'update', set, remove: [] }, inserts: [] }, differing: false };
      });
    return { ...chain, decide };
  }

  #leaseOf(process: Process): FollowLease {
    const lease = new FollowLease({
      read: () =>
        this.#network.send(process, 'the ledger is read', async () => ({
          versions: [...this.#versions],
          holder: this.#holder,
          isFollowed: true,
          control: this.followLedger.control,
        })),
      clock: this.scheduler.clockOf(process),
      leaseMs,
      intervalMs: 3000,
    });
    if (this.#defect.withoutFence) {
      lease.isStill = () => true;
      lease.holdsLease = () => true;
    }
    return lease;
  }

  #kill(shard: Shard | undefined): void {
    if (!shard || shard.follower.dead) return;
    this.scheduler.note(`${shard.follower.name} is killed`);
    this.scheduler.kill(shard.follower, this.#chance() < 0.5 ? 'arrives' : 'dropped');
    shard.isBusy = false;
    // That it had a request on its way, nobody can know: it arrives while a run waits for the lease.
    this.#network.deliverLate(Number.POSITIVE_INFINITY);
  }

  #lateBy(label: string, process: Process): number | undefined {
    if (label !== 'BatchExecuteStatement' || !process.name.startsWith('follower') || this.#isCalm) return undefined;
    if (this.late >= this.#schedule.late || this.#chance() < 0.5) return undefined;
    this.late++;
    return Math.floor(this.#chance() * 400);
  }

  async #run(): Promise<void> {
    const process: Process = { name: 'run', dead: false };
    const { down, up, optsOut, bad, besideAgain } = this.#schedule;
    await this.#pause(process);
    for (let sequence = 3; sequence > 3 - down; sequence--) await this.#settle(process, 'down', sequence);
    this.#holder = undefined;
    await this.#pause(process);
    // What was not followed is not brought up, so that v3 must not run again.
    if (up && !optsOut)
      for (let sequence = 4 - down; sequence <= 3; sequence++) {
        this.#oldCodeIsGone = sequence === 3;
        if (sequence === 3) this.#showPassedOver();
        while (sequence === 3 && !this.#isDrained) await this.scheduler.clockOf(process).sleep(1000);
        await this.#settle(process, 'up', sequence);
      }
    this.#oldCodeIsGone = false;
    if (down > 0 && !up && bad === 0 && besideAgain > 0) await this.#settle(process, 'up', 1);
    this.#holder = undefined;
    await this.#pause(process);
    this.#runIsOver = true;
  }

  /** The follower has the code of the run from now on, and gets to see what it passed over. */
  #showPassedOver(): void {
    this.#deploysLeft = 0;
    this.#otherCode = undefined;
    for (const shard of this.#shards) if (this.#otherCodeOf.has(shard.follower)) this.#kill(shard);
    for (const image of this.#table.all()) if (this.#passedOver.has(keyText(keyOf(usersShape, image)))) this.#stream(undefined, image);
  }

  /** While others act. */
  async #pause(process: Process): Promise<void> {
    for (let steps = Math.floor(this.#chance() * maxPauseSteps); steps > 0; steps--)
      await this.scheduler.step(process, 'process', 'is not begun');
  }

  async #settle(process: Process, direction: Direction, sequence: number): Promise<void> {
    const run = `run ${direction}`;
    const clock = this.scheduler.clockOf(process);
    this.scheduler.note(`${run} takes v${sequence}`);
    if (direction === 'up') this.#takenBack.delete(sequence);
    this.#setVersion(this.#version(sequence, direction === 'up' ? 'applying' : 'rollingBack', run));
    this.#holder = { run, isRunning: true, waitsForFollower: true };
    if (!this.#defect.runDoesNotWait) {
      await clock.sleep(followQuietMs(leaseMs));
      const lateUntil = await this.#untilAnswered(process, 'lateUntil is read', () => this.followLedger.lateUntil);
      while (this.scheduler.now < lateUntil) await clock.sleep(lateUntil - this.scheduler.now);
      // What is still on its way has a signature that is too old.
      if (lateUntil > 0) this.scheduler.now = Math.max(this.scheduler.now, lateUntil + 1);
    }
    if (direction === 'down') this.#takenBack.add(sequence);
    await this.#passes(process, direction, sequence);
    this.#writesBeside = 0;
    this.#setVersion(this.#version(sequence, direction === 'up' ? 'applied' : 'rolledBack', run));
    this.scheduler.note(`${run} has settled v${sequence}`);
  }

  async #untilAnswered<T>(process: Process, label: string, serve: () => T): Promise<T> {
    for (;;) {
      try {
        return await this.#network.send(process, label, async () => serve());
      } catch (error) {
        if (!(error instanceof InjectedError)) throw error;
      }
    }
  }

  /** Passes until one is clean, up to a limit: old code may write the old shape all the time. */
  async #passes(process: Process, direction: Direction, sequence: number): Promise<void> {
    const transformation = this.#deployed.get(sequence)?.transformation;
    if (!transformation) throw new Error('all versions are deployed');
    const control = controlOf({
      run: 'run',
      table: 'Users',
      shape: usersShape,
      direction,
      sequence,
      checksum: `c${sequence}`,
      totalSegments: 1,
    });
    const ledger = new MemoryLedger(control, this.#network, this.findings);
    const wire = memoryWire({
      server: this.#server,
      network: this.#network,
      scheduler: this.scheduler,
      process,
      findings: this.findings,
      onHandOver: () => {},
    });
    for (let pass = 1; pass < 30; pass++) {
      ledger.control = withFields(ledger.control, { pass });
      this.#writesBeside = sequence === 1 && pass <= passesBesideOldCode ? this.#schedule.besideAgain : 0;
      for (;;) {
        const now = this.scheduler.now;
        const { more } = await transformSegment(ledger.assignment(0), {
          ...{ worker: 'run', clock: this.scheduler.clockOf(process), signatureLifetimeMs },
          readControl: () => ledger.readControl(process),
          checkpoints: ledger.checkpointsFor(process),
          loadTransformation: async () => ({ transformation, checksum: `c${sequence}` }),
          readPreparation: async () => undefined,
          openGiven: openReadable,
          openTable: () => new Table(wire, usersShape, undefined),
          openSeeds: () => {
            throw new Error('no seeds');
          },
          contextOf: () => ({ ...contextFor(direction), sequence }),
          deadline: { read: now + 600_000, write: now + 900_000 },
          log: () => {},
          measure: () => {},
        }).catch((error: unknown) => {
          if (!(error instanceof InjectedError)) throw error;
          return { more: true };
        });
        if (!more && ledger.isDone(0)) break;
      }
      if (ledger.failures.size > 0) this.findings.violate(`items failed in the run ${direction}: ${[...ledger.failures.keys()]}`);
      const checkpoint = ledger.checkpoint(ledger.assignment(0));
      if (!checkpoint?.dirty || this.findings.violation) return;
      if (direction === 'up' && (await this.#isLeft(process, ledger.control, checkpoint))) return this.#leave(sequence);
      const { changed } = checkpoint.counters;
      ledger.control = withFields(ledger.control, { convergence: { changedBefore: changed, begunAt: this.scheduler.now } });
    }
  }

  async #isLeft(process: Process, control: Control, checkpoint: Checkpoint): Promise<boolean> {
    if (this.#defect.leavesUnasked) return control.pass > 1;
    const follower = await this.#untilAnswered(process, 'the follower is read', () => ({
      control: this.followLedger.control,
      versions: this.followLedger.broughtUp,
    }));
    const asked = { control, checkpoints: new Map([[0, checkpoint]]), versions: this.#versions, follower };
    return !whyNotLeft({ ...asked, counters: { ...checkpoint.counters, scanned: enoughItems }, now: this.scheduler.now });
  }

  /** What is of the older shape now must come to the follower. Old code writes what v1 derives from, so only of v1 a pass can find it. */
  #leave(sequence: number): void {
    this.left++;
    this.scheduler.note(`the run leaves the rest of v${sequence} to the follower`);
    for (const image of this.#table.all()) {
      const text = keyText(keyOf(usersShape, image));
      if (this.#passedOver.has(text) && !this.#hasShapeOf(sequence, image))
        this.findings.violate(`an item is left to the follower, which has passed it over: ${imageText(image)}`);
    }
  }

  #hasShapeOf(sequence: number, image: Image): boolean {
    const value = this.#expected.get((image['id'] as { S: string }).S)?.value;
    return sequence > 1 || imageText({ x: image['x'] ?? { S: '' } }) === imageText({ x: { S: `of ${value}` } });
  }

  #version(sequence: number, status: Version['status'], run: string): Version {
    return { table: 'Users', sequence, status, checksum: `c${sequence}`, run, at: this.#now };
  }

  #setVersion(version: Version): void {
    this.#versions = this.#versions.map((each) => (each.sequence === version.sequence ? version : each));
  }

  #checkEnd(): void {
    const inTable = this.#versions.filter(({ status }) => status === 'applied').length;
    const isFollowed = !this.#schedule.optsOut || inTable < 3;
    for (const [id, expected] of this.#expected)
      if (expected && !this.#table.get({ id: { S: id } })) this.findings.violate(`an item is lost: ${id}`);
    for (const image of this.#table.all()) {
      const text = imageText(image);
      const id = keyText(keyOf(usersShape, image));
      const expected = this.#expected.get((image['id'] as { S: string }).S);
      if (!expected) this.findings.violate(`a deleted item is back: ${text}`);
      const value = 'a' in image ? (image['a'] as { S: string }).S : (image['x'] as { S: string }).S.slice(3);
      if (value !== expected?.value) this.findings.violate(`a write is lost: ${id} has ${value} and not ${expected?.value}: ${text}`);
      const count = Number((image['n'] as { N: string } | undefined)?.N ?? 0);
      if (count !== expected?.count) this.findings.violate(`a write is lost: ${id} counted ${count} and not ${expected?.count}`);
      if (this.#schedule.optsOut && this.#schedule.down === 0 && 's' in image)
        this.findings.violate(`v1 adds again what v3 removed: ${text}`);
      if (!isFollowed || this.#passedOver.has(id)) continue;
      if (value.startsWith('bad')) {
        if (!this.followLedger.hasFailure(id)) this.findings.violate(`an item fails, and that is forgotten: ${text}`);
        continue;
      }
      if (inTable === 3 && ('a' in image || 's' in image)) this.findings.violate(`an item has not the shape of v3: ${text}`);
      // While v3 was in the table and not followed, v2 was not either.
      if (
        !this.#schedule.optsOut &&
        inTable >= 2 &&
        image['x'] &&
        imageText({ y: image['y'] ?? { S: '' } }) !== imageText({ y: { S: `y of ${expected?.value}` } })
      )
        this.findings.violate(`an item has not the shape of v2: ${text}`);
      if (inTable < 2 && 'y' in image) this.findings.violate(`an item has the shape of v2, which was taken back: ${text}`);
      if (inTable < 3 && !('a' in image)) this.findings.violate(`an item has the shape of v3, which was taken back: ${text}`);
    }
  }

  #pick<T>(list: readonly T[]): T {
    return list[Math.floor(this.#chance() * list.length)] as T;
  }
}
