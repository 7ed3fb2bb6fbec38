import { Annotations, CfnOutput, RemovalPolicy, Stack } from 'aws-cdk-lib';
import type { Alarm } from 'aws-cdk-lib/aws-cloudwatch';
import type { Table } from 'aws-cdk-lib/aws-dynamodb';
import { type IGrantable, type IPrincipal, PolicyDocument, type PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { Alias, type IKey, Key } from 'aws-cdk-lib/aws-kms';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { RetentionDays } from 'aws-cdk-lib/aws-logs';
import type { Bucket } from 'aws-cdk-lib/aws-s3';
import type { StateMachine } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { defaultJournalRetentionDays } from '../core/journal/journal-retention.ts';
import { createAlarms } from './alarms/alarms.ts';
import { createFailureRule } from './alarms/failure-rule.ts';
import { createLostEvents } from './alarms/lost-events.ts';
import { createNotifyRules } from './alarms/notify-rules.ts';
import { createPauseRules } from './alarms/pause-rules.ts';
import type { BundleNote, DeclaredWrite, UnfollowedFile } from './build/check-bundle.ts';
import { bundledTransformations } from './bundled-transformations.ts';
import { checkConcurrency } from './checks/concurrency.ts';
import { refuseHours } from './checks/hours.ts';
import { refuseProps } from './checks/props.ts';
import { refuseUngrantedLookups } from './checks/refuse-lookups.ts';
import { refuseOldCdk } from './checks/refuse-old-cdk.ts';
import { refuseOtherServices, type Service, service } from './checks/services-of-app.ts';
import { teamEnvironment } from './checks/team-environment.ts';
import { createDashboard } from './dashboard.ts';
import { calledByEvents, defaultWorkerMemory, deployedFunctions } from './deployed-functions.ts';
import type { DynamodtProps } from './dynamodt-props.ts';
import { usedBus } from './event-bus.ts';
import { followStreams } from './follow/followed-tables.ts';
import { createFunctions } from './functions.ts';
import { createLedger } from './ledger.ts';
import { permitLogs } from './log-groups.ts';
import { metricNamespace } from './metric-namespace.ts';
import { deployedNames } from './names.ts';
import {
  changesReaderStatements,
  observerStatements,
  operatorStatements,
  plannerStatements,
  preparerStatements,
  repairerStatements,
} from './permissions/people.ts';
import { arnLengths, type Permitted } from './permissions/permissions.ts';
import { createReaderRole } from './permissions/reader-role.ts';
import { maxInlineCharacters, sizeOf } from './permissions/role-policies.ts';
import { refuseKey } from './permissions/service-key.ts';
import { createPreparationsBucket } from './preparations-bucket.ts';
import { publishAtDeploys, refuseLargeCatalog } from './published-catalog.ts';
import { createStateMachines } from './state-machines.ts';
import { secretSources } from './team-secrets.ts';
import { type TeamTable, teamTable } from './team-tables.ts';

/**
 * Transforms the items of live tables: `new Dynamodt(this, 'Dynamodt', { tables: { Users: usersTable } })`.
 *
 * 1. Checks the tables and bundles the team's files. Problems with them are errors at synth.
 * 2. Creates the bucket of preparations and the key, which stay when the stack is deleted, as the ledger does.
 * 3. Creates the functions, each with a role that permits only the actions that its code was observed to use, and the role for lookups.
 * 4. Creates the state machines from the unchanged ASL files.
 * 5. Creates rules: failures are recorded, people are notified, and alarms pause runs.
 * 6. Creates the ledger, and the resource by which each deploy publishes the catalog.
 */
export class Dynamodt extends Construct {
  /** Takes one table up or down; input `{"table": "Users"}`. */
  readonly transformTable: StateMachine;
  /** Takes all tables up. A pipeline starts it after a deploy and waits for its end. Input `{}`. */
  readonly transformAll: StateMachine;
  /** The table that records what was applied to which table. */
  readonly ledger: Table;
  /** The bucket of the preparations. */
  readonly preparations: Bucket;
  /** Encrypts the ledger and the preparations. */
  readonly key: IKey;
  /** The functions by name, such as `control-run`. */
  readonly functions: ReadonlyMap<string, LambdaFunction>;
  /** Alarms that need a person, such as that for failed runs. They notify the topic `notify`. */
  readonly alarms: readonly Alarm[];
  /** @internal By which the constructs of one app find each other. */
  readonly [service]: Service;
  readonly #permitted: Permitted;

  /** @throws Error: when the tables or the team's files cannot be deployed; the message names each and says what to do */
  constructor(scope: Construct, id: string, props: DynamodtProps) {
    super(scope, id);
    const stack = Stack.of(this);
    refuseOldCdk();
    refuseProps(props);
    const names = deployedNames(props.name ?? 'dynamodt', stack);
    const removalPolicy = props.removalPolicy ?? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE;

    const tables = Object.entries(props.tables).map(([name, given]) => teamTable(this, name, given));
    const lookups = Object.entries(props.lookupTables ?? []).map(([name, given]) => teamTable(this, lookupNameOf(props, name), given));
    const lookupTables = Array.isArray(props.lookupTables)
      ? {}
      : Object.fromEntries(lookups.map(({ name, table }) => [name, table.tableName]));
    refuseToFollow(lookups);
    if (tables.length === 0) throw new Error('No tables are given: `tables: { Users: usersTable }`.');
    this[service] = { name: names.prefix, tables };
    refuseOtherServices(this, this[service]);
    if (props.encryptionKey) refuseKey(this, props.encryptionKey);
    checkConcurrency(this, props.reservedConcurrency);
    refuseHours(props.onlyBetween);
    const transformations = bundledTransformations(props.transformations ?? 'transformations', props.tablesElsewhere ?? []);
    refuseLargeCatalog(transformations.manifest);
    refuseUngrantedLookups(transformations.lookups, tables, lookups, !Array.isArray(props.lookupTables));
    this.#warnOf(transformations.notes, tables);
    this.#tellNotFollowed(transformations.notFollowed, tables);
    this.#matchFoldersToTables(Object.keys(transformations.manifest.tables), tables);
    const otherTables = tablesWritten(transformations.writes, tables, Array.isArray(props.lookupTables) ? [] : lookups);

    this.key =
      props.encryptionKey ??
      new Key(this, 'Key', { description: `Ledger and preparations of ${names.prefix}`, enableKeyRotation: true, removalPolicy });
    new Alias(this, 'KeyAlias', { aliasName: names.keyAlias, targetKey: this.key });
    const logKey = props.encryptLogs === true ? this.key : props.encryptLogs || undefined;
    if (logKey) permitLogs(this, logKey, names);
    const logs = { retention: props.logRetention ?? RetentionDays.THREE_MONTHS, key: logKey };
    const lostEvents = createLostEvents(this, names);
    this.preparations = createPreparationsBucket(
      this,
      names.bucket,
      this.key,
      removalPolicy,
      props.journalRetention ?? defaultJournalRetentionDays,
    );

    const pauseAlarm = (props.pauseOn ?? []).length > 0 ? names.pauseAlarm : undefined;
    const bus = usedBus(stack, props.events);
    const { readByIndex } = transformations;
    this.#permitted = {
      names,
      tables,
      otherTables,
      readByIndex,
      ledger: { tableArn: names.ledgerArn },
      bucket: this.preparations,
      key: this.key,
      pauseAlarm,
      eventBusArn: bus?.arn,
    };
    this.functions = createFunctions(this, {
      ...this.#permitted,
      props,
      logs,
      lostEvents,
      transformations: transformations.folder,
      teamEnvironment: teamEnvironment(stack, props.environment, lookupTables, secretSources(props.secrets ?? {})),
      environment: {
        DYNAMODT_LEDGER: names.ledger,
        DYNAMODT_BUCKET: this.preparations.bucketName,
        DYNAMODT_KEY: this.key.keyArn,
        DYNAMODT_WORKER_MEMORY: String(props.memorySize ?? defaultWorkerMemory),
        ...(props.controlInterval === undefined ? {} : { DYNAMODT_CONTROL_INTERVAL_MS: String(props.controlInterval) }),
        ...(props.journalRetention === undefined ? {} : { DYNAMODT_JOURNAL_RETENTION: String(props.journalRetention) }),
        ...(props.onlyBetween === undefined ? {} : { DYNAMODT_ONLY_BETWEEN: props.onlyBetween }),
        ...(props.reservedConcurrency === undefined ? {} : { DYNAMODT_RESERVED_CONCURRENCY: String(props.reservedConcurrency) }),
        ...(pauseAlarm === undefined ? {} : { DYNAMODT_PAUSE_ALARM: pauseAlarm }),
        ...(bus ? { DYNAMODT_EVENT_BUS: bus.name } : {}),
        POWERTOOLS_SERVICE_NAME: names.prefix,
        POWERTOOLS_METRICS_NAMESPACE: metricNamespace,
      },
    });
    const looksUp = [...this.functions].filter(([name]) => deployedFunctions[name]?.may.includes('lookUp'));
    createReaderRole(
      this,
      looksUp.map(([, lambda]) => lambda),
      [...tables, ...lookups],
    );
    const machines = createStateMachines(this, { names, functions: this.functions, tracing: props.tracing ?? false, logs });
    this.transformTable = machines.transformTable;
    this.transformAll = machines.transformAll;

    const { transformTable, transformAll } = machines;
    createFailureRule(this, {
      stateMachineArn: transformTable.stateMachineArn,
      recordFailure: this.#function('record-failure'),
      notify: (props.notifyOf ?? ['failed']).includes('failed') ? props.notify : undefined,
      lostEvents,
    });
    createNotifyRules(this, { names, notify: props.notify, notifyOf: props.notifyOf ?? [], bus });
    createPauseRules(this, {
      alarms: props.pauseOn ?? [],
      controlRun: this.#function('control-run'),
      names,
      lostEvents,
    });
    const worker = this.#function('transform-segment');
    const called = calledByEvents.map((name) => this.#function(name));
    const followStream = this.functions.get('follow-stream');
    this.alarms = createAlarms(this, { names, stateMachines: machines, worker, followStream, called, lostEvents, notify: props.notify });
    createDashboard(this, { names, stateMachines: machines, worker, followStream, alarms: this.alarms });
    const before = [...this.node.children];
    this.ledger = createLedger(this, names.ledger, this.key, removalPolicy);
    // Its deletion protection would stop the rollback of a first deploy, so it is created when the rest is there.
    this.ledger.node.addDependency(...before);
    const catalog = publishAtDeploys(this, {
      names,
      publishCatalog: this.#function('publish-catalog'),
      tables,
      lookupTables,
      deploy: machines.deploy,
      logs,
      after: [this.ledger, ...before],
    });
    if (followStream) followStreams(this, { tables, followStream, lostEvents, after: [catalog] });

    new CfnOutput(this, 'TransformTableArn', { value: transformTable.stateMachineArn, description: 'Input {"table": "Users"}' });
    new CfnOutput(this, 'TransformAllArn', { value: transformAll.stateMachineArn, description: 'Start it after a deploy, with {}' });
    new CfnOutput(this, 'LedgerName', { value: this.ledger.tableName });
    new CfnOutput(this, 'PreparationsBucket', { value: this.preparations.bucketName });
  }

  /** Permits a principal to look at runs, by the command (`status`, `history`) and in the console, and to read the ledger and the logs. */
  grantObserve(grantee: IGrantable): void {
    this.#grant(grantee, observerStatements(this.#permitted));
  }

  /**
   * The permissions of a grant as a document, for principals that the app does not define, such as a permission set of IAM Identity Center.
   *
   * @throws Error: when the document is larger than an inline policy may be
   */
  policyDocument(of: 'observe' | 'operate'): PolicyDocument {
    const statements = of === 'observe' ? observerStatements(this.#permitted) : operatorStatements(this.#permitted);
    const lengths = arnLengths(this.#permitted.tables);
    const size = statements.reduce((sum, statement) => sum + sizeOf(statement, lengths), 0);
    if (size > maxInlineCharacters)
      throw new Error(
        `The document '${of}' has ${size} characters for ${lengths.size} tables, and an inline policy may have ${maxInlineCharacters}. Create a role in the app, grant it there, and let the principals assume it.`,
      );
    return new PolicyDocument({ statements });
  }

  /** Permits a principal, such as the role of a pipeline, to run the command: start runs, follow, pause and stop them, and read the ledger. */
  grantOperate(grantee: IGrantable): void {
    this.#grant(grantee, operatorStatements(this.#permitted));
  }

  /** Permits a principal to run `dynamodt plan`, which reads items of the tables. */
  grantPlan(grantee: IGrantable): void {
    this.#grant(grantee, plannerStatements(this.#permitted));
  }

  /** Permits a principal to run `dynamodt prepare --here`, which reads items of the tables and writes preparations. */
  grantPrepare(grantee: IGrantable): void {
    this.#grant(grantee, preparerStatements(this.#permitted));
  }

  /** Permits a principal to run `dynamodt changes`, which reads the journals: all item data that runs changed or removed. */
  grantChanges(grantee: IGrantable): void {
    this.#grant(grantee, changesReaderStatements(this.#permitted));
  }

  /** Permits a principal to run `dynamodt repair` and `baseline`, which change the version records of the ledger. */
  grantRepair(grantee: IGrantable): void {
    this.#grant(grantee, repairerStatements(this.#permitted));
  }

  #grant({ grantPrincipal }: IGrantable, statements: readonly PolicyStatement[]): void {
    const added = statements.map((statement) => grantPrincipal.addToPrincipalPolicy(statement).statementAdded);
    if (added.includes(false) || isImmutable(grantPrincipal))
      Annotations.of(this).addWarningV2(
        'dynamodt:grant-without-effect',
        'A grant has no effect, because CDK may not change its principal, such as a role that was imported with `mutable: false` or from another account. Attach what `policyDocument` returns to it yourself.',
      );
  }

  #function(name: string): LambdaFunction {
    const found = this.functions.get(name);
    if (!found) throw new TypeError(`there is no function ${name}`);
    return found;
  }

  /** That a table has no version yet is told below. */
  #warnOf(notes: readonly BundleNote[], tables: readonly TeamTable[]): void {
    for (const { file, message } of notes.filter((note) => !tables.some(({ name }) => name === note.file)))
      Annotations.of(this).addWarningV2(`dynamodt:not-bundled-${file}`, message);
  }

  /** No warning: versions that were applied long ago stay as they are. */
  #tellNotFollowed(files: readonly UnfollowedFile[], tables: readonly TeamTable[]): void {
    const followed = tables.flatMap(({ name, follows }) => (follows ? [name] : []));
    for (const { file, reason } of files.filter((one) => followed.includes(one.file.split('/')[0] ?? '')))
      Annotations.of(this).addInfoV2(
        `dynamodt:not-followed-${file}`,
        `The stream is not followed for ${file}: ${reason}. Items that old code writes stay without it until the next sweep (\`up --again\`).`,
      );
  }

  /** A folder without a table is an error, since its runs would fail. A table without a folder is a warning: it has no file yet, or is misspelt. */
  #matchFoldersToTables(folders: readonly string[], tables: readonly TeamTable[]): void {
    const unknown = folders.filter((folder) => !tables.some(({ name }) => name === folder));
    if (unknown.length > 0)
      throw new Error(
        `There are transformations for ${unknown.join(', ')}, but \`tables\` has only ${tables.map(({ name }) => name).join(', ')}. Give the table under the name of its folder, \`tables: { ${unknown[0]}: … }\`, or, if it is in other stages only, \`tablesElsewhere: ['${unknown[0]}']\`.`,
      );
    for (const { name } of tables.filter((table) => !folders.includes(table.name)))
      Annotations.of(this).addWarningV2(
        `dynamodt:no-transformations-${name}`,
        `There are no transformations for ${name} yet. If they are in a folder of another name, give the table under that name.`,
      );
  }
}

