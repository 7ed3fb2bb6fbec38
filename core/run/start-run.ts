import type { MaybePromise } from '../change/maybe-promise.ts';
import { type Link, type ReadSample, refuseBrokenFiles, sampleFor, type TryApart } from '../change/try-sample.ts';
import type { Clock } from '../clock.ts';
import { RunError, type RunErrorName, recordedError } from '../errors.ts';
import { budgetFor, type Throughput } from '../ledger/budget.ts';
import { controlTimes, type UndoPart } from '../ledger/control.ts';
import { type GivenValues, openGiven, type SecretCipher } from '../ledger/given.ts';
import { type RunStep, takesTable } from '../ledger/run.ts';
import { mayChangeRun } from '../ledger/run-status.ts';
import { resetRun, type Version } from '../ledger/version.ts';
import { carriedOver } from '../ledger/version-counters.ts';
import type { LookupSource } from '../lookup/lookup-port.ts';
import { lookupProblems } from '../lookup/refuse-lookups.ts';
import type { StageParameters } from '../transformation/catalog.ts';
import type { BoundContext, Transformation } from '../transformation/contract.ts';
import { noDeclarations } from '../transformation/declarations.ts';
import type { TableShape } from '../values/table-shape.ts';
import { maxConcurrencyFor, totalSegmentsFor } from './map-size.ts';
import { type NextStep, nextStepOf } from './next-step.ts';
import { type PauseByAlarmPorts, pauseByAlarm } from './pause-by-alarm.ts';
import { type Deployed, planRun } from './plan-run.ts';
import { type EndedExecution, endingOf } from './record-failure.ts';
import { startChanges } from './records/ledger-changes.ts';
import type { LedgerReads, LedgerWrites } from './records/ledger-port.ts';
import { refuseReplicas, refuseTransactions } from './refuse-replicas.ts';
import type { RunInput } from './run-input.ts';
import { withGiven } from './steps/give-parameters.ts';
import { type OtherTable, type OtherTables, otherTables } from './steps/other-tables.ts';
import { type IndexDetails, type ScopedStep, scopedStep } from './steps/step-scopes.ts';
import { type Holder, type Lock, type RunRequest, type Taken, takeTable } from './take-table.ts';
import { tablesInJournal, undoPartsOf } from './undo-by-journal.ts';
import { type KeptCodePort, withEarlierCodes, withKeptCode } from './versions/kept-code.ts';
import { refuseUnbaselined, unknownToLedger } from './versions/refuse-unbaselined.ts';
import { refuseReplaced } from './versions/replaced-table.ts';
import { refuseSquashedAway } from './versions/squash-versions.ts';

/** A start of the state machine. */
export interface Start {
  input: RunInput;
  /** ARN of the execution. */
  execution: string;
  /** ISO 8601 */
  startedAt: string;
  redriveCount: number;
  /** The execution that started this one and waits for it, as its redrive found another deploy: if it holds the table, it gives it to this one. */
  startedBy?: string | undefined;
}

/** What must be known of the table and its files. */
export interface StartedTable {
  shape: TableShape;
  /** Differs from that of a table that had the name before; undefined if DynamoDB does not tell it. */
  tableId: string | undefined;
  bytes: number;
  /** Items, about. */
  items: number;
  throughputs: readonly Throughput[];
  replicaRegions: readonly string[];
  isStronglyConsistent: boolean;
  /** By the names of indexes. */
  indexDetails?: Readonly<Record<string, IndexDetails>> | undefined;
  /** Milliseconds that a global index may lag behind the table; default `indexLagMs` of core/ledger/scope.ts. */
  indexLagMs?: number | undefined;
  /** All files of the table, loaded and checked. */
  deployed: readonly Deployed[];
  /** Versions without a file, because all stages have applied them; undefined for none. */
  squashed?: readonly number[] | undefined;
  /** Values that the deployment gives to parameters in this stage. */
  stageParameters?: StageParameters | undefined;
  /** Budgets of other tables into which the versions of the run insert. */
  otherBudgets?: OtherTables['budgets'];
}

