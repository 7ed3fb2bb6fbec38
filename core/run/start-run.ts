import { type Link, refuseBrokenFiles, sampleFor } from '../change/trial/try-sample.ts';
import { RunError, type RunErrorName, recordedError } from '../errors.ts';
import { openGiven } from '../ledger/given.ts';
import { type RunStep, takesTable } from '../ledger/run.ts';
import type { Version } from '../ledger/versions/version.ts';
import { lookupProblems } from '../lookup/refuse-lookups.ts';
import type { BoundContext, Transformation } from '../transformation/contract.ts';
import { noDeclarations } from '../transformation/declarations.ts';
import type { TableShape } from '../values/table-shape.ts';
import { pauseByAlarm } from './control/pause-by-alarm.ts';
import { refusalEvents, startEvents } from './events/decided-events.ts';
import { maxItemsOfSmallTable, maySeemSmall } from './map-size.ts';
import { type NextStep, nextStepOf } from './next-step.ts';
import { planRun } from './plan-run.ts';
import { startChanges } from './records/ledger-changes.ts';
import { refuseReplicas, refuseTransactions } from './refuse-replicas.ts';
import type { RunInput } from './run-input.ts';
import { followerOf, withoutWholeJournals } from './starting/follower.ts';
import { type Steps, transformationsOf, undone } from './starting/planned-steps.ts';
import { firstUndo, requestOf } from './starting/run-request.ts';
import type { Start, StartedTable, StartRunPorts } from './starting/start-ports.ts';
import { afterGivenBack, holderOf, takenBefore } from './starting/table-holder.ts';
import { withGiven } from './steps/give-parameters.ts';
import { otherTables } from './steps/other-tables.ts';
import { type ScopedStep, scopedStep } from './steps/step-scopes.ts';
import { mayBeGrouped, withoutGroups, withSweepGroups } from './steps/sweep-groups.ts';
import { takeTable } from './take-table.ts';
import type { Taken } from './taking/run-request.ts';
import { tablesInJournal } from './undo-by-journal.ts';
import { withEarlierCodes, withKeptCode } from './versions/kept-code.ts';
import { refuseStalePlan } from './versions/refuse-stale-plan.ts';
import { refuseUnbaselined, unknownToLedger } from './versions/refuse-unbaselined.ts';
import { refuseReplaced } from './versions/replaced-table.ts';
import { refuseSquashedAway } from './versions/squash-versions.ts';

const maxTries = 5;

/**
 * Begins a run, or goes on with the one that ended before it was done.
 *
 * 1. Find the pending sequences by the ledger's rules; without any, there is nothing to do.
 * 2. Transform a sample in memory, all sequences in their order up to the first that needs a preparation: a broken file fails here.
 * 3. Take the table in one transaction. Until then nothing is written; a refused start is recorded for the history, and nowhere else.
 * 4. If the alarm that pauses runs is on, pause this one before its first worker begins.
 * 5. After a takeover, let the leases of old workers run out; and that of a follower, if the table is followed.
 *
 * A repeated invocation returns the decision that was taken.
 *
 * @throws RunError those of planRun, takeTable and describeTable
 * @throws RunError UnknownTable: when the table, or one that a version looks things up in, does not exist
 * @throws RunError PlanStale, TableReplaced, ReplicatedTable, TransactionsUnavailable, NotBaselined, ItemsFailed
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
  const { table, direction, dryRun, prepareOnly, again, startedBy, reason } = input;
  const id = ports.runId({ input, execution, redriveCount, ...start });
  const at = new Date(ports.clock.wall()).toISOString();
  const asked = { table, direction, dryRun, prepareOnly, ...(again === undefined ? {} : { again: true }), startedBy, reason };
  const refused = { id, ...asked, execution, redriveCount, at, error: { table, ...recordedError(error) } };
  await ports.ledger.write([{ kind: 'putRefusedStart', refused }]).catch(() => undefined);
  await ports.tell?.(refusalEvents(refused));
}

async function takeAndBegin(start: Start, ports: StartRunPorts): Promise<NextStep> {
  const { clock, ledger } = ports;
  const { input } = start;
  const id = ports.runId(start);
  const found = await ports.describeTable(input.table, input.keptCode || input.exact);

  const already = await takenBefore(start, id, ledger);
  if (already) return begin(already, ports);
  let isSmall: boolean | undefined;
  let apart: ReadonlySet<number> = new Set();
  for (let tries = 0; tries < maxTries; tries++) {
    const { table } = input;
    const [known, hold, lockRead] = await Promise.all([ledger.versions(table), ledger.hold(table), ledger.lock(table)]);
    const followLeaseMs = await followerOf(input, found, lockRead, ports);
    const versions = await withoutWholeJournals(known, ledger, input);
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
    refuseStalePlan(input, { tableId: found.tableId, steps: given, versions, deployed: described.deployed });
    const scoped = input.prepareOnly ? given.map(allItems) : await withScopes(given, described, versions, start, ports);
    const inGroups = withGroups(scoped, input, described);
    const steps = withoutGroups(inGroups, apart);
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
    isSmall ??= await isSmallTable(found, steps, input, ports);
    const planned = { ...requestOf(start, id, { steps, versions }, { ...complete, isSmall }, ports), undoes, followLeaseMs };
    // Decided before the sample is tried, as a busy table is the quicker answer.
    let taken = takeTable(planned, lock, holder);
    if (tries === 0 && !input.prepareOnly) {
      apart = await tryFiles(scoped, steps, complete, start, ports);
      if (apart.size > 0) taken = takeTable({ ...planned, steps: withoutGroups(steps, apart) }, lock, holder);
    }
    if (!(await ledger.write(startChanges(taken, { lock, holder, versions, hold }, planned.now)))) continue;
    return begin(taken, ports);
  }
  throw new RunError(
    'TableBusy',
    `Other starts on ${input.table} were faster ${maxTries} times in a row. Look at \`dynamodt status ${input.table}\` and start again.`,
    { fields: { table: input.table } },
  );
}

/** What follows once the table is taken. A repeated invocation repeats it. */
async function begin({ run, control }: Pick<Taken, 'run' | 'control'>, ports: StartRunPorts): Promise<NextStep> {
  const { clock, ledger } = ports;
  await pauseIfInAlarm({ run, control }, ports);
  await ports.tell?.(startEvents(run, control));
  await clock.sleep(control.lease.quietMs);
  return nextStepOf(run, control, ledger, clock.wall());
}

