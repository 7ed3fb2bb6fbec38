import { RunError } from '../../core/errors.ts';
import { isAbout } from '../../core/ledger/checkpoint.ts';
import { noCounters } from '../../core/ledger/counters.ts';
import type { Pause } from '../../core/ledger/pause.ts';
import type { Run } from '../../core/ledger/run.ts';
import { parseRunInput, refuseContradictions } from '../../core/run/run-input.ts';
import { startedBy } from '../operator.ts';
import { withAssignments } from '../parameters/asked-parameters.ts';
import { readSet } from '../parameters/read-set.ts';
import { observeRun } from '../progress/observe-run.ts';
import { progressOf } from '../progress/progress.ts';
import type { HoldShown } from '../terminal/hold-shown.ts';
import { preparedBy, preparedEarly, preparedText } from '../terminal/prepared-shown.ts';
import { warningLines } from '../terminal/warning-text.ts';
import { UsageError } from '../usage-error.ts';
import type { Invocation } from '../verb.ts';
import { endPausedRun } from './end-paused-run.ts';
import { type Followed, followRun } from './follow-run.ts';
import { listenForInterruption } from './interruption.ts';
import { keptValues } from './kept-values.ts';
import { missingFiles } from './missing-files.ts';
import { holdOf, holdText, pendingAgain, pendingAgainText } from './next-start.ts';
import { refuseUnknown } from './refuse-unknown.ts';
import { endedDocument, pausedDocument, type RunDocument, runningDocument } from './run-document.ts';
import { runInputFrom, withPrices } from './run-options.ts';
import { RunProgress } from './run-progress.ts';
import { type Course, nextStepsText, runText } from './run-text.ts';

/**
 * Takes a table up or down, or gathers its preparations: the common part of the verbs.
 *
 * 1. Refuse a table or a version that the service does not know. Ask a person, if that is needed. Resolve what versions are given. End a run in the other direction that has paused itself. 2. Start the execution. 3. Follow it, unless detached, until it ends or has paused itself.
 * 4. Print that.
 *
 * @param confirm asks a person, if that is needed; false for a no
 * @returns the exit code
 */
export async function runTable(
  invocation: Invocation,
  verb: 'up' | 'down' | 'prepare',
  confirm: (input: object, invocation: Invocation) => Promise<boolean> = async () => true,
): Promise<number> {
  const { service, output, options } = invocation;
  const assignments = readSet(options);
  const { input, asked } = runInputFrom(invocation, verb);
  const { table } = asked;
  refuseContradictoryFlags(input);
  const named = sequenceNamed(input);
  await refuseUnknown(parseRunInput(input), invocation);
  if (!(await confirm(input, invocation))) return 1;
  const interruption = listenForInterruption();
  try {
    const given = await withPrices(await withAssignments(input, assignments, invocation), options);
    await endPausedRun(asked, invocation);
    const arn = await service.start(`${table}-${verb}`, { ...given, startedBy: await startedBy(service) });
    output.say(output.styled('dim', `started ${arn}`));
    if (options['detach']) return detached(runningDocument(asked, arn), invocation);

    const progress = new RunProgress(invocation, asked, interruption.signal);
    const followed = await Promise.race([followRun(service, table, arn, (sight) => progress.show(sight)), interruption.happened]);
    output.endProgress();
    if (followed === 'interrupted') return interrupted(runningDocument(asked, arn, progress.known), invocation);

    const { run } = followed;
    const last = run && (await observeRun(service.ledger, run));
    const ended = endedDocument(
      asked,
      arn,
      followed,
      last ? progressOf(last, undefined).counters : (run?.counters ?? noCounters()),
      last?.checkpoints,
    );
    if (ended.status === 'running') return resting(ended, last?.control.marks.paused, run, invocation);
    const prepared = verb === 'prepare' && run ? await preparedBy(run, service) : [];
    const warnings =
      verb === 'up'
        ? [...(await missingFiles({ table, service })), ...(await keptValues(parseRunInput(input), ended, run?.steps ?? [], service))]
        : await preparedEarly(
            table,
            prepared.map(({ sequence }) => sequence),
            service,
          );
    const hold = verb === 'up' ? await holdOf({ table, service }) : undefined;
    const takenBack = verb === 'down' && ended.status === 'succeeded' && !asked.dryRun;
    const again = takenBack ? await pendingAgain(ended, { table, service }) : [];
    const document: RunDocument = {
      ...ended,
      ...(prepared.length > 0 ? { prepared } : {}),
      ...(warnings.length > 0 ? { warnings } : {}),
      ...(hold ? { hold } : {}),
      ...(again.length > 0 ? { pendingAgain: again } : {}),
    };
    const course = { passes: last?.control.pass, ...timesOf(followed), versions: run ? await versionsOf(service, run) : [] };
    for (const line of runText(document, output, course)) output.text(line);
    for (const each of prepared) output.text(`  ${preparedText(each)}`);
    for (const line of pendingAgainText(table, again)) output.text(line);
    for (const line of warningLines(warnings, output)) output.say(line);
    if (hold && isMet(hold, named)) output.say(output.styled('yellow', holdText(table, hold, named)));
    output.document(document);
    if (document.error) output.fail(document.error.name, document.error.message);
    return document.status === 'succeeded' || document.status === 'nothingToDo' ? 0 : 1;
  } finally {
    interruption.end();
  }
}