export interface StartRunPorts extends KeptCodePort {
  clock: Clock;
  ledger: LedgerReads & LedgerWrites;
  /**
   * @param mayHaveNoFiles if true, a table without files is no error
   * @throws RunError UnknownTable, NoTransformations, InvalidTransformation
   */
  describeTable(table: string, mayHaveNoFiles: boolean): Promise<StartedTable>;
  /** A table into which versions insert, by its logical name; undefined if there is none. */
  describeOther?: ((table: string) => Promise<OtherTable | undefined>) | undefined;
  readSample: ReadSample;
  /** The sequences that dynamo-data-transform has recorded in the table as applied. @throws RunError InvalidInput if its item cannot be read */
  executedByPredecessor(shape: TableShape): Promise<number[]>;
  /** By DescribeExecution; undefined if Step Functions does not know the execution. */
  describeExecution(execution: string): Promise<EndedExecution | undefined>;
  /** How the sample is tried; in the process of the function if it is left out. */
  tryApart?: TryApart | undefined;
  /** What functions look things up in. */
  lookups?: LookupSource | undefined;
  /** Encrypts and decrypts secret parameters. */
  secrets: SecretCipher;
  contextOf(step: RunStep, start: Start, shape: TableShape, given: GivenValues): MaybePromise<BoundContext>;
  runId(start: Start): string;
  /** Undefined if no alarm pauses runs. */
  pauseAlarm?: PauseByAlarmPorts | undefined;
  leaseMs: number;
  controlIntervalMs: number;
  /** Workers that Lambda starts at a time, by their reserved concurrency; undefined if none is reserved. */
  reservedConcurrency?: number | undefined;
  /** Days for which journals are kept; undefined if that is not known. */
  journalRetentionDays?: number | undefined;
}

const maxTries = 5;

/**
 * Begins a run, or goes on with the one that ended before it was done.
 *
 * 1. Find the pending sequences by the ledger's rules; without any, there is nothing to do.
 * 2. Transform a sample in memory, all sequences in their order up to the first that needs a preparation: a broken file fails here.
 * 3. Take the table in one transaction. Until then nothing is written; a refused start is recorded for the history, and nowhere else.
 * 4. If the alarm that pauses runs is on, pause this one before its first worker begins.
 * 5. After a takeover, let the leases of old workers run out.
 *
 * A repeated invocation returns the decision that was taken.
 *
 * @throws RunError those of planRun, takeTable and describeTable
 * @throws RunError UnknownTable: when the table, or one that a version looks things up in, does not exist
 * @throws RunError TableReplaced, ReplicatedTable, TransactionsUnavailable, NotBaselined, ItemsFailed
 * @throws RunError InvalidParameters
 * @throws RunError those of withKeptCode and withEarlierCodes: when the run is asked to use kept code
 */
export async function startRun(start: Start, ports: StartRunPorts): Promise<NextStep> {
  try {
    return await takeAndBegin(start, ports);
  } catch (error) {
    if (error instanceof RunError && isForHistory(error)) await recordRefusal(start, error, ports);
    throw error;
  }
}

/** There is no such table, or AWS is at fault and Step Functions starts the function again. */
const unrecorded: readonly RunErrorName[] = ['UnknownTable', 'NoTransformations', 'AwsUnavailable'];

/** A table that a version looks things up in can be missing although the run's own is there. */
function isForHistory({ name, fields }: RunError): boolean {
  return !unrecorded.includes(name) || fields.sequence !== undefined;
}

/** The refusal stands, also if it cannot be recorded. */
async function recordRefusal({ input, execution, redriveCount, ...start }: Start, error: RunError, ports: StartRunPorts): Promise<void> {
  const { table, direction, dryRun, prepareOnly, again } = input;
  const id = ports.runId({ input, execution, redriveCount, ...start });
  const at = new Date(ports.clock.wall()).toISOString();
  const asked = { table, direction, dryRun, prepareOnly, ...(again === undefined ? {} : { again: true }) };
  const refused = { id, ...asked, execution, redriveCount, at, error: { table, ...recordedError(error) } };
  await ports.ledger.write([{ kind: 'putRefusedStart', refused }]).catch(() => undefined);
}

