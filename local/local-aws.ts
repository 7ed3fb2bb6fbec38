import { existsSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { CreateTableCommand, DynamoDBClient, ResourceInUseException } from '@aws-sdk/client-dynamodb';
import { ledgerTable } from '../aws/ledger/ledger-table.ts';
import type { FollowSettings } from '../config/contract.ts';
import { type Following, following } from '../infra/checks/follow-settings.ts';
import { packageRoot } from '../infra/package-root.ts';
import { Closers } from './closers.ts';
import { openDataFolder } from './data-folder.ts';
import { type Deployment, deployer } from './deploy/deployer.ts';
import { PublishedVersions } from './deploy/published-versions.ts';
import { namesIn } from './deploy/template/resolve-service.ts';
import { readServiceTemplate } from './deploy/template/service-template.ts';
import { watchFolder } from './deploy/watch-folder.ts';
import { existingDynamoDb, startLocalDynamoDb } from './dynamodb/local-dynamodb.ts';
import type { FailureEvent } from './events/failure-event.ts';
import { type FailureDelivery, FailureEvents } from './events/failure-events.ts';
import { localAlarms } from './events/local-alarms.ts';
import { localEventBus } from './events/local-event-bus.ts';
import { openFront } from './front.ts';
import { credentialVariables, isAws, localCredentials } from './functions/function-credentials.ts';
import { type Runtime, starterRegion } from './functions/function-environment.ts';
import { FunctionPool } from './functions/function-pool.ts';
import { serveLambda } from './functions/lambda-api.ts';
import type { Json } from './json.ts';
import { type Names, namesOf } from './names.ts';
import { localKms } from './security/local-kms.ts';
import type { ServedService } from './served-service.ts';
import { sourcesService } from './sources-service.ts';
import { localStepFunctions } from './step-functions/local-step-functions.ts';
import { loadStateMachines } from './step-functions/state-machines.ts';
import { startLocalS3 } from './storage/local-s3.ts';
import { EventSourceMappings } from './streams/event-source-mappings.ts';
import { mappingsApi, mappingsPath } from './streams/mappings-api.ts';
import { templateService } from './template-service.ts';
import { temporaryFolder } from './temporary-folder.ts';

export interface LocalAwsOptions {
  /** The team's folder. */
  transformations: string;
  /**
   * Folder that `npx dynamodt template` wrote: its zips, settings and definitions are deployed, in place of the team's files. The template gives the
   * name, and deploys publish versions.
   */
  template?: string;
  /** Port; 0, the default, selects a free one. */
  port?: number;
  /** URL of a running DynamoDB to use instead of starting one. */
  dynamodb?: string;
  /**
   * Folder of the S3 objects and of the KMS key, for a DynamoDB that persists: then preparations are available after a restart.
   * If left out, a temporary folder.
   */
  data?: string;
  /** Logical name (folder) → physical table name; if left out, the same name. */
  tables?: Record<string, string>;
  /** Tables whose streams are followed, by logical names. Without a template, which says it itself. A table that has no stream gets one. */
  follow?: Record<string, boolean | FollowSettings>;
  /** More variables for the functions. */
  environment?: Record<string, string>;
  /** Folder of built functions, `<name>.mjs`; if left out, those of the installed package, or the sources of this repository are built. */
  functions?: string;
  /** Folder of `*.asl.json`; if left out, the files of this package. */
  stateMachines?: string;
  /** Timeouts by function name, in seconds. */
  functionTimeouts?: Record<string, number>;
  /** Max processes of one function at the same time; further invocations of it wait. Default: twice the processors, min 4. */
  maxProcesses?: number;
  /**
   * Milliseconds that an invocation waits for a process that works on another, before one more is started. Default 0. For many short runs, since
   * starting a process takes as much processor time as some ten short invocations.
   */
  patienceMs?: number;
  /** Injects faults: if true, Lambda refuses an invocation with TooManyRequestsException. */
  throttle?: (functionName: string, event: unknown) => boolean;
  /** Injects faults into the events of failed runs: EventBridge delivers events late, repeatedly, reordered, or not at all. */
  failureEvents?: (event: FailureEvent) => FailureDelivery;
  /** Prefix of all names; default `dynamodt`. */
  name?: string;
  /** If true, changed transformations are deployed when they are saved, instead of at the next invocation, so that the ledger has them. */
  watch?: boolean;
  /**
   * If true, deploys publish versions, as in AWS: an execution keeps the functions of the deploy in which it began, and changed files are
   * deployed by `deploy`. Otherwise executions call the newest functions, and changed files are deployed at the next invocation.
   */
  versions?: boolean;
  /** Receives the output of functions and the events of local AWS; default stderr. */
  log?: (line: string) => void;
}

export interface LocalAws {
  url: string;
  dynamodbUrl: string;
  /** Name to show: `DynamoDB Local 3.3.1`. */
  dynamodb: string;
  /** Live function processes, to inject faults. `event` is set only while a process works. */
  functionProcesses(): { function: string; pid: number; event?: unknown }[];
  /**
   * Invokes a function, such as `control-run`, or with `versions` also a version of it, such as `control-run:1`, and returns its result.
   *
   * @throws FunctionFailure: when the function fails; with the name of the error that the function threw.
   * @throws InvocationRefused: when there is no such function, or the invocation is throttled.
   */
  invoke(functionName: string, event: Json): Promise<Json>;
  /** Deploys changed transformations now. */
  deploy(): Promise<void>;
  /** Ends all services, functions and executions. */
  close(): Promise<void>;
}

/**
 * Starts DynamoDB, S3, KMS, Lambda and Step Functions on one port.
 *
 * 1. Open the port. 2. Start DynamoDB and S3, build the functions. 3. Create the ledger. 4. Deploy the transformations. 5. Serve.
 * If a step fails, everything that was started is ended again.
 *
 * @throws PortInUse: when another program listens on the port.
 * @throws JavaMissing: when a DynamoDB has to be started and there is no Java for it.
 */
export async function startLocalAws(options: LocalAwsOptions): Promise<LocalAws> {
  const closers = new Closers();
  try {
    const started = await start(options, closers);
    return { ...started, close: () => closers.close() };
  } catch (error) {
    await closers.close();
    throw error;
  }
}

async function start(options: LocalAwsOptions, closers: Closers): Promise<Omit<LocalAws, 'close'>> {
  const log = options.log ?? ((line) => console.error(line));
  const names =
    options.template === undefined ? namesOf(options.name ?? 'dynamodt', starterRegion()) : await namesOfTemplate(options.template);
  const source = resolve(options.template ?? options.transformations);
  await checkFolder(source);
  const front = await closers.started(openFront(options.port ?? 0));
  const work = await closers.started(temporaryFolder());

  const data = await openDataFolder(options.data ?? join(work.path, 'data'));

  const sources = existsSync(join(packageRoot, 'functions'));
  const functions = options.functions ?? (sources ? join(work.path, 'functions') : join(packageRoot, 'dist/functions'));
  const starting = [
    closers.started(options.dynamodb ? existingDynamoDb(options.dynamodb) : startLocalDynamoDb(work.path)),
    closers.started(startLocalS3(data.s3, [names.bucket])),
    options.functions === undefined && options.template === undefined && sources && buildFunctions(functions),
  ] as const;
  // If one fails, the others are awaited too, so that none of them writes into a removed folder.
  await Promise.allSettled(starting);
  const [dynamodb, s3] = await Promise.all(starting);
  const client = new DynamoDBClient({
    endpoint: dynamodb.url,
    region: names.region,
    ...(!isAws(dynamodb.url) && { credentials: localCredentials }),
  });
  closers.add(() => client.destroy());
  await createLedger(client, names);

  const credentials = await credentialVariables(dynamodb.url, () => client.config.credentials(), log);
  const runtime: Runtime = { names, url: front.url, dynamodbUrl: dynamodb.url, credentials };
  const tables = options.tables ?? {};
  const extra = options.environment ?? {};
  const service: ServedService =
    options.template === undefined
      ? sourcesService({
          source,
          functions: resolve(functions),
          stateMachines: options.stateMachines ?? join(packageRoot, 'state-machines'),
          runtime,
          client,
          tables,
          follow: followedIn(options.follow),
          extra,
          nextVersion: () => versions?.next,
          log,
        })
      : templateService({ folder: source, runtime, tables, extra, nextVersion: () => versions?.next ?? '', log });
  const deployed: () => Promise<Deployment> = deployer({ ...service, target: work.path, log });
  const versions = options.versions || options.template !== undefined ? new PublishedVersions(deployed) : undefined;
  const first = await (versions ? versions.deploy() : deployed());
  const pool = new FunctionPool({
    has: service.hasFunction,
    fileOf: service.fileOf,
    names,
    environmentOf: service.environmentOf,
    deployed: async (version) => (versions ? versions.get(version) : version === undefined ? deployed() : undefined),
    timeouts: options.functionTimeouts ?? {},
    maxProcesses: options.maxProcesses,
    patienceMs: options.patienceMs,
    throttle: options.throttle,
    log,
  });
  closers.add(() => pool.close());
  const mappings = new EventSourceMappings({
    ...{ function: 'follow-stream', client, dynamodbUrl: dynamodb.url, region: names.region },
    ...{ functions: pool, folder: data.mappings, log },
  });
  closers.add(() => mappings.close());
  const deployMappings = (deployment: Deployment): Promise<void> =>
    mappings.deploy(isAws(dynamodb.url) ? [] : service.followed(deployment));
  const failures = new FailureEvents({ names, functions: pool, decide: options.failureEvents ?? (() => 'deliver'), log });
  closers.add(() => failures.close());
  const stateMachines = () => loadStateMachines(service.definitionsIn(versions?.get()), names, versions?.current);
  const stepFunctions = await closers.started(localStepFunctions(stateMachines, names, pool, (execution) => failures.ended(execution)));
  const deploy = async (): Promise<void> => {
    await deployMappings(await (versions ? versions.deploy() : deployed()));
    if (versions) await stepFunctions.deploy();
  };
  if (options.watch) {
    const watcher = watchFolder(source, () => {
      deploy().catch((error) => log(`not deployed: ${error}`));
    });
    closers.add(() => watcher.close());
  }
  front.serve({
    dynamodb: new URL(dynamodb.url),
    stepFunctions: stepFunctions.actions,
    kms: localKms(names, data.key),
    cloudWatch: localAlarms(),
    eventBridge: localEventBus(log),
    lambda: serveLambda(pool, log, { path: mappingsPath, answer: mappingsApi(mappings, names) }),
    s3: s3.serve,
  });
  await deployMappings(first);
  return {
    url: front.url,
    dynamodbUrl: dynamodb.url,
    dynamodb: dynamodb.description,
    functionProcesses: () => pool.processes(),
    deploy,
    invoke: (functionName, event) => pool.invokeNamed(`${names.prefix}-${functionName}`, event),
  };
}

function followedIn(follow: LocalAwsOptions['follow'] = {}): Record<string, Following> {
  return Object.fromEntries(
    Object.entries(follow).flatMap(([table, settings]) => {
      const followed = following(table, settings);
      return followed ? [[table, followed]] : [];
    }),
  );
}

async function namesOfTemplate(folder: string): Promise<Names> {
  return namesIn(await readServiceTemplate(resolve(folder)), starterRegion());
}

/** Loaded only here: an installed package has built functions. */
async function buildFunctions(folder: string): Promise<void> {
  const { bundleFunctions } = await import('../infra/build/bundle-functions.ts');
  await bundleFunctions(folder, { splitting: true });
}

async function checkFolder(folder: string): Promise<void> {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory())
    throw new Error(`There is no folder ${folder}: create it, or name the folder of your transformations with --transformations.`);
}

async function createLedger(client: DynamoDBClient, names: Names): Promise<void> {
  try {
    await client.send(new CreateTableCommand(ledgerTable(names.ledger)));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
  }
}
