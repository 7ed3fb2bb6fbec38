import { journaled } from '../../core/journal/is-journaled.ts';
import type { Checkpoint, SegmentAssignment } from '../../core/ledger/checkpoint.ts';
import type { Control, TogetherStep } from '../../core/ledger/control.ts';
import type { PauseAfter } from '../../core/ledger/limits/pause-after.ts';
import type { RunStep } from '../../core/ledger/run.ts';
import { togetherAt } from '../../core/ledger/sweep.ts';
import type { LookupSource } from '../../core/lookup/lookup-port.ts';
import { segmentsOfMap, underFreshLimit } from '../../core/run/control/under-limit.ts';
import { scatter } from '../../core/run/map-size.ts';
import type { NextStep } from '../../core/run/next-step.ts';
import { recordDecision } from '../../core/run/record-decision.ts';
import { settlePass } from '../../core/run/settle-pass.ts';
import { withSweepGroups } from '../../core/run/steps/sweep-groups.ts';
import type { CheckpointPort } from '../../core/segment/segment-ports.ts';
import type { Failure } from '../../core/segment/segment-progress.ts';
import type { TablePort, Write, WriteResult } from '../../core/segment/table-port.ts';
import { transformSegment } from '../../core/segment/transform-segment.ts';
import type { TokenPort } from '../../core/segment/writes/change-tokens.ts';
import type { Transformation } from '../../core/transformation/contract.ts';
import type { Image } from '../../core/values/attribute-value.ts';
import { keyOf, keyText } from '../../core/values/table-shape.ts';
import { pseudoRandom } from '../../demo/pseudo-random.ts';
import { type ControlFields, controlOf, runOf } from './control-record.ts';
import { FakeClock } from './fake-clock.ts';
import { updateIfHolds } from './memory-items.ts';
import { MemoryJournals } from './memory-journals.ts';
import { memoryLedger } from './memory-run-ledger.ts';
import { openReadable } from './secrets.ts';
import { contextFor, type File, load, usersShape } from './transformations.ts';

/** What may befall a worker. */
export interface Perils {
  /** Probability of each request of a worker that the worker is killed at it. */
  killed?: number;
  /** The same, that another worker takes the segment while it goes on. */
  replaced?: number;
}

export interface MemoryRunOptions {
  segments: number;
  seed: number;
  perils?: Perils;
  control?: ControlFields;
  /** The port by which workers claim changes, with a defect. */
  tokens?: (port: TokenPort) => TokenPort;
  /** Sweeps one of several versions after the other. */
  oneByOne?: boolean;
  /** Distorts which versions are swept with the first: a defect. */
  together?: (steps: readonly TogetherStep[]) => readonly TogetherStep[];
  lookups?: LookupSource;
  /** Called before each request of a worker: what the application does then. */
  meanwhile?: (run: MemoryRun) => void;
  /** Distorts a checkpoint that is saved: a defect. */
  distort?: (checkpoint: Checkpoint) => Checkpoint;
  /** What the table answers to a write in place of applying it; undefined if it applies it. */
  answers?: (key: string, tries: number) => WriteResult | undefined;
}

/** A worker's claims and what it did with them. */
interface WorkerAccount {
  claimed: number;
  givenBack: number;
  changed: number;
  isDead: boolean;
}

/** A run whose workers, decisions and table are real code over records in memory, in an order that follows from a seed. */
export class MemoryRun {
  readonly clock = new FakeClock();
  readonly table = new Map<string, Image>();
  readonly ledger;
  readonly accounts: WorkerAccount[] = [];
  /** By all workers, whatever they learned of it. */
  readonly consumed = { readUnits: 0, writeUnits: 0 };
  readonly #kept;
  readonly #segments: string[][];
  readonly #transformations = new Map<number, Transformation>();
  readonly #lookups: LookupSource | undefined;
  readonly #meanwhile: () => void;
  readonly #distort: (checkpoint: Checkpoint) => Checkpoint;
  readonly journals = new MemoryJournals();
  readonly failures: Failure[] = [];
  readonly #random: () => number;
  readonly #perils: Perils;
  readonly #answers: NonNullable<MemoryRunOptions['answers']>;
  readonly #tries = new Map<string, number>();
  readonly #withTokens: (port: TokenPort) => TokenPort;
  #decisionNumber = 1;