async function takeAndBegin(start: Start, ports: StartRunPorts): Promise<NextStep> {
  const { clock, ledger } = ports;
  const { input } = start;
  const id = ports.runId(start);
  const found = await ports.describeTable(input.table, input.keptCode || input.exact);

  const already = await takenBefore(start, id, ledger);
  if (already) {
    await pauseIfInAlarm(already, ports);
    await clock.sleep(already.control.lease.quietMs);
    return nextStepOf(already.run, already.control, ledger, clock.wall());
  }
  for (let tries = 0; tries < maxTries; tries++) {
    const { table } = input;
    const [versions, hold, lockRead] = await Promise.all([ledger.versions(table), ledger.hold(table), ledger.lock(table)]);
    refuseReplaced(table, { tableName: found.shape.name, tableId: found.tableId }, versions);
    const described = { ...found, deployed: await withKeptCode(input, found.deployed, versions, ports) };
    if (input.direction === 'up' && !input.keptCode)
      await refuseSquashedAway(table, described.squashed ?? [], versions, () => isEmpty(described.shape, ports));
    const journalTime = { now: clock.wall(), retentionDays: ports.journalRetentionDays };
    const pending = planRun(input, described.deployed, versions, hold, journalTime);
    const coded = await withEarlierCodes(input, pending, described.deployed, versions, ports);
    const { stageParameters } = described;
    const began = { input, startedAt: Date.parse(start.startedAt) };
    const given = await withGiven(began, coded, described.deployed, versions, { ...ports, stageParameters });
    const scoped = input.prepareOnly ? given.map(allItems) : await withScopes(given, described, versions, start, ports);
    const steps = scoped.map(({ step }) => step);
    if (steps.length === 0) return { decision: 'nothingToDo', table: input.table, direction: input.direction, sequences: [] };
    if (!input.prepareOnly) {
      refuseReplicas(described.replicaRegions, input);
      refuseTransactions(described, input.table, transformationsOf(steps, described.deployed));
    }
    await refuseUnreadableLookups(input.table, transformationsOf(steps, described.deployed), ports);
    const complete = await withOtherTables(described, { steps, versions }, input, ports);
    await refuseWhatPredecessorRan(input, steps, versions, described.shape, ports);
    const holder = takesTable(input) ? await holderOf(lockRead, start, ports) : undefined;
    const lock = lockRead && !holder ? await afterGivenBack(lockRead, ledger) : lockRead;
    const undoes = await firstUndo({ steps, versions }, ports);
    const planned = { ...plan(start, id, { steps, versions }, complete, ports), undoes };
    // Decided before the sample is tried, as a busy table is the quicker answer.
    const taken = takeTable(planned, lock, holder);
    if (tries === 0 && !input.prepareOnly) await tryFiles(scoped, complete, start, ports);
    if (!(await ledger.write(startChanges(taken, { lock, holder, versions, hold }, planned.now)))) continue;
    await pauseIfInAlarm(taken, ports);
    await clock.sleep(taken.control.lease.quietMs);
    return nextStepOf(taken.run, taken.control, ledger, clock.wall());
  }
  throw new RunError(
    'TableBusy',
    `Other starts on ${input.table} were faster ${maxTries} times in a row. Look at \`dynamodt status ${input.table}\` and start again.`,
    { fields: { table: input.table } },
  );
}

function allItems(step: RunStep): ScopedStep {
  return { step, scope: undefined };
}

function withScopes(
  steps: readonly RunStep[],
  table: StartedTable,
  versions: readonly Version[],
  start: Start,
  ports: StartRunPorts,
): Promise<ScopedStep[]> {
  return Promise.all(
    steps.map(async (step) => {
      const file = table.deployed.find(({ transformation }) => transformation.sequence === step.sequence);
      if (step.by || !file?.transformation.only) return allItems(step);
      const version = versions.find(({ sequence }) => sequence === step.sequence);
      return scopedStep(step, file.transformation, table, { context: await contextFor(step, table.shape, start, ports), version });
    }),
  );
}

