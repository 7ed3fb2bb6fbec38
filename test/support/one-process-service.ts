import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { Checkpoints } from '../../aws/ledger/checkpoints.ts';
import { Ledger } from '../../aws/ledger/ledger.ts';
import { ledgerTable } from '../../aws/ledger/ledger-table.ts';
import { LookupTables } from '../../aws/lookups/lookup-tables.ts';
import { readOnlyDocumentClient } from '../../aws/lookups/read-only-document-client.ts';
import { LedgerPreparations } from '../../aws/preparations/preparation-records.ts';
import { fitsOnePage } from '../../aws/table/fits-one-page.ts';
import { readSample } from '../../aws/table/read-sample.ts';
import { scanItems } from '../../aws/table/scan-items.ts';
import { Seeds } from '../../aws/table/seeds.ts';
import { SignedWire } from '../../aws/table/signed-wire.ts';
import { Table } from '../../aws/table/table.ts';
import { readTableDetails } from '../../aws/table/table-details.ts';
import type { Operation, Wire } from '../../aws/table/wire.ts';
import { deepFreeze } from '../../core/change/deep-freeze.ts';
import type { Clock } from '../../core/clock.ts';
import type { JournalStore } from '../../core/journal/journal-port.ts';
import { type Control, requestTimeoutMs } from '../../core/ledger/control.ts';
import type { GivenValues } from '../../core/ledger/given.ts';
import type { PreparationStore } from '../../core/ledger/preparation.ts';
import type { LookupSource } from '../../core/lookup/lookup-port.ts';
import { Lookups } from '../../core/lookup/lookups.ts';
import type { NextStep } from '../../core/run/next-step.ts';
import type { Deployed } from '../../core/run/plan-run.ts';
import { defaultMaxPreparationBytes } from '../../core/run/preparing/gather-preparation.ts';
import { prepareRun } from '../../core/run/preparing/prepare-run.ts';
import type { DecisionPorts, DecisionRequest } from '../../core/run/record-decision.ts';
import { recordDecision } from '../../core/run/record-decision.ts';
import type { EndedExecution } from '../../core/run/record-failure.ts';
import { parseRunInput } from '../../core/run/run-input.ts';
import { settlePass } from '../../core/run/settle-pass.ts';
import { startRun } from '../../core/run/start-run.ts';
import type { Start } from '../../core/run/starting/start-ports.ts';
import type { TransformSegmentPorts } from '../../core/segment/segment-ports.ts';
import { transformSegment } from '../../core/segment/transform-segment.ts';
import { attributesRead } from '../../core/transformation/attributes-read.ts';
import { refuseForTable } from '../../core/transformation/load-transformation.ts';
import { unknownTable } from '../../core/unknown-table.ts';
import { systemClock } from '../../functions/wiring/system-clock.ts';
import { MemoryJournals } from './memory-journals.ts';
import { Life, mortal, mortalWire, Requests } from './mortal-worker.ts';
import { openReadable, readableSecrets } from './secrets.ts';
import { uniqueName } from './service.ts';

/** What disturbs a run. */
export interface Disturbance {
  /**
   * At which requests of the run to its table workers die, by their numbers, or at the next one of another worker. Of the first, third … the request is applied, and the worker gets no
   * answer. The others die before they send it, and their execution ends with them, so that the run goes on in another one.
   */
  deathsAt?: readonly number[];
  /** Called before each request of a worker to the table. */
  before?: (operation: Operation) => Promise<void>;
}

type Succeeded = Extract<NextStep, { decision: 'succeed' }>;

/** Max items that a worker gets by one Scan or Query. */
const itemsPerPage = 3;

const leaseMs = 10_000;

/** No worker outlives its death, so the lease of one that died need not be waited for. */
const impatientClock: Clock = {
  ...systemClock,
  sleep: async (milliseconds) => {
    if (milliseconds !== leaseMs + requestTimeoutMs) await systemClock.sleep(milliseconds);
  },
};

/**
 * The service without Step Functions and Lambda: runs of `transform-table` in the process of the test, by the same core and on a real table and ledger.
 * What is bundled elsewhere is loaded as it is.
 */
export class OneProcessService {
  /** Number of workers that died in a run. */
  deaths = 0;
  /** Number of executions that were started. */
  executions = 0;
  /** When the next execution starts, in milliseconds since 1970. Each starts a minute after the one before. */
  now = Date.UTC(2026, 0, 1);
  readonly #client: DynamoDBClient;
  readonly #documentClient: DynamoDBDocumentClient;
  readonly #ledgerName: string;
  readonly #ledger: Ledger;
  readonly #tableNames = new Map<string, string>();
  readonly #files = new Map<string, Deployed>();
  readonly #ended = new Map<string, EndedExecution>();
  readonly #prepared = new Map<string, string>();
  readonly #journal = new MemoryJournals();

