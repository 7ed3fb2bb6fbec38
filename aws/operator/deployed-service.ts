import { DescribeTableCommand, type DynamoDBClient, ResourceNotFoundException } from '@aws-sdk/client-dynamodb';
import type { SFNClient } from '@aws-sdk/client-sfn';
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { RunError } from '../../core/errors.ts';
import { acknowledge, type Fact } from '../../core/ledger/acknowledged.ts';
import type { FollowPicture } from '../../core/ledger/follow.ts';
import type { SecretCipher } from '../../core/ledger/given.ts';
import type { PreparationRecords } from '../../core/ledger/preparation.ts';
import type { Version } from '../../core/ledger/versions/version.ts';
import type { LookupPort } from '../../core/lookup/lookup-port.ts';
import type { TableProfile } from '../../core/plan/estimate/table-profile.ts';
import { type Controlled, type ControlRequest, controlRun } from '../../core/run/control/control-run.ts';
import type { RunEvent } from '../../core/run/events/run-event.ts';
import { type Amendment, amendVersions } from '../../core/run/versions/amend-versions.ts';
import { type HeldVersions, type HoldRequest, holdVersions } from '../../core/run/versions/hold-versions.ts';
import type { DatedJournals } from '../../core/segment/undo/changes-of.ts';
import type { DatedReports } from '../../core/segment/undo/reports-of.ts';
import type { Catalog } from '../../core/transformation/catalog.ts';
import type { Scope } from '../../core/transformation/scope.ts';
import { unknownTable } from '../../core/unknown-table.ts';
import type { Image } from '../../core/values/attribute-value.ts';
import { executedByPredecessor, predecessorRecords } from '../../core/values/predecessor-item.ts';
import type { TableShape } from '../../core/values/table-shape.ts';
import { writeAmendments } from '../ledger/amend-versions.ts';
import { readCatalog } from '../ledger/catalog.ts';
import { LedgerControlMarks } from '../ledger/control-marks.ts';
import { LedgerReader } from '../ledger/ledger-reader.ts';
import { writeAcknowledged, writeHold } from '../ledger/write-hold.ts';
import { LookupTables } from '../lookups/lookup-tables.ts';
import { readOnlyDocumentClient } from '../lookups/read-only-document-client.ts';
import { LedgerPreparations } from '../preparations/preparation-records.ts';
import {
  describeExecution,
  type ExecutionState,
  findStateMachine,
  sendTaskSuccess,
  startExecution,
  stateMachineNames,
} from '../step-functions.ts';
import { type RandomSample, readRandomSample } from '../table/random-sample.ts';
import { readItems } from '../table/read-items.ts';
import { readPredecessorItems } from '../table/read-predecessor-items.ts';
import { scanItems } from '../table/scan-items.ts';
import { readScopeSample, type ScopeSample } from '../table/scope-sample.ts';
import { SignedWire } from '../table/signed-wire.ts';
import { readTableDetails, type TableDetails } from '../table/table-details.ts';
import { readTableHealth, type TableHealth } from '../table/table-health.ts';
import { readTableProfile } from '../table/table-profile.ts';
import { accountConcurrency } from './account-concurrency.ts';
import type { BucketFolder } from './bucket-folder.ts';
import { callerArn } from './caller-identity.ts';
import { runningFor, stopExecution, type Waiting, waitingOf } from './executions.ts';
import type { Follower, FollowerCalls } from './follower.ts';
import { operatorClients } from './operator-clients.ts';
import { asOperatorError, OperatorError } from './operator-error.ts';
import { alarmsOf } from './service-alarms.ts';