/**
 * The tables into which files insert, beside those whose items are transformed.
 *
 * @throws Error: when a file names one that the stack does not give
 */
function tablesWritten(writes: readonly DeclaredWrite[], tables: readonly TeamTable[], lookups: readonly TeamTable[]): TeamTable[] {
  const written = new Map<string, TeamTable>();
  for (const { file, table: name } of writes) {
    if (tables.some((table) => table.name === name)) continue;
    const found = lookups.find((table) => table.name === name);
    if (!found)
      throw new Error(
        `${file} has "${name}" in writes, and no table is given under that name. Give it by its name in \`lookupTables: { ${JSON.stringify(name)}: … }\`, or in \`tables\` if its own items are transformed, too.`,
      );
    written.set(name, found);
  }
  return [...written.values()];
}

/** @throws Error: when a table is to be followed that no version transforms */
function refuseToFollow(lookups: readonly TeamTable[]): void {
  const followed = lookups.find(({ follows }) => follows);
  if (followed)
    throw new Error(
      `${followed.name} is to be followed, and is given in \`lookupTables\`, whose items no version transforms. Remove \`follow\` there, or give the table in \`tables\`.`,
    );
}

/** A role that CDK may not change says that it was changed; only the ids tell, by which CDK creates it. */
function isImmutable(principal: IPrincipal): boolean {
  if (!Construct.isConstruct(principal)) return false;
  const { id, scope } = principal.node;
  return id.startsWith('ImmutableRole') || scope?.node.tryFindChild(`MutableRole${id}`) !== undefined;
}

/** As messages name it. */
function lookupNameOf({ lookupTables }: DynamodtProps, key: string): string {
  return Array.isArray(lookupTables) ? `lookupTables[${key}]` : key;
}