  /** @param file one, or several versions from v1 on in their order */
  constructor(images: readonly Image[], file: File | readonly File[], options: MemoryRunOptions) {
    const { segments, seed, perils = {}, control, tokens = (port) => port, answers = () => undefined } = options;
    const { meanwhile = () => {}, distort = (checkpoint) => checkpoint } = options;
    this.#meanwhile = () => meanwhile(this);
    this.#distort = distort;
    this.#withTokens = tokens;
    this.#answers = answers;
    for (const image of images) this.table.set(keyText(keyOf(usersShape, image)), image);
    this.#random = pseudoRandom(seed);
    this.clock.random = this.#random;
    this.#perils = perils;
    const files = Array.isArray(file) ? file.map((each: File, index) => ({ ...each, sequence: index + 1 })) : [{ ...file, sequence: 3 }];
    for (const each of files) this.#transformations.set(each.sequence, load(each, `Users/v${each.sequence}.ts`));
    this.#segments = Array.from({ length: segments }, () => []);
    for (const key of this.table.keys()) this.#segments[Math.floor(this.#random() * segments)]?.push(key);
    const { ledger, kept } = memoryLedger([]);
    this.ledger = ledger;
    this.#kept = kept;
    const journalsOf = (sequence: number) => journaled(this.#of(sequence), { direction: 'up', dryRun: false });
    const ofFiles = files.map(
      ({ sequence }): RunStep => ({
        sequence,
        checksum: `c${sequence}`,
        prepares: false,
        ...(Array.isArray(file) ? journalsOf(sequence) : {}),
      }),
    );
    const inGroups = options.oneByOne
      ? ofFiles
      : withSweepGroups(ofFiles, { table: 'Users', transformationOf: (sequence) => this.#of(sequence) });
    kept.run = runOf({ totalSegments: segments, steps: inGroups });
    const [first] = inGroups;
    const { together = (steps: readonly TogetherStep[]) => steps } = options;
    const group = togetherAt(inGroups, 0, () => undefined).together;
    const { joins: _, ...of } = first ?? { sequence: 3, checksum: 'c3', prepares: false };
    const begun = { ...of, ...(group ? { together: together(group) } : {}) };
    this.#lookups = options.lookups;
    for (const { sequence } of [begun, ...(begun.together ?? [])])
      ledger.putVersion({
        table: 'Users',
        sequence,
        status: 'applying',
        checksum: `c${sequence}`,
        run: 'r1',
        execution: 'arn:e1',
        at: 'then',
      });
    const budget = { maxConcurrency: 40, workers: Math.min(40, segments) };
    kept.control = underFreshLimit(controlOf({ ...begun, totalSegments: segments, budget, ...control }), segments);
  }

  #of(sequence: number): Transformation {
    const transformation = this.#transformations.get(sequence);
    if (!transformation) throw new Error(`no version ${sequence}`);
    return transformation;
  }

  get control(): Control {
    return this.#kept.control;
  }

  set control(control: Control) {
    this.#kept.control = control;
  }

  /** Map after Map, until the run waits or ends. */
  async go(): Promise<NextStep['decision']> {
    let step = this.control.decision.kind === 'transform' ? this.#firstMap() : await this.#settle();
    for (let maps = 0; step.decision === 'transform'; maps++) {
      if (maps > 100) throw new Error('the run does not come to an end');
      await this.clock.until(this.#map(step));
      step = await this.#settle();
    }
    return step.decision;
  }

  /** In the order of the segments, the items that are as `is` says. */
  countBySegment(is: (image: Image) => boolean): number[] {
    return this.#segments.map((keys) => keys.filter((key) => is(this.table.get(key) ?? {})).length);
  }

  #firstMap(): Extract<NextStep, { decision: 'transform' }> {
    const { run, table, pass, totalSegments, budget } = this.control;
    const segments = [...segmentsOfMap(this.control, scatter(totalSegments))];
    const { workers: maxConcurrency } = budget;
    return { decision: 'transform', run, table, pass, decisionNumber: 1, maxConcurrency, toleratedFailurePercentage: 10, segments };
  }

  async #settle(): Promise<NextStep> {
    const deciding = { table: 'Users', run: 'r1', decisionNumber: this.#decisionNumber, execution: 'arn:e1', redriveCount: 0 };
    const { ledger, clock } = this;
    const deployedStep = async ({ sequence, checksum, prepares }: Control) => ({ sequence, checksum, prepares });
    const ports = { clock, ledger, deployedStep, stepsAhead: async () => [] };
    const step = await clock.until(recordDecision(deciding, ports, settlePass));
    this.#decisionNumber++;
    return step;
  }

  async #map({ segments, maxConcurrency, pass }: Extract<NextStep, { decision: 'transform' }>): Promise<void> {
    const left = [...segments];
    const lane = async (): Promise<void> => {
      for (let segment = left.shift(); segment !== undefined; segment = left.shift()) await this.#segment({ run: 'r1', pass, segment });
    };
    await Promise.all(Array.from({ length: maxConcurrency }, lane));
  }

  /** Starts workers for a segment, one after the other, until one leaves that is neither killed nor replaced. */
  async #segment(assignment: SegmentAssignment): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      const account: WorkerAccount = { claimed: 0, givenBack: 0, changed: 0, isDead: false };
      this.accounts.push(account);
      const ended = await this.#worker(assignment, account, attempt > 5 ? {} : this.#perils);
      if (ended === 'left') return;
      await this.clock.sleep(1000);
    }
  }

  #worker(assignment: SegmentAssignment, account: WorkerAccount, { killed = 0, replaced = 0 }: Perils): Promise<'left' | 'gone'> {
    const { clock, ledger } = this;
    return new Promise((resolve, reject) => {
      const nothing = new Promise<never>(() => {});
      /** Each request takes a while, and the worker may end before it is made or before its answer. */
      const request = async <T>(make: () => T): Promise<T> => {
        const peril = (): Promise<never> | undefined => {
          if (account.isDead) return nothing;
          if (this.#random() < replaced) resolve('gone');
          if (this.#random() >= killed) return undefined;
          account.isDead = true;
          resolve('gone');
          return nothing;
        };
        await clock.sleep(1 + this.#random() * 20);
        await peril();
        this.#meanwhile();
        const answer = make();
        await clock.sleep(1 + this.#random() * 20);
        await peril();
        return answer;
      };
      transformSegment(assignment, {
        worker: `w${this.accounts.length}`,
        clock,
        readControl: (run) => request(() => ledger.controls.get(run)),
        checkpoints: this.#checkpoints(request),
        tokens: this.#withTokens(this.#tokens(request, account)),
        loadTransformation: async (_, { sequence }) => ({ transformation: this.#of(sequence), checksum: `c${sequence}` }),
        journal: this.journals,
        ...(this.#lookups ? { lookups: this.#lookups } : {}),
        readPreparation: async () => undefined,
        openGiven: openReadable,
        openTable: () => this.#tableOf(assignment.segment, request, account),
        openSeeds: () => {
          throw new Error('not expected');
        },
        contextOf: () => contextFor('up'),
        deadline: { read: Number.POSITIVE_INFINITY, write: Number.POSITIVE_INFINITY },
        log: () => {},
        measure: () => {},
      }).then(({ more }) => {
        if (more) reject(new Error('the worker says that it has more to do'));
        resolve('left');
      }, reject);
    });
  }

  #checkpoints(request: Requesting): CheckpointPort {
    const { ledger } = this;
    const read = ({ run, pass, segment }: SegmentAssignment) => ledger.checkpointsByPass.get(`${run}#${pass}`)?.get(segment);
    const put = (checkpoint: Checkpoint, mayBe: (before: Checkpoint | undefined) => boolean): boolean => {
      if (!mayBe(read(checkpoint))) return false;
      ledger.putCheckpoints([checkpoint]);
      return true;
    };
    return {
      read: (assignment) => request(() => read(assignment)),
      take: (taken, savesRead = 0) =>
        request(() => put(taken, (before) => (before?.attempt ?? 0) === taken.attempt - 1 && (before?.saves ?? 0) === savesRead)),
      save: (saved) =>
        request(() => put(this.#distort(saved), (before) => before?.attempt === saved.attempt && before.saves < saved.saves)),
      recordFailures: async (_, failures) => void this.failures.push(...failures),
      recordToChange: async () => {},
    };
  }

  #tokens(request: Requesting, account: WorkerAccount): TokenPort {
    const { claims } = this.ledger;
    return {
      claim: (run, limit, count) =>
        request(() => {
          const { items } = limit;
          const before = claims.get(claimsOf(run, limit)) ?? 0;
          const claimed = before + count <= items ? count : 0;
          claims.set(claimsOf(run, limit), before + claimed);
          account.claimed += claimed;
          return { claimed, left: items - before - claimed };
        }),
      giveBack: (run, limit, count) =>
        request(() => {
          claims.set(claimsOf(run, limit), (claims.get(claimsOf(run, limit)) ?? 0) - count);
          account.givenBack += count;
        }),
    };
  }

  #tableOf(segment: number, request: Requesting, account: WorkerAccount): TablePort {
    const keys = this.#segments[segment] ?? [];
    const imageOf = (key: string): Image => this.table.get(key) ?? {};
    const refused = () => Promise.reject(new Error('not expected'));
    return {
      readPage: ({ position, limit = 5 }) =>
        request(() => {
          const from = position ? keys.indexOf(keyText(position)) + 1 : 0;
          const images = keys.slice(from, from + Math.min(limit, 5)).map(imageOf);
          this.consumed.readUnits++;
          const last = from + images.length < keys.length ? images.at(-1) : undefined;
          return { images, position: last && keyOf(usersShape, last), readUnits: 1 };
        }),
      readItem: (key) => request(() => this.table.get(keyText(key))),
      writeBatch: (writes, mayWrite) =>
        request(() => writes.map((write) => (mayWrite() ? this.#apply(write, account) : { kind: 'throttled', isNotSent: true }))),
      readItems: refused,
      writeTransaction: refused,
      writeTogether: refused,
      putBack: refused,
    };
  }

  #apply(write: Write, account: WorkerAccount): WriteResult {
    this.consumed.writeUnits += write.units;
    const text = keyText(write.key);
    const tries = (this.#tries.get(text) ?? 0) + 1;
    this.#tries.set(text, tries);
    const answer = this.#answers(text, tries);
    if (answer) return answer;
    if (!updateIfHolds(this.table, write)) return { kind: 'conditionFailed', image: this.table.get(text) };
    account.changed++;
    return { kind: 'written' };
  }
}

type Requesting = <T>(make: () => T) => Promise<T>;

/** As in the ledger: a run that goes on with another one's limit counts with it. */
function claimsOf(run: string, limit: PauseAfter): string {
  return `${limit.run ?? run}#${limit.since}`;
}
