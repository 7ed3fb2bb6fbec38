import { type BoundChain, bindFollowed } from '../../core/follow/bind-followed.ts';
import { FollowLease, type FollowState } from '../../core/follow/follow-lease.ts';
import type { FollowRecordsPort } from '../../core/follow/follow-ports.ts';
import {
  type Followed,
  type FollowPorts,
  followBatch,
  type Retried,
  retryFailed,
  type StreamRecord,
} from '../../core/follow/follow-stream.ts';
import type { DeployedCode } from '../../core/follow/followed-versions.ts';
import { OpenFailures } from '../../core/follow/open-failures.ts';
import type { FailedKey, FollowControl, FollowedSequence, OpenFailure } from '../../core/ledger/follow.ts';
import type { Version } from '../../core/ledger/versions/version.ts';
import { Pacing } from '../../core/segment/pacing/pacing.ts';
import type { TablePort, Write, WriteResult } from '../../core/segment/table-port.ts';
import type { Image } from '../../core/values/attribute-value.ts';
import { keyOf, keyText } from '../../core/values/table-shape.ts';
import { FakeClock } from './fake-clock.ts';
import { updateIfHolds } from './memory-items.ts';
import { openReadable } from './secrets.ts';
import { contextFor, type File, load, usersShape } from './transformations.ts';

/** A followed table, its stream and its ledger, all in memory, and what was done to them in order. */
export class MemoryFollower implements FollowRecordsPort {
  readonly clock = new FakeClock();
  readonly items = new Map<string, Image>();
  readonly log: string[] = [];
  readonly broughtUpBy: FollowedSequence[] = [];
  readonly failures: FailedKey[] = [];
  readonly lateUntil: number[] = [];
  control: FollowControl | undefined;
  versions: Version[] = [];
  holder: FollowState['holder'];
  isFollowed = true;
  /** Called before each request is done. */
  before: (request: string) => Promise<void> | void = () => {};
  /** What becomes of a request with writes instead. */
  answer: ((writes: readonly Write[]) => WriteResult[]) | undefined;
  deadline = Number.POSITIVE_INFINITY;
  readonly #deployed = new Map<number, DeployedCode>();
  readonly lease: FollowLease;
  readonly #openFailures: OpenFailures;
  readonly #bound = new WeakMap<FollowState, Promise<BoundChain>>();

  constructor(images: readonly Image[] = []) {
    for (const image of images) this.put(image);
    this.lease = new FollowLease({
      read: async () => {
        await this.before('ledger');
        const { versions, holder, isFollowed, control } = this;
        return { versions: [...versions], holder, isFollowed, control };
      },
      clock: this.clock,
      leaseMs: 6000,
      intervalMs: 3000,
    });
    this.#openFailures = new OpenFailures('Users', this, this.lease, this.clock);
  }

  /** Deploys a version that a run applied. */
  applied(sequence: number, file: File, fields: Partial<Version> = {}): this {
    const transformation = load({ ...file, ...{ sequence } } as File, `Users/v${sequence}.ts`);
    const checksum = `c${sequence}`;
    this.#deployed.set(sequence, { checksum, bundleChecksum: checksum, transformation });
    this.versions.push({ table: 'Users', sequence, status: 'applied', checksum, run: 'r1', at: 'then', ...fields });
    return this;
  }

  put(image: Image): void {
    this.items.set(keyText(keyOf(usersShape, image)), image);
  }

  image(id: string): Image | undefined {
    return this.items.get(keyText({ id: { S: id } }));
  }

