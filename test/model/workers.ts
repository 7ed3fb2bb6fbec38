import { Table } from '../../aws/table/table.ts';
import type { GivenValues } from '../../core/ledger/given.ts';
import type { LookupSource } from '../../core/lookup/lookup-port.ts';
import type { TransformSegmentPorts } from '../../core/segment/segment-ports.ts';
import { transformSegment } from '../../core/segment/transform-segment.ts';
import { footprintOf, namesOf } from '../../core/transformation/footprint.ts';
import { withFields } from '../support/control-record.ts';
import { openReadable } from '../support/secrets.ts';
import type { Defect } from './defects.ts';
import type { Findings, Limit } from './findings.ts';
import type { MemoryJournal } from './memory-journal.ts';
import type { MemoryLedger } from './memory-ledger.ts';
import type { MemorySeeds } from './memory-seeds.ts';
import type { MemoryServer } from './memory-server.ts';
import { memoryWire } from './memory-wire.ts';
import { InjectedError, type Network, type Request } from './network.ts';
import type { Process, Scheduler } from './scheduler.ts';
import { type Version, versionOf } from './version.ts';

const [maxRates, readsPerRate] = [4, 3];

export interface Worker extends Process {
  segment: number;
  /** Not replaced by another one. */
  current: boolean;
  left: boolean;
  /** It left with an error. */
  failed: boolean;
  /** Its lease had ended when it left. */
  lostLease: boolean;
  /** Its lease had ended at some time while it worked, or when it left. */
  hadNoLease: boolean;
  /** The fence and the pass that it knows. */
  expected?: { fence: number; pass: number };
  /** Start of its lease: the start of its last read of the control with this fence and pass. */
  leaseFrom: number;
}

export interface WorkersPorts {
  version: Version;
  scheduler: Scheduler;
  network: Network;
  server: MemoryServer;
  ledger: MemoryLedger;
  seeds: MemorySeeds;
  journal?: MemoryJournal;
  findings: Findings;
  defect: Defect;
  signatureLifetimeMs?: number;
}

/** Many real workers, each in its own simulated process. */
export class Workers {
  readonly #ports: WorkersPorts;
  readonly #all: Worker[] = [];
  #given: GivenValues | undefined;
  #lookups = 0;

  constructor(ports: WorkersPorts) {
    this.#ports = ports;
  }