  private constructor(endpoint: string, ledgerName: string) {
    const settings = { endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } };
    this.#client = new DynamoDBClient(settings);
    // A client of its own, as it refuses to write.
    this.#documentClient = readOnlyDocumentClient(new DynamoDBClient(settings));
    this.#ledgerName = ledgerName;
    this.#ledger = new Ledger(this.#client, ledgerName);
  }

  /** @param endpoint of DynamoDB Local */
  static async start(endpoint: string): Promise<OneProcessService> {
    const service = new OneProcessService(endpoint, uniqueName('one-process-ledger'));
    await service.#client.send(new CreateTableCommand(ledgerTable(service.#ledgerName)));
    return service;
  }

  /** Gives logical tables their names, and one of them a file. */
  publish(tableNames: Readonly<Record<string, string>>, table: string, file: Omit<Deployed, 'checksum'>): void {
    for (const [name, physical] of Object.entries(tableNames)) this.#tableNames.set(name, physical);
    this.#files.set(table, { ...file, checksum: `checksum of ${file.file}` });
  }

  /**
   * An execution of `transform-table`, and those after it, if it dies.
   *
   * @throws RunError those of a run that is refused, or fails
   */
  async run(input: object, { deathsAt = [], before = async () => {} }: Disturbance = {}): Promise<Succeeded> {
    const requests = new Requests(deathsAt);
    this.deaths = 0;
    this.executions = 0;
    for (;;) {
      const execution = `arn:aws:states:us-east-1:000000000000:execution:${crypto.randomUUID()}`;
      this.executions++;
      const startedAt = new Date(this.now).toISOString();
      this.now += 60_000;
      try {
        const end = await this.#execute({ input: parseRunInput(input), execution, startedAt, redriveCount: 0 }, () =>
          this.#work(requests, before),
        );
        if (end) return end;
        this.#ended.set(execution, { status: 'aborted', endedAt: new Date(), error: undefined, cause: undefined });
      } catch (error) {
        this.#ended.set(execution, { status: 'failed', endedAt: new Date(), error: undefined, cause: undefined });
        throw error;
      }
    }
  }

  /** @returns undefined if the execution died with one of its workers */
  async #execute(start: Start, work: () => Work): Promise<Succeeded | undefined> {
    const { execution } = start;
    let next = await startRun(start, {
      ...this.#decisionPorts,
      describeTable: (table) => this.#describe(table),
      describeOther: (table) => readTableDetails(this.#client, this.#nameOf(table)),
      loadKept: () => Promise.reject(new Error('not expected')),
      readSample: (shape, count, scope) => readSample(this.#client, shape, count, scope),
      fitsOnePage: (shape, maxItems) => fitsOnePage(this.#client, shape, maxItems),
      executedByPredecessor: async () => [],
      describeExecution: async (arn) => this.#ended.get(arn),
      lookups: this.#lookups,
      secrets: readableSecrets,
      contextOf: ({ sequence }, { input: { table, direction } }, shape, given) =>
        this.#contextOf({ table, shape, direction, dryRun: true }, sequence, undefined, given),
      runId: () => execution.slice(-36),
      pauseAlarm: undefined,
      leaseMs,
      controlIntervalMs: 3000,
    });
    for (;;) {
      if (next.decision === 'succeed') return next;
      if (next.decision === 'nothingToDo' || next.decision === 'wait') throw new Error(`The run did not go on: ${next.decision}.`);
      const { table, run, decisionNumber } = next;
      const deciding = { table, run, decisionNumber, execution, redriveCount: 0 };
      if (next.decision === 'prepare') {
        next = await this.#prepare(deciding);
        continue;
      }
      if (next.decision === 'quiet') await systemClock.sleep(5);
      else
        for (const segment of next.segments)
          for (;;) {
            const { dead, endsExecution } = await work()({ run, pass: next.pass, segment });
            if (!dead) break;
            this.deaths++;
            if (endsExecution) return undefined;
          }
      next = await recordDecision(deciding, this.#decisionPorts, settlePass);
    }
  }

  #work(requests: Requests, before: (operation: Operation) => Promise<void>): Work {
    const life = new Life(this.deaths % 2 === 0 ? 'applied' : 'unsent');
    return async (assignment) => {
      const wire = smallPages(mortalWire(new SignedWire(this.#client), life, requests.ofWorker(), before));
      const worked = transformSegment(assignment, this.#workerPorts(life, wire)).then(({ more }) => {
        if (more) throw new Error(`The worker of segment ${assignment.segment} ran out of time.`);
      });
      await Promise.race([worked, life.end]);
      return { dead: life.isOver, endsExecution: life.dies === 'unsent' };
    };
  }

  #workerPorts(life: Life, wire: Wire): TransformSegmentPorts {
    return {
      worker: crypto.randomUUID(),
      clock: systemClock,
      readControl: (run) => life.during(() => this.#ledger.control(run)),
      checkpoints: mortal(new Checkpoints(this.#client, this.#ledgerName, systemClock.wall), life),
      loadTransformation: async (table) => this.#fileOf(table),
      openTable: ({ shape, direction }, transformation, scope) =>
        new Table(wire, shape, transformation && attributesRead(transformation, direction), undefined, scope),
      journal: this.#journalDuring(life),
      openSeeds: ({ table, sequence, shape }) => mortal(new Seeds(this.#client, this.#ledgerName, table, sequence, shape), life),
      readPreparation: (owner, version) => this.#store.read(owner, version),
      openGiven: openReadable,
      contextOf: (control, sequence, preparation, given) => this.#contextOf(control, sequence, preparation, given),
      lookups: this.#lookups,
      deadline: { read: Number.POSITIVE_INFINITY, write: Number.POSITIVE_INFINITY },
      log: () => {},
      measure: () => {},
    };
  }

  #journalDuring(life: Life): JournalStore {
    const journal = mortal(this.#journal, life);
    return {
      textOf: (record) => this.#journal.textOf(record),
      read: (object) => journal.read(object),
      write: (object, records) => journal.write(object, records),
      writeReport: (object, records) => journal.writeReport(object, records),
    };
  }

  #prepare(deciding: DecisionRequest): Promise<NextStep> {
    return prepareRun(deciding, {
      ...this.#decisionPorts,
      store: this.#store,
      records: new LedgerPreparations(this.#client, this.#ledgerName),
      loadTransformation: async (table) => this.#fileOf(table),
      readSample: (shape, count, scope) => readSample(this.#client, shape, count, scope),
      openGiven: openReadable,
      prepareContextOf: ({ table, shape, sequence }, given, declared) => {
        const look = new Lookups({ ...this.#lookups, clock: systemClock }).lookFor(declared, { table, shape });
        const scan = (attributes?: readonly string[]) => scanItems(this.#client, shape, attributes);
        const { tableNameOf, documentClient, log } = this.#contextOf(
          { table, shape, direction: 'up', dryRun: false },
          sequence,
          undefined,
          given,
        );
        return { table, tableName: shape.name, sequence, ...given, tableNameOf, look, documentClient, scan, log };
      },
      contextOf: (control, sequence, preparation, given) => this.#contextOf(control, sequence, preparation, given),
      lookups: this.#lookups,
      limitMs: 10_000,
      maxBytes: defaultMaxPreparationBytes,
    });
  }

  get #decisionPorts(): DecisionPorts {
    return {
      clock: impatientClock,
      ledger: this.#ledger,
      deployedStep: async ({ table, sequence }) => {
        const { checksum, file, transformation } = this.#fileOf(table);
        return { sequence, checksum, file, prepares: transformation.prepare !== undefined };
      },
      stepsAhead: async () => [],
    };
  }

  get #lookups(): LookupSource {
    return { port: new LookupTables(this.#client, new SignedWire(this.#client)), tableNameOf: (table) => this.#nameOf(table) };
  }

  /** Unencrypted, by owner and version. */
  get #store(): PreparationStore {
    return {
      digest: (json) => `of ${json.length}`,
      write: async (owner, json) => {
        const version = crypto.randomUUID();
        this.#prepared.set(JSON.stringify([owner.table, version]), json);
        return version;
      },
      read: async (owner, version) => deepFreeze(JSON.parse(this.#prepared.get(JSON.stringify([owner.table, version])) ?? 'null')),
    };
  }

  async #describe(table: string) {
    const details = await readTableDetails(this.#client, this.#nameOf(table));
    if (!details) throw unknownTable(this.#nameOf(table), table, 'the test');
    const file = this.#fileOf(table);
    refuseForTable(file.file, file.transformation, details.shape);
    return { ...details, indexLagMs: 1, deployed: [file] };
  }

  #contextOf(
    { table, shape, direction, dryRun }: Pick<Control, 'table' | 'shape' | 'direction' | 'dryRun'>,
    sequence: number,
    preparation: unknown,
    given: GivenValues,
  ) {
    const documentClient = this.#documentClient;
    const tableNameOf = (name: string): string => this.#nameOf(name);
    return { table, tableName: shape.name, sequence, direction, dryRun, preparation, ...given, tableNameOf, documentClient, log: () => {} };
  }

  #nameOf(table: string): string {
    return this.#tableNames.get(table) ?? table;
  }

  #fileOf(table: string): Deployed {
    const file = this.#files.get(table);
    if (!file) throw new Error(`There is no file of ${table}.`);
    return file;
  }
}

type Work = (assignment: { run: string; pass: number; segment: number }) => Promise<{ dead: boolean; endsExecution: boolean }>;

function smallPages(wire: Wire): Wire {
  return {
    send: (operation, body, ...more) =>
      wire.send(operation, operation === 'Scan' || operation === 'Query' ? withLimit(body) : body, ...more),
  };
}

function withLimit(body: string): string {
  const request: { Limit?: number } = JSON.parse(body);
  return JSON.stringify({ ...request, Limit: Math.min(request.Limit ?? itemsPerPage, itemsPerPage) });
}