/** The service as it is deployed under a name in the account and region of the environment, seen from outside. */
export class DeployedService {
  /** Prefix of the names of its resources. */
  readonly name: string;
  readonly ledger: LedgerReader;
  readonly #dynamodb: DynamoDBClient;
  readonly #sfn: SFNClient;
  /** A client of its own: making it read-only makes it so for all its users. */
  readonly #lookups: DynamoDBClient;
  #documentClient: DynamoDBDocumentClient | undefined;
  #lookupPort: LookupPort | undefined;
  readonly #env: NodeJS.ProcessEnv;
  readonly #endpoint: string | undefined;
  readonly #stsEndpoint: string | undefined;
  readonly #lambdaEndpoint: string | undefined;
  #follower: Promise<Follower> | undefined;
  readonly #eventsEndpoint: string | undefined;
  /** The region by the environment; undefined if only the SDK knows it. */
  readonly #region: string | undefined;

  /** @param env for what the SDK does not read itself, or does not tell */
  constructor(name: string, env: NodeJS.ProcessEnv) {
    this.#region = env['AWS_REGION'] || env['AWS_DEFAULT_REGION'] || undefined;
    const { dynamodb, sfn } = operatorClients(this.#region);
    this.name = name;
    this.#env = env;
    this.#dynamodb = dynamodb;
    this.#lookups = operatorClients(this.#region).dynamodb;
    this.#sfn = sfn;
    this.#endpoint = env['AWS_ENDPOINT_URL_SFN'] || env['AWS_ENDPOINT_URL'] || undefined;
    this.#eventsEndpoint = env['AWS_ENDPOINT_URL_EVENTBRIDGE'] || env['AWS_ENDPOINT_URL'] || undefined;
    this.#stsEndpoint = env['AWS_ENDPOINT_URL_STS'] || env['AWS_ENDPOINT_URL'] || undefined;
    this.#lambdaEndpoint = env['AWS_ENDPOINT_URL_LAMBDA'] || env['AWS_ENDPOINT_URL'] || undefined;
    this.ledger = new LedgerReader(dynamodb, `${name}-ledger`);
  }

  /** True if the environment names another endpoint than AWS's own, such as that of local AWS. */
  get isElsewhere(): boolean {
    return this.#endpoint !== undefined;
  }

  /**
   * The tables and files that the service knows; undefined if nothing was deployed yet.
   *
   * @throws OperatorError ServiceNotFound
   */
  async catalog(): Promise<Catalog | undefined> {
    try {
      return await readCatalog(this.#dynamodb, `${this.name}-ledger`);
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
      const [{ putEvents }, { callerOf }] = await Promise.all([import('../services/put-events.ts'), import('./follower.ts')]);
      await putEvents(events, { bus, service: this.name }, await callerOf(this.#dynamodb, this.#eventsEndpoint));
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
    const dynamodb = this.#dynamodb;
    return {
      store: openPreparations({ bucket, key, maxBytes, region: this.#region }),
      records: this.preparationRecords,
      lookups: {
        documentClient: this.documentClient,
        scan: (attributes?: readonly string[]) => scanTable(dynamodb, tableName, attributes),
      },
    };
  }

  /** Reads journals with the operator's own permissions. */
  async journals({ bucket, key }: NonNullable<Catalog['preparations']>): Promise<DatedJournals & DatedReports> {
    const { openJournals } = await import('../journal/open-journals.ts');
    return openJournals({ bucket, key, region: this.#region }, { reader: 'operator' });
  }

  /** A folder of S3, with the operator's own permissions. */
  async bucketFolder(bucket: string, prefix: string): Promise<BucketFolder> {
    const { openBucketFolder } = await import('./bucket-folder.ts');
    return openBucketFolder(bucket, prefix, this.#region);
  }

  /** Encrypts and decrypts secret parameters with the operator's own permissions. */
  secrets({ key }: Pick<NonNullable<Catalog['preparations']>, 'key'>): SecretCipher {
    const cipher = async () => (await import('../parameters/open-secrets.ts')).openSecrets(key, this.#region);
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

  /**
   * The sequences that dynamo-data-transform has applied to a table.
   *
   * @throws RunError UnknownTable
   * @throws RunError InvalidInput: when it has recorded none
   */
  async executedByPredecessor(tableName: string): Promise<number[]> {
    const shape = await shapeOf(this.#dynamodb, tableName);
    const items = await readPredecessorItems(this.#dynamodb, shape);
    if (items.length > 0) return executedByPredecessor(items);
    const why =
      predecessorRecords(shape).length > 0
        ? 'has no item whose key is "DataTransformations"'
        : 'has a key that is not a string, so that it cannot hold the item "DataTransformations"';
    throw new RunError(
      'InvalidInput',
      `Table "${tableName}" ${why}: dynamo-data-transform has recorded nothing there. Say with --to which versions are in the table.`,
      { fields: { tableName } },
    );
  }

  /** The id of a table; undefined if DynamoDB does not tell it. @throws RunError UnknownTable */
  async tableId(tableName: string): Promise<string | undefined> {
    const details = await readTableDetails(this.#dynamodb, tableName);
    if (!details) throw unknownTable(tableName, undefined, 'AWS_REGION and AWS_PROFILE');
    return details.tableId;
  }

  /** The same for a table that is described already; empty if dynamo-data-transform has recorded nothing. @throws RunError InvalidInput */
  async recordedByPredecessor(shape: TableShape): Promise<number[]> {
    return executedByPredecessor(await readPredecessorItems(this.#dynamodb, shape));
  }

  execution(arn: string): Promise<ExecutionState | undefined> {
    return describeExecution(this.#sfn, arn);
  }

  /** What a running execution waits for before it tries its state again; undefined if it does not wait, or the caller may not know. */
  waitingOf(execution: string): Promise<Waiting | undefined> {
    return ifPermitted(() => waitingOf(this.#sfn, execution));
  }

  /** The newest execution that was started for a table and has not taken it yet; undefined if there is none, or the caller may not know. */
  async starting(table: string): Promise<{ execution: string; startedAt: Date | undefined } | undefined> {
    const running = (await ifPermitted(() => runningFor(this.#sfn, `${this.name}-transform-table`, table))) ?? [];
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

  /** The approximate number of items of a table; undefined if it is unknown, or DescribeTable is not allowed. */
  async itemCount(tableName: string): Promise<number | undefined> {
    const answer = await this.#dynamodb.send(new DescribeTableCommand({ TableName: tableName })).catch(() => undefined);
    return answer?.Table?.ItemCount || undefined;
  }

  /** A table as DescribeTable shows it; undefined if there is none, or DescribeTable is not allowed. */
  tableDetails(tableName: string): Promise<TableDetails | undefined> {
    return readTableDetails(this.#dynamodb, tableName).catch(() => undefined);
  }

  /** The profile of a table, by its physical name; undefined if there is no such table. */
  tableProfile(tableName: string): Promise<TableProfile | undefined> {
    return readTableProfile(this.#dynamodb, tableName);
  }

  /** About `count` items from random places of a table. */
  sample({ shape, items }: TableProfile, count: number): Promise<RandomSample> {
    return readRandomSample(this.#dynamodb, shape, count, items, Math.random);
  }

  /** About `count` items of a scope. */
  scopeSample({ shape }: TableProfile, scope: Scope, count: number): Promise<ScopeSample> {
    return readScopeSample(this.#dynamodb, shape, count, scope);
  }

  /** Those of up to 100 items that exist. */
  items({ shape }: Pick<TableProfile, 'shape'>, keys: readonly Image[]): Promise<Image[]> {
    return readItems(this.#dynamodb, shape, keys);
  }

  /** The read-only client for the team's functions. */
  get documentClient(): DynamoDBDocumentClient {
    this.#documentClient ??= readOnlyDocumentClient(this.#lookups);
    return this.#documentClient;
  }

  /** Reads tables by `context.look`, with the operator's own permissions. */
  get lookupPort(): LookupPort {
    this.#lookupPort ??= new LookupTables(this.#dynamodb, new SignedWire(this.#dynamodb));
    return this.#lookupPort;
  }

  /** Keys and indexes of a table. @throws RunError UnknownTable */
  shapeOf(tableName: string): Promise<TableShape> {
    return shapeOf(this.#dynamodb, tableName);
  }

  /** Where AWS is called: the endpoint that the environment sets, undefined for AWS itself, and the region. */
  async place(): Promise<{ endpoint: string | undefined; region: string | undefined }> {
    return { endpoint: this.#endpoint, region: await this.#regionInUse() };
  }

  /** True if the state machine that transforms a table is there, as far as the caller may know. */
  async hasStateMachine(): Promise<boolean> {
    return (await findStateMachine(this.#sfn, `${this.name}-transform-table`)) !== undefined;
  }

  /** Settings of a table that decide how safe a run is; undefined if there is no such table. */
  tableHealth(tableName: string): Promise<TableHealth | undefined> {
    return readTableHealth(this.#dynamodb, tableName);
  }

  /** Max executions of Lambda at a time in the account. @throws Error: when Lambda refuses, or does not answer */
  async accountConcurrency(): Promise<number> {
    const { region, credentials } = this.#sfn.config;
    return accountConcurrency({ region: await region(), credentials: await credentials(), endpoint: this.#endpoint });
  }

  /** The alarms of the service, and whether they tell somebody. @throws Error: when CloudWatch refuses, or does not answer */
  async alarms(): Promise<{ name: string; hasAction: boolean }[]> {
    const { region, credentials } = this.#sfn.config;
    const caller = {
      region: await region(),
      credentials: await credentials(),
      endpoint: this.#endpoint,
      userAgent: 'dynamodt',
      sleep: async () => undefined,
    };
    return alarmsOf(`${this.name}-`, caller);
  }

  /** The ARN of whoever calls. @throws CredentialsRefused, NoAnswer: when STS does not answer */
  async callerArn(): Promise<string> {
    const { region, credentials } = this.#sfn.config;
    return callerArn({ region: await region(), credentials: await credentials(), endpoint: this.#stsEndpoint });
  }

  /** What the ledger knows of a table's follower. @param since the first hour, `2026-11-27T12` */
  async followed(table: string, since: string): Promise<FollowPicture> {
    const { readFollow } = await import('../ledger/follow/follow-reader.ts');
    return readFollow(this.#dynamodb, `${this.name}-ledger`, table, since);
  }

  /** The function that follows streams. */
  async follower(): Promise<Follower> {
    this.#follower ??= import('./follower.ts').then(
      async ({ Follower: Opened, callerOf }) => new Opened(this.name, await callerOf(this.#dynamodb, this.#lambdaEndpoint)),
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
    return asOperatorError(error, { endpoint: this.#endpoint, region: await this.#regionInUse() });
  }

  close(): void {
    this.#dynamodb.destroy();
    this.#lookups.destroy();
    this.#sfn.destroy();
  }

  async #notFound(what: string): Promise<OperatorError> {
    return new OperatorError(
      'ServiceNotFound',
      `There is no ${what} at ${this.#endpoint ?? 'AWS'} in region ${await this.#regionInUse()}. Deploy dynamodt there, check AWS_REGION and AWS_PROFILE, or name another deployment with --name (this is "${this.name}").`,
    );
  }

  async #regionInUse(): Promise<string | undefined> {
    return this.#sfn.config.region().catch(() => undefined);
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

/** @throws RunError UnknownTable */
async function shapeOf(client: DynamoDBClient, tableName: string): Promise<TableShape> {
  const details = await readTableDetails(client, tableName);
  if (details) return details.shape;
  throw unknownTable(tableName, undefined, 'AWS_REGION and AWS_PROFILE');
}

async function* scanTable(client: DynamoDBClient, tableName: string, attributes: readonly string[] | undefined) {
  yield* scanItems(client, await shapeOf(client, tableName), attributes);
}