async function contextFor(step: RunStep, shape: TableShape, start: Start, ports: StartRunPorts): Promise<BoundContext> {
  const version = { table: start.input.table, sequence: step.sequence };
  return ports.contextOf(step, start, shape, await openGiven(version, step.given, (owner, text) => ports.secrets.decrypt(owner, text)));
}

async function withOtherTables(
  table: StartedTable,
  { steps, versions }: Steps,
  input: RunInput,
  { ledger, describeOther = async () => undefined }: StartRunPorts,
): Promise<StartedTable> {
  const journals = await Promise.all(
    undone({ steps, versions }).map(async (version) => {
      const writes = await tablesInJournal(version, ledger);
      return { sequence: version.sequence, file: version.file, seed: undefined, declared: { ...noDeclarations, writes } };
    }),
  );
  const writers = [...transformationsOf(steps, table.deployed), ...journals];
  const { shapes, budgets } = await otherTables(input, table.shape, writers, describeOther);
  return shapes ? { ...table, shape: { ...table.shape, others: shapes }, otherBudgets: budgets } : table;
}

async function isEmpty(shape: TableShape, { readSample }: StartRunPorts): Promise<boolean> {
  return (await readSample(shape, 1)).images.length === 0;
}

/** A run that does not take the table is left alone by alarms. */
async function pauseIfInAlarm({ run, control }: Pick<Taken, 'run' | 'control'>, { pauseAlarm }: StartRunPorts): Promise<void> {
  if (pauseAlarm && takesTable(run)) await pauseByAlarm(control, pauseAlarm);
}

/** The run that an earlier invocation of this very start began. */
async function takenBefore({ input, execution }: Start, id: string, ledger: LedgerReads) {
  const lock = await ledger.lock(input.table);
  const runId = lock?.execution === execution ? lock.run : id;
  const [run, control] = await Promise.all([ledger.run(input.table, runId), ledger.control(runId)]);
  return run && control?.table === input.table && run.execution === execution ? { run, control } : undefined;
}

/** @throws RunError UnknownTable */
async function refuseUnreadableLookups(
  table: string,
  transformations: readonly Transformation[],
  { lookups }: StartRunPorts,
): Promise<void> {
  const [problem] = lookups ? await lookupProblems(table, transformations, lookups) : [];
  if (problem) throw problem;
}

/** `again` applies a version once more deliberately. */
async function refuseWhatPredecessorRan(
  { table, direction, again, prepareOnly, keptCode }: RunInput,
  steps: readonly RunStep[],
  versions: readonly Version[],
  shape: TableShape,
  { executedByPredecessor }: StartRunPorts,
): Promise<void> {
  const pending = steps.map(({ sequence }) => sequence);
  if (direction === 'down' || again !== undefined || prepareOnly || keptCode || unknownToLedger(pending, versions).length === 0) return;
  refuseUnbaselined(table, pending, versions, await executedByPredecessor(shape));
}

async function holderOf(
  lock: Lock | undefined,
  { input: { table }, startedBy }: Start,
  { ledger, describeExecution }: StartRunPorts,
): Promise<Holder | undefined> {
  if (!lock || lock.endedAt !== undefined) return undefined;
  const [run, control] = await Promise.all([ledger.run(table, lock.run), ledger.control(lock.run)]);
  if (!run || control?.table !== table) return undefined;
  // It gave the table back since the lock was read.
  if (!mayChangeRun('supersede', run.status)) return undefined;
  const [execution, checkpoints] = await Promise.all([describeExecution(lock.execution), ledger.checkpoints(run.id, control.pass)]);
  const ending = endingOf(run, execution);
  return {
    run,
    control,
    checkpoints: [...checkpoints.values()],
    alive: execution?.status === 'running' && lock.execution !== startedBy,
    ending,
  };
}

/** The versions that are taken back by their journals. */
function undone({ steps, versions }: Steps): Version[] {
  return versions.filter(({ sequence }) => steps.some((step) => step.sequence === sequence && step.by === 'journal'));
}

