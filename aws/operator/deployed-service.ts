import { type DynamoDBClient, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import type { SFNClient } from '@aws-sdk/client-sfn';
import { acknowledge, type Fact } from '../../core/ledger/acknowledged.ts';
import type { FollowPicture } from '../../core/ledger/follow.ts';
import type { SecretCipher } from '../../core/ledger/given.ts';
import type { PreparationRecords } from '../../core/ledger/preparation.ts';
import type { Version } from '../../core/ledger/versions/version.ts';
import { type Controlled, type ControlRequest, controlRun } from '../../core/run/control/control-run.ts';
import type { RunEvent } from '../../core/run/events/run-event.ts';
import { type Amendment, amendVersions } from '../../core/run/versions/amend-versions.ts';
import { type HeldVersions, type HoldRequest, holdVersions } from '../../core/run/versions/hold-versions.ts';
import type { DatedJournals } from '../../core/segment/undo/changes-of.ts';
import type { DatedReports } from '../../core/segment/undo/reports-of.ts';
import type { Catalog } from '../../core/transformation/catalog.ts';
import { writeAmendments } from '../ledger/amend-versions.ts';
import { catalogIn } from '../ledger/catalog.ts';
import { LedgerControlMarks } from '../ledger/control-marks.ts';
import { catalogKey, followOf } from '../ledger/ledger-keys.ts';
import { LedgerReader } from '../ledger/reading/ledger-reader.ts';
import { DirectRequests, type LedgerRequests } from '../ledger/reading/ledger-requests.ts';
import { writeAcknowledged, writeHold } from '../ledger/write-hold.ts';
import { LedgerPreparations } from '../preparations/preparation-records.ts';
import { type Ages, askEachTime, Remembered } from '../remembered.ts';
import {
  describeExecution,
  type ExecutionState,
  findStateMachine,
  sendTaskSuccess,
  startExecution,
  stateMachineNames,
} from '../step-functions.ts';
import type { BucketFolder } from './bucket-folder.ts';
import { runningFor, stopExecution, type Waiting, waitingOf } from './executions.ts';
import type { Follower, FollowerCalls } from './follower.ts';
import { OperatorAccount } from './operator-account.ts';
import { asOperatorError, OperatorError } from './operator-error.ts';
import { OperatorPlace } from './operator-place.ts';
import { OperatorTables } from './operator-tables.ts';

/** How somebody reads who looks again and again, and decides nothing by it. */
export interface Watching {
  /** How old answers may be that are not from the ledger, and the catalog. */
  ages: Ages;
  /** How the ledger is read. */
  requests: LedgerRequests;
}

/** The service as it is deployed under a name in the account and region of the environment, seen from outside. */
export class DeployedService {
  /** Prefix of the names of its resources. */
  readonly name: string;
  readonly ledger: LedgerReader;
  readonly tables: OperatorTables;
  readonly account: OperatorAccount;
  readonly #place: OperatorPlace;
  readonly #dynamodb: DynamoDBClient;
  readonly #sfn: SFNClient;
  readonly #env: NodeJS.ProcessEnv;
  readonly #ages: Ages;
  readonly #requests: LedgerRequests;
  readonly #catalog = new Remembered<Catalog | undefined>();
  readonly #executions = new Remembered<ExecutionState | undefined>();
  readonly #waits = new Remembered<Waiting | undefined>();
  readonly #starting = new Remembered<{ execution: string; startedAt: Date | undefined }[] | undefined>();
  #follower: Promise<Follower> | undefined;

  /**
   * @param env as the SDK reads it
   * @param watching if it is only looked at
   */
  constructor(name: string, env: NodeJS.ProcessEnv, watching?: Watching, place = new OperatorPlace(env)) {
    this.name = name;
    this.#env = env;
    this.#ages = watching?.ages ?? askEachTime;
    this.#place = place;
    this.#dynamodb = place.dynamodb;
    this.#sfn = place.sfn;
    this.tables = new OperatorTables(place, this.#ages);
    this.account = new OperatorAccount(place);
    this.#requests = watching?.requests ?? this.ledgerRequests();
    this.ledger = new LedgerReader(this.#dynamodb, `${name}-ledger`, this.#requests);
  }

  /** Reads its ledger. @param permit is waited for before each request */
  ledgerRequests(permit?: () => Promise<void>): DirectRequests {
    return new DirectRequests(this.#dynamodb, `${this.name}-ledger`, permit);
  }

  /** The same service for somebody who looks at it again and again, by the same clients. */
  watched(watching: Watching): DeployedService {
    return new DeployedService(this.name, this.#env, watching, this.#place);
  }

  /** Something was changed: all that is remembered here is asked anew. What reads the ledger forgets by itself. */
  forget(): void {
    for (const remembered of [this.#catalog, this.#executions, this.#waits, this.#starting]) remembered.forget();
  }

  /** True if the environment names another endpoint than AWS's own, such as that of local AWS. */
  get isElsewhere(): boolean {
    return this.#place.endpointOf('SFN') !== undefined;
  }

  /**
   * The tables and files that the service knows; undefined if nothing was deployed yet.
   *
   * @throws OperatorError ServiceNotFound
   */
  async catalog(): Promise<Catalog | undefined> {
    try {
      return await this.#catalog.get('', this.#ages.decided, async () => catalogIn(await this.#requests.get(catalogKey)));
    } catch (error) {
      if (error instanceof ResourceNotFoundException) throw await this.#notFound(`table "${this.name}-ledger"`);
      throw error;
    }
  }

  /**
   * Starts `transform-table`.
   *
   * @param label the beginning of the execution's name
   * @returns the ARN of the execution
   * @throws OperatorError ServiceNotFound
   */
  start(label: string, input: object): Promise<string> {
    return this.#start('transform-table', label, input);
  }

  /**
   * Starts `transform-all`.
   *
   * @returns the ARN of the execution
   * @throws OperatorError ServiceNotFound
   */
  startAll(input: object): Promise<string> {
    return this.#start('transform-all', 'all', input);
  }

  async #start(machine: 'transform-table' | 'transform-all', label: string, input: object): Promise<string> {
    const name = `${this.name}-${machine}`;
    const stateMachine = await findStateMachine(this.#sfn, name);
    if (!stateMachine) throw await this.#notFound(`state machine "${name}"`);
    return startExecution(this.#sfn, stateMachine, label, input);
  }

  /**
   * Pauses, resumes, stops or throttles the run that holds a table.
   *
   * @param note is given a line for people if no event could be sent
   * @throws RunError InvalidInput: when no run holds it
   */
  control(request: ControlRequest, note: (line: string) => void = () => {}): Promise<Controlled> {
    return controlRun(request, {
      ledger: this.ledger,
      marks: new LedgerControlMarks(this.#dynamodb, `${this.name}-ledger`),
      sendTaskSuccess: (token) => sendTaskSuccess(this.#sfn, token),
      describeRunning: async (arn) => {
        const execution = await describeExecution(this.#sfn, arn);
        return execution?.status === 'running' ? execution : undefined;
      },
      now: new Date().toISOString(),
      tell: (events) => this.#tell(events, note),
    });
  }

  /** Functions tell of all that they find in the ledger. Only what they need not look at is told from here. */
  async #tell(events: readonly RunEvent[], note: (line: string) => void): Promise<void> {
    try {
      const bus = (await this.catalog())?.eventBus;
      if (bus === undefined) return;
      const { putEvents } = await import('../services/put-events.ts');
      await putEvents(events, { bus, service: this.name }, await this.#place.callerOf('EVENTBRIDGE'));
    } catch (error) {
      note(`It is done, but no event tells of it: ${error instanceof Error ? error.name : 'unknown error'}.`);
    }
  }

  /** What the ledger knows of preparations. */
  get preparationRecords(): PreparationRecords {
    return new LedgerPreparations(this.#dynamodb, `${this.name}-ledger`);
  }

  /** The ports to gather a preparation outside the service, with the operator's own permissions. */
  async preparations({ bucket, key }: NonNullable<Catalog['preparations']>, tableName: string, maxBytes: number) {
    const { openPreparations } = await import('../preparations/open-preparations.ts');
    const { tables } = this;
    return {
      store: openPreparations({ bucket, key, maxBytes, region: this.#place.region }),
      records: this.preparationRecords,
      lookups: {
        documentClient: tables.documentClient,
        scan: (attributes?: readonly string[]) => tables.scan(tableName, attributes),
      },
    };
  }

  /** Reads journals with the operator's own permissions. */
  async journals({ bucket, key }: NonNullable<Catalog['preparations']>): Promise<DatedJournals & DatedReports> {
    const { openJournals } = await import('../journal/open-journals.ts');
    return openJournals({ bucket, key, region: this.#place.region }, { reader: 'operator' });
  }

  /** A folder of S3, with the operator's own permissions. */
  async bucketFolder(bucket: string, prefix: string): Promise<BucketFolder> {
    const { openBucketFolder } = await import('./bucket-folder.ts');
    return openBucketFolder(bucket, prefix, this.#place.region);
  }

  /** Encrypts and decrypts secret parameters with the operator's own permissions. */
  secrets({ key }: Pick<NonNullable<Catalog['preparations']>, 'key'>): SecretCipher {
    const cipher = async () => (await import('../parameters/open-secrets.ts')).openSecrets(key, this.#place.region);
    return {
      encrypt: async (owner, text) => (await cipher()).encrypt(owner, text),
      decrypt: async (owner, encrypted) => (await cipher()).decrypt(owner, encrypted),
    };
  }

  /**
   * Changes the ledger's versions of a table that no run holds.
   *
   * @throws RunError those of amendVersions
   */
  amend(table: string, decide: (versions: readonly Version[]) => Amendment[]): Promise<Amendment[]> {
    const at = { client: this.#dynamodb, ledger: `${this.name}-ledger` };
    return amendVersions(table, decide, {
      ledger: this.ledger,
      isAlive: async (arn) => (await this.execution(arn))?.status === 'running',
      write: (...amended) => writeAmendments(at, ...amended),
    });
  }

  /** Holds versions of a table, or releases them. @throws RunError those of holdVersions */
  hold(request: HoldRequest): Promise<HeldVersions> {
    return holdVersions(request, {
      ledger: this.ledger,
      isAlive: async (arn) => (await this.execution(arn))?.status === 'running',
      write: (hold, read) => writeHold({ client: this.#dynamodb, ledger: `${this.name}-ledger` }, hold, read),
    });
  }

  /** Records that an operator has seen these warnings of a table. If somebody else does so at the same time, both are kept. */
  async acknowledge(table: string, facts: readonly Fact[], by: string): Promise<void> {
    const place = { client: this.#dynamodb, ledger: `${this.name}-ledger` };
    for (;;) {
      const read = await this.ledger.acknowledged(table);
      const next = acknowledge(facts, { table, by, at: new Date().toISOString() }, read);
      if (await writeAcknowledged(place, next, read)) return;
    }
  }

  execution(arn: string): Promise<ExecutionState | undefined> {
    return this.#executions.get(arn, this.#ages.saves, () => describeExecution(this.#sfn, arn));
  }

  /** What a running execution waits for before it tries its state again; undefined if it does not wait, or the caller may not know. */
  waitingOf(execution: string): Promise<Waiting | undefined> {
    return this.#waits.get(execution, this.#ages.decided, () => ifPermitted(() => waitingOf(this.#sfn, execution)));
  }

  /** The newest execution that was started for a table and has not taken it yet; undefined if there is none, or the caller may not know. */
  async starting(table: string): Promise<{ execution: string; startedAt: Date | undefined } | undefined> {
    const ask = () => ifPermitted(() => runningFor(this.#sfn, `${this.name}-transform-table`, table));
    const running = (await this.#starting.get(table, this.#ages.saves, ask)) ?? [];
    const [lock, runs] = await Promise.all([this.ledger.lock(table), this.ledger.runs(table, 20)]);
    const known = new Set([lock?.execution, ...runs.map(({ execution }) => execution)]);
    return running.find(({ execution }) => !known.has(execution));
  }

  /** Ends an execution that has not taken its table. */
  stopStarting(execution: string, by: string): Promise<void> {
    return stopExecution(this.#sfn, execution, by);
  }

  /** This service and all others in the account and region, by their names; only this one if the caller may not know the others. */
  async neighbours(): Promise<Map<string, DeployedService>> {
    const suffix = '-transform-table';
    const machines = (await ifPermitted(() => stateMachineNames(this.#sfn))) ?? [];
    const others = machines.flatMap((machine) => (machine.endsWith(suffix) ? [machine.slice(0, -suffix.length)] : []));
    const named = others
      .filter((name) => name !== this.name)
      .sort()
      .map((name) => [name, new DeployedService(name, this.#env)] as const);
    return new Map<string, DeployedService>([[this.name, this], ...named]);
  }

  /** Where AWS is called: the endpoint that the environment sets, undefined for AWS itself, and the region. */
  async place(): Promise<{ endpoint: string | undefined; region: string | undefined }> {
    return { endpoint: this.#place.endpointOf('SFN'), region: await this.#place.regionInUse() };
  }

  /** True if the state machine that transforms a table is there, as far as the caller may know. */
  async hasStateMachine(): Promise<boolean> {
    return (await findStateMachine(this.#sfn, `${this.name}-transform-table`)) !== undefined;
  }

  /** What the ledger knows of a table's follower. @param since the first hour, `2026-11-27T12` */
  async followed(table: string, since: string): Promise<FollowPicture> {
    const { followIn } = await import('../ledger/follow/follow-reader.ts');
    return followIn(await this.#requests.query({ pk: followOf(table), prefix: '' }), since);
  }

  /** The function that follows streams. */
  async follower(): Promise<Follower> {
    this.#follower ??= import('./follower.ts').then(
      async ({ Follower: Opened }) => new Opened(this.name, await this.#place.callerOf('LAMBDA')),
    );
    return this.#follower;
  }

  /** How Lambda calls the function that follows the stream of a table: undefined if no mapping is there, or Lambda does not tell. */
  async followerCalls(tableName: string): Promise<FollowerCalls | undefined> {
    try {
      return await (await this.follower()).callsFor(tableName);
    } catch {
      return undefined;
    }
  }

  /** An error of any method, explained to an operator. */
  async explained(error: unknown): Promise<unknown> {
    return asOperatorError(error, await this.place());
  }

  close(): void {
    this.tables.close();
    this.#place.close();
  }

  async #notFound(what: string): Promise<OperatorError> {
    const { endpoint = 'AWS', region } = await this.place();
    return new OperatorError(
      'ServiceNotFound',
      `There is no ${what} at ${endpoint} in region ${region}. Deploy dynamodt there, check AWS_REGION and AWS_PROFILE, or name another deployment with --name (this is "${this.name}").`,
    );
  }
}

/** Roles that were granted by an older version may lack a permission that only explains more. */
async function ifPermitted<T>(ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof Error && /^AccessDenied/.test(error.name)) return undefined;
    throw error;
  }
}