/** Before a start, which would be refused for the same reason. @throws UsageError */
function refuseContradictoryFlags(input: object): void {
  try {
    refuseContradictions(parseRunInput(input));
  } catch (error) {
    throw error instanceof RunError ? new UsageError(error.message) : error;
  }
}

/** What `--to` or `--again` names. */
function sequenceNamed(input: object): number | undefined {
  const { to, again } = parseRunInput(input);
  return to ?? again;
}

/** Of a run that names a version below the hold, the hold says nothing. */
function isMet({ below, sequences }: HoldShown, named: number | undefined): boolean {
  return named === undefined ? sequences.length > 0 : named >= below;
}

/** The duration. No rate is given for a run that was resumed or redriven: its counters contain the work of earlier executions too. */
function timesOf({ execution, run }: Followed): Pick<Course, 'milliseconds' | 'scanningMs'> {
  const startedAt = execution.startedAt ?? new Date();
  const milliseconds = (execution.endedAt ?? new Date()).getTime() - startedAt.getTime();
  const isItsFirst = run !== undefined && !execution.redriven && Date.parse(run.startedAt) >= startedAt.getTime();
  return { milliseconds, ...(isItsFirst ? { scanningMs: milliseconds } : {}) };
}

/** The versions that the run settled, if there are several. */
async function versionsOf({ ledger }: Invocation['service'], { id, table, steps }: Run): Promise<NonNullable<Course['versions']>> {
  if (steps.length < 2) return [];
  const [versions, passes] = await Promise.all([ledger.versions(table), ledger.passes(id)]);
  return versions
    .filter(({ run }) => run === id)
    .map((version) => ({ ...version, passes: passes.filter((pass) => isAbout(pass, version.sequence)).length || undefined }));
}

/** The run has paused itself, as it was asked to. It may have been resumed since. */
function resting(document: RunDocument, pause: Pause | undefined, run: Run | undefined, { output }: Invocation): number {
  const shown = pause ? pausedDocument(document, pause, run) : document;
  for (const line of runText(shown, output)) output.text(line);
  if (pause) for (const line of nextStepsText(shown)) output.text(line);
  output.document(shown);
  return 0;
}

function detached(document: RunDocument, { output }: Invocation): number {
  output.document(document);
  output.text(`The run continues in AWS; \`dynamodt status ${document.table}\` shows it.`);
  return 0;
}

function interrupted(document: RunDocument, { output }: Invocation): number {
  output.document(document);
  output.say(
    `No longer following. The run continues in AWS; \`dynamodt status ${document.table}\` shows it, \`dynamodt stop ${document.table}\` ends it.`,
  );
  return 130;
}