  /** Starts a worker in place of the one that has the segment. @param patience milliseconds until time is short */
  start(segment: number, patience: number): void {
    const { ledger, scheduler, findings } = this.#ports;
    for (const worker of this.#all) if (worker.segment === segment) worker.current = false;
    const name = `worker ${this.#all.length + 1}`;
    const worker: Worker = {
      name,
      dead: false,
      segment,
      current: true,
      left: false,
      failed: false,
      lostLease: false,
      hadNoLease: false,
      leaseFrom: Number.NEGATIVE_INFINITY,
    };
    this.#all.push(worker);
    ledger.control = withFields(ledger.control, { marks: { paused: undefined } });
    scheduler.note(`${name} is started for segment ${segment} in pass ${ledger.control.pass}`);
    this.#work(worker, patience)
      .catch((error: unknown) => {
        worker.failed = true;
        if (!(error instanceof InjectedError)) findings.violate(`${name} threw ${error instanceof Error ? error.stack : error}`);
      })
      .then(() => {
        worker.left = true;
        worker.lostLease = scheduler.now - worker.leaseFrom >= ledger.control.lease.leaseMs;
        worker.hadNoLease ||= worker.lostLease;
      });
  }

  /** A worker that has its segment and works. */
  pick(index: number): Worker | undefined {
    const working = this.#all.filter((worker) => worker.current && isWorking(worker));
    return working[index % Math.max(1, working.length)];
  }

  of(process: Process): Worker | undefined {
    return this.#all.find((worker) => worker === process);
  }

  hasOneFor(segment: number): boolean {
    return this.#all.some((worker) => worker.segment === segment && worker.current && isWorking(worker));
  }

  get allLeft(): boolean {
    return !this.#all.some(isWorking);
  }

  /** Number of workers that died or were replaced. */
  get lost(): number {
    return this.#all.filter(({ dead, current, failed }) => dead || failed || !current).length;
  }

  /** True if a worker could not put an item back, as its lease had ended. */
  get oneHadNoLease(): boolean {
    const { leaseMs } = this.#ports.ledger.control.lease;
    return this.#all.some(({ hadNoLease, dead, leaseFrom }) => hadNoLease || (dead && this.#ports.scheduler.now - leaseFrom >= leaseMs));
  }

  /** The reason why the sender can no longer repair the effect of its request; undefined if it must. */
  excuseFor(request: Request): Limit | undefined {
    const worker = this.of(request.process);
    if (worker?.dead) return 'workerDied';
    if (request.answerLost) return 'answerLost';
    return worker?.lostLease ? 'leaseOver' : undefined;
  }

  /** True if the process could not learn, or not say, what became of a write of its own: it was killed, replaced or disturbed. */
  mayBeInDoubt(process: Process): boolean {
    const worker = this.of(process);
    return !worker || worker.dead || worker.failed || !worker.current || this.#ports.network.lostAnswers.has(process);
  }

  async #work(worker: Worker, patience: number): Promise<void> {
    const { version, scheduler, network, server, ledger, seeds, journal, findings, defect } = this.#ports;
    const { shape, spec } = version;
    const { transformation } = versionOf(spec, () => scheduler.step(worker, 'process', 'the function goes on'));
    const handOver = (): void => {
      if (scheduler.now - worker.leaseFrom >= ledger.control.lease.leaseMs) findings.violate(`${worker.name} sent a write after its lease`);
    };
    const wire = memoryWire({ server, network, scheduler, process: worker, findings, onHandOver: handOver });
    const ports: TransformSegmentPorts = {
      worker: worker.name,
      signatureLifetimeMs: this.#ports.signatureLifetimeMs,
      clock: scheduler.clockOf(worker),
      readControl: async () => {
        const startedAt = scheduler.now;
        worker.hadNoLease ||= worker.expected !== undefined && startedAt - worker.leaseFrom >= ledger.control.lease.leaseMs;
        const control = await ledger.readControl(worker);
        worker.expected ??= { fence: control.fence, pass: control.pass };
        if (control.fence === worker.expected.fence && control.pass === worker.expected.pass) worker.leaseFrom = startedAt;
        return control;
      },
      checkpoints: ledger.checkpointsFor(worker),
      loadTransformation: async () => ({ transformation, checksum: ledger.control.checksum }),
      readPreparation: async () => undefined,
      openGiven: openReadable,
      openTable: (_control, opened, scope) => {
        const { reads, declared, versionAttribute } = opened ?? transformation;
        const written = namesOf(footprintOf(declared, spec.direction));
        const attributes = reads && [...reads, ...written, ...(versionAttribute ? [versionAttribute] : [])];
        return new Table(wire, shape, attributes, undefined, scope);
      },
      ...(journal ? { journal: journal.storeFor(worker) } : {}),
      openSeeds: () => seeds.portFor(worker, handOver),
      contextOf: ({ table, sequence, direction, dryRun }, _, __, given) => ({
        table,
        tableName: shape.name,
        sequence,
        direction,
        dryRun,
        ...this.#sameForAll(worker, given),
        tableNameOf: (name: string) => name,
        documentClient: undefined,
        log: () => {},
      }),
      deadline: { read: scheduler.now + patience, write: scheduler.now + 2 * patience },
      ...(spec.looks ? { lookups: this.#rates(worker) } : {}),
      log: () => {},
      measure: () => {},
    };
    await transformSegment(ledger.assignment(worker.segment), defect.worker ? defect.worker(ports) : ports);
  }

  /** One item, which changes after every few reads, until it has changed often enough. */
  #rates(worker: Worker): LookupSource {
    const { version, scheduler } = this.#ports;
    return {
      tableNameOf: (name) => name,
      port: {
        describe: async () => ({ name: 'Rates', keys: [{ name: 'id', type: 'S' }], indexKeys: {}, indexes: [] }),
        getItems: async () => {
          await scheduler.step(worker, 'network', 'look-up arrives');
          const rate = String(Math.min(maxRates, Math.floor(this.#lookups++ / readsPerRate)));
          if (!version.looked.answers.includes(rate)) version.looked.answers.push(rate);
          version.looked.answer = rate;
          await scheduler.step(worker, 'network', `look-up is answered: ${rate}`);
          return { kind: 'answered', images: [{ id: { S: 'rate' }, rate: { S: rate } }], unprocessed: [], size: 20, units: 1 };
        },
        queryPage: async () => ({ kind: 'answered', images: [], position: undefined, units: 1 }),
      },
    };
  }

  /** What functions are given is the same in each worker, also after a takeover, and whatever the time is. */
  #sameForAll({ name }: Worker, given: GivenValues): GivenValues {
    this.#given ??= given;
    if (JSON.stringify(given) !== JSON.stringify(this.#given))
      this.#ports.findings.violate(`${name} gives functions other values than the workers before it`);
    return given;
  }
}

function isWorking({ dead, left }: Worker): boolean {
  return !dead && !left;
}