async function firstUndo({ steps, versions }: Steps, { ledger }: StartRunPorts): Promise<UndoPart | undefined> {
  const [version] = undone({ steps: steps.slice(0, 1), versions });
  if (!version) return undefined;
  const [newest] = await undoPartsOf(version, ledger);
  return newest;
}

/** Of the steps that are made by code. */
function transformationsOf(steps: readonly RunStep[], deployed: readonly Deployed[]): Transformation[] {
  return deployed
    .map(({ transformation }) => transformation)
    .filter((each) => steps.some(({ sequence, by }) => sequence === each.sequence && by === undefined));
}

/**
 * The lock with what its run said when it gave the table back, maybe after the lock was read. If another start took the table since, the
 * lock stays as it was read, and the start that decides on it finds that.
 */
async function afterGivenBack(read: Lock, ledger: LedgerReads): Promise<Lock> {
  const now = await ledger.lock(read.table);
  return now && now.run === read.run && now.execution === read.execution && now.fence === read.fence ? now : read;
}

interface Steps {
  steps: readonly RunStep[];
  versions: readonly Version[];
}

function plan(start: Start, id: string, { steps, versions }: Steps, table: StartedTable, ports: StartRunPorts): RunRequest {
  const { shape, tableId, bytes, items, throughputs, deployed, otherBudgets } = table;
  const totalSegments = start.input.totalSegments ?? totalSegmentsFor(bytes);
  // What a journal takes back can reach every index.
  const byJournal = steps.some(({ by }) => by === 'journal') ? [{ ...noDeclarations, inserts: true }] : [];
  const changes = [...transformationsOf(steps, deployed).map(({ declared }) => declared), ...byJournal];
  const budget = budgetFor(start.input, throughputs, changes);
  const asked = start.input.maxConcurrency ?? maxConcurrencyFor(budget.writeUnits);
  const maxConcurrency = Math.max(1, Math.min(totalSegments, asked, ports.reservedConcurrency ?? Number.POSITIVE_INFINITY));
  return {
    id,
    execution: start.execution,
    redriveCount: start.redriveCount,
    goesOnFor: start.startedBy,
    now: new Date(ports.clock.wall()).toISOString(),
    input: start.input,
    shape,
    tableId,
    steps: [...steps],
    work: takesTable(start.input)
      ? carriedOver(
          versions.find(({ sequence }) => sequence === steps[0]?.sequence),
          start.input.direction,
        )
      : undefined,
    wasReset: versions.some(({ sequence, run }) => sequence === steps[0]?.sequence && run === resetRun),
    totalSegments,
    maxConcurrency,
    budget: { ...budget, others: otherBudgets },
    itemUnits: Math.max(1, Math.ceil(bytes / Math.max(1, items) / 1024)),
    ...controlTimes(maxConcurrency, ports),
  };
}

/** Tries the sequences before the first that needs a preparation; the state Prepare tries that one and those after it. */
async function tryFiles(
  steps: readonly ScopedStep[],
  { deployed, shape }: StartedTable,
  start: Start,
  ports: StartRunPorts,
): Promise<void> {
  // Nor what follows on a journal: the sample is as that version left it.
  const first = steps.findIndex(({ step }) => step.prepares || step.by);
  const { table, maxFailures } = start.input;
  const chain: Link[] = [];
  for (const { step, scope } of steps.slice(0, first === -1 ? undefined : first)) {
    const file = deployed.find(({ transformation }) => transformation.sequence === step.sequence);
    if (!file) continue;
    const { checksum, bundleChecksum, kept, transformation } = file;
    const context = await contextFor(step, shape, start, ports);
    chain.push({ file: file.file, transformation, context, scope, kept: kept && { checksum, bundleChecksum, kept } });
  }
  if (chain.length === 0) return;
  await refuseBrokenFiles(await sampleFor(chain, shape, ports.readSample), chain, shape, {
    table,
    maxFailures,
    written: 'Nothing was written.',
    clock: ports.clock,
    tryApart: ports.tryApart,
    lookups: ports.lookups,
  });
}
