import { OperatorError } from '../../aws/operator/operator-error.ts';
import { ownValue } from '../../core/own-value.ts';
import { FailureCauses } from '../../core/plan/findings/failure-causes.ts';
import { gateFindings, undeployed } from '../../core/plan/findings/full-run-findings.ts';
import type { FullRun, TablePlan } from '../../core/plan/table-plan.ts';
import { startedBy } from '../operator.ts';
import { withAssignments } from '../parameters/asked-parameters.ts';
import { observeRun } from '../progress/observe-run.ts';
import { progressOf } from '../progress/progress.ts';
import { followRun } from '../run/follow-run.ts';
import { listenForInterruption } from '../run/interruption.ts';
import { endedDocument, type RunDocument, runningDocument } from '../run/run-document.ts';
import { RunProgress } from '../run/run-progress.ts';
import type { Invocation } from '../verb.ts';
import type { AskedPlan } from './plan-options.ts';
import type { PlannedFiles } from './plan-thread.ts';

/**
 * Adds a dry run of the deployed files over the whole table to a plan. If the dry run is refused, a problem of the plan says why.
 *
 * 1. Compare the local files with the deployed files.
 * 2. Start the execution, with `again` if the version is applied.
 * 3. Follow the execution until it ends.
 * 4. Add counters and failures. Items that an applied version would change are a problem: this is the gate before phases 3 and 4.
 */
export async function withFullRun({ plan, files }: PlannedFiles, invocation: Invocation, asked: AskedPlan): Promise<TablePlan> {
  // A table that does not exist cannot be scanned.
  if (plan.tableName === null) return plan;
  const catalog = await invocation.service.catalog().catch((error: unknown) => {
    if (error instanceof OperatorError && error.name === 'ServiceNotFound') return undefined;
    throw error;
  });
  const refusal = undeployed(plan.table, files, catalog && (ownValue(catalog.tables, plan.table)?.files ?? []));
  if (refusal) return { ...plan, ok: false, problems: [...plan.problems, refusal], full: null };
  const gate = plan.applied.find((version) => version.sequence === asked.sequence)?.sequence;
  const full = await run(plan, invocation, asked, gate);
  const isDone = full.status === 'succeeded' || full.status === 'nothingToDo';
  const missing = gate === undefined ? [] : gateFindings(plan.table, gate, full);
  const problems = [
    // Missing items of the whole table replace those of the sample.
    ...plan.problems.filter(({ name }) => missing.length === 0 || name !== 'MissingItems'),
    ...missing,
    ...(full.error ? [{ name: full.error.name, message: `In the full dry run: ${full.error.message}` }] : []),
  ];
  return { ...plan, ok: isDone && problems.length === 0, problems, full };
}

async function run(
  plan: TablePlan,
  invocation: Invocation,
  { sequence, writeUnits, readUnits, acceptLastWriterWins, set }: AskedPlan,
  gate: number | undefined,
): Promise<FullRun> {
  const { service, output } = invocation;
  const { table } = plan;
  const given = { writeUnits, readUnits, ...(gate === undefined ? { to: sequence } : { again: gate }) };
  const input = {
    table,
    dryRun: true,
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    ...(acceptLastWriterWins ? { acceptLastWriterWins } : {}),
  };
  const asked = { table, direction: 'up' as const, dryRun: true, prepareOnly: false };
  const interruption = listenForInterruption();
  try {
    const arn = await service.start(`${table}-plan`, {
      ...(await withAssignments(input, set, invocation)),
      startedBy: await startedBy(service),
    });
    output.say(output.styled('dim', `started ${arn}, a dry run of the deployed files`));
    const progress = new RunProgress(invocation, asked, interruption.signal);
    const followed = await Promise.race([followRun(service, table, arn, (sight) => progress.show(sight)), interruption.happened]);
    output.endProgress();
    if (followed === 'interrupted') return printed(runningDocument(asked, arn, progress.known), new FailureCauses());

    const observation = followed.run && (await observeRun(service.ledger, followed.run));
    const failures = new FailureCauses();
    if (observation)
      for (const failure of await service.ledger.failures(observation.run.id, observation.control.pass))
        failures.add({ name: failure.name, place: failure.place, message: failure.message });
    const counters = observation && progressOf(observation, undefined).counters;
    const document = endedDocument(asked, arn, followed, counters ?? runningDocument(asked, arn).counters, observation?.checkpoints);
    if (!observation || gate === undefined) return printed(document, failures);
    const missing = await service.ledger.toChange(observation.run.id, observation.control.pass);
    return { ...printed(document, failures), missing: missing.map(({ key }) => key) };
  } finally {
    interruption.end();
  }
}

function printed({ run: id, execution, status, sequences, counters, error }: RunDocument, failures: FailureCauses): FullRun {
  return {
    run: id,
    execution,
    // A dry run changes nothing, and so never pauses itself.
    status: status === 'paused' ? 'running' : status,
    sequences,
    counters,
    failures: failures.list(),
    ...(error ? { error } : {}),
  };
}