  follow(records: readonly StreamRecord[]): Promise<Followed> {
    return this.clock.until(followBatch(records, this.#ports()));
  }

  retry(failures: readonly OpenFailure[]): Promise<Retried> {
    return this.clock.until(retryFailed(failures, this.#ports()));
  }

  async say(control: FollowControl, read: FollowControl | undefined): Promise<FollowControl | undefined> {
    await this.before('say');
    if (this.control?.seenAt !== read?.seenAt) return this.control;
    this.log.push(read ? 'seen' : 'create');
    this.control = control;
    return undefined;
  }

  async late(_: string, lateUntil: number): Promise<void> {
    this.lateUntil.push(lateUntil);
  }

  async broughtUp(_: string, sequences: readonly FollowedSequence[]): Promise<void> {
    this.broughtUpBy.push(...sequences);
  }

  async failed(_: string, failures: readonly FailedKey[]): Promise<void> {
    await this.before('failed');
    // One record for each item, of its last try.
    for (const { key } of failures) {
      const index = this.failures.findIndex((failure) => keyText(failure.key) === keyText(key));
      if (index >= 0) this.failures.splice(index, 1);
    }
    this.failures.push(...failures);
    const { control } = this;
    if (control) this.control = { ...control, failures: (control.failures ?? 0) + failures.length, failedAt: failures.at(-1)?.at };
  }

  async openFailures(): Promise<readonly OpenFailure[]> {
    this.log.push('read failures');
    return [...this.failures];
  }

  async closed(_: string, failuresClosed: number): Promise<void> {
    if (this.control) this.control = { ...this.control, failuresClosed };
  }

  async mended(_: string, failures: readonly OpenFailure[]): Promise<void> {
    await this.before('mended');
    for (const { key, at } of failures) {
      this.log.push(`mended ${keyText(key)}`);
      const index = this.failures.findIndex((failure) => keyText(failure.key) === keyText(key) && failure.at === at);
      if (index >= 0) this.failures.splice(index, 1);
    }
  }

  #ports(): FollowPorts {
    return {
      table: 'Users',
      shape: usersShape,
      lease: this.lease,
      leaseMs: 6000,
      bind: (state) => this.#bind(state),
      wire: this.#table(),
      writes: new Pacing(this.clock, Number.POSITIVE_INFINITY),
      reads: new Pacing(this.clock, Number.POSITIVE_INFINITY),
      records: this,
      failures: this.#openFailures,
      clock: this.clock,
      deadline: this.deadline,
      writerAttribute: 'by',
    };
  }

  #bind(state: FollowState): Promise<BoundChain> {
    const known = this.#bound.get(state);
    if (known) return known;
    const bound = bindFollowed(
      state,
      { table: 'Users', shape: usersShape, tableId: undefined },
      {
        loadDeployed: async () => this.#deployed,
        readPreparation: async () => undefined,
        openGiven: openReadable,
        contextOf: (_, sequence) => ({ ...contextFor('up'), sequence }),
      },
    );
    this.#bound.set(state, bound);
    return bound;
  }

  #table(): TablePort {
    const refuse = (): never => {
      throw new Error('A follower does not do that.');
    };
    return {
      readPage: refuse,
      readItem: async (key) => this.items.get(keyText(key)),
      readItems: async (targets) => {
        this.log.push(`read ${targets.length}`);
        const found = targets.map(({ image }) => this.items.get(keyText(keyOf(usersShape, image)))).filter((image) => image !== undefined);
        return { found: found.map((image) => ({ image })), unread: [], readUnits: targets.length };
      },
      writeBatch: async (writes, mayWrite) => {
        await this.before('write');
        if (!mayWrite()) return writes.map(() => ({ kind: 'throttled', isNotSent: true }));
        this.log.push(`write ${writes.length}`);
        const answer = this.answer?.(writes);
        if (answer) return answer;
        return writes.map((write) =>
          updateIfHolds(this.items, write)
            ? { kind: 'written', units: 1 }
            : { kind: 'conditionFailed', image: this.items.get(keyText(write.key)) },
        );
      },
      writeTransaction: refuse,
      writeTogether: refuse,
      putBack: refuse,
    };
  }
}

let sequenceNumber = 0;

/** What the stream shows of a write. */
export function recordOf(image: Image, fields: Partial<StreamRecord> = {}): StreamRecord {
  return {
    sequenceNumber: String(++sequenceNumber),
    key: keyOf(usersShape, image),
    isRemoved: false,
    image,
    at: '2030-01-01T00:00:00.000Z',
    ...fields,
  };
}