/** The steps that the run would sweep together say so. */
function withGroups(scoped: readonly ScopedStep[], input: RunInput, { deployed }: StartedTable): RunStep[] {
  const steps = scoped.map(({ step }) => step);
  if (!mayBeGrouped(input)) return steps;
  return withSweepGroups(steps, {
    table: input.table,
    transformationOf: (sequence) => deployed.find(({ transformation }) => transformation.sequence === sequence)?.transformation,
  });
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

/** A page is read only if the number of segments depends on it: it is not given, and a version is about all items of a table that can be small. */
async function isSmallTable(
  found: StartedTable,
  steps: readonly RunStep[],
  { totalSegments, prepareOnly }: RunInput,
  { fitsOnePage }: StartRunPorts,
): Promise<boolean> {
  if (totalSegments !== undefined || prepareOnly || steps.every(({ scope }) => scope)) return false;
  return maySeemSmall(found) && (await fitsOnePage(found.shape, maxItemsOfSmallTable));
}

async function isEmpty(shape: TableShape, { readSample }: StartRunPorts): Promise<boolean> {
  return (await readSample(shape, 1)).images.length === 0;
}

/** A run that does not take the table is left alone by alarms. */
async function pauseIfInAlarm({ run, control }: Pick<Taken, 'run' | 'control'>, { pauseAlarm }: StartRunPorts): Promise<void> {
  if (pauseAlarm && takesTable(run)) await pauseByAlarm(control, pauseAlarm);
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

/**
 * Tries the sequences before the first that needs a preparation; the state Prepare tries that one and those after it.
 *
 * @param planned the same steps, with what would be swept together
 * @returns the sequences that must not be swept together with others
 */
async function tryFiles(
  steps: readonly ScopedStep[],
  planned: readonly RunStep[],
  { deployed, shape }: StartedTable,
  start: Start,
  ports: StartRunPorts,
): Promise<ReadonlySet<number>> {
  // Nor what follows on a journal: the sample is as that version left it.
  const first = steps.findIndex(({ step }) => step.prepares || step.by);
  const { table, maxFailures } = start.input;
  const chain: Link[] = [];
  for (const { step, scope } of steps.slice(0, first === -1 ? undefined : first)) {
    const file = deployed.find(({ transformation }) => transformation.sequence === step.sequence);
    if (!file) continue;
    const { checksum, bundleChecksum, kept, transformation } = file;
    const context = await contextFor(step, shape, start, ports);
    const { joins } = planned.find(({ sequence }) => sequence === step.sequence) ?? {};
    chain.push({
      file: file.file,
      transformation,
      context,
      scope,
      ...(joins ? { joins } : {}),
      kept: kept && { checksum, bundleChecksum, kept },
    });
  }
  if (chain.length === 0) return new Set();
  return refuseBrokenFiles(await sampleFor(chain, shape, ports.readSample), chain, shape, {
    table,
    maxFailures,
    written: 'Nothing was written.',
    clock: ports.clock,
    tryApart: ports.tryApart,
    lookups: ports.lookups,
  });
}
