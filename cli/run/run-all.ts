import { setTimeout } from 'node:timers/promises';
import type { ExecutionState } from '../../aws/step-functions.ts';
import { type Run, takesTable } from '../../core/ledger/run.ts';
import { hasNoTable } from '../has-no-table.ts';
import { startedBy } from '../operator.ts';
import { reconcileRun } from '../progress/reconcile-run.ts';
import { tablesAsked } from '../tables-asked.ts';
import { versions } from '../terminal/in-words.ts';
import { sweptTogether } from '../terminal/swept-together.ts';
import { warningLines } from '../terminal/warning-text.ts';
import { UsageError } from '../usage-error.ts';
import type { Invocation } from '../verb.ts';
import { executionFailure } from './execution-failure.ts';
import { listenForInterruption } from './interruption.ts';
import { missingFiles, refusedFiles } from './missing-files.ts';
import { holdOf, holdText } from './next-start.ts';
import { type RunDocument, runningDocument } from './run-document.ts';
import { runText } from './run-text.ts';

const pollInterval = 1000;

/**
 * Takes every table with pending versions up: starts `transform-all`, follows it, and prints how the run of each table ended.
 *
 * @param confirm asks a person, if that is needed; false for a no
 * @returns the exit code: 0 only if all tables are done
 */
export async function runAll(invocation: Invocation, confirm: (invocation: Invocation) => Promise<boolean>): Promise<number> {
  const { service, output, options } = invocation;
  const { detach, reason, yes: _, askAbove: __, prices: ___, ...ofOneTable } = options;
  const [flag] = Object.keys(ofOneTable);
  if (flag)
    throw new UsageError(
      `--${flag.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} is about one table: name it, as in \`dynamodt up Users\`.`,
    );
  if (!(await confirm(invocation))) return 1;
  const interruption = listenForInterruption();
  try {
    const arn = await service.startAll({ startedBy: await startedBy(service), ...(reason === undefined ? {} : { reason }) });
    output.say(output.styled('dim', `started ${arn}`));
    const followed = detach ? 'detached' : await Promise.race([followAll(invocation, arn, interruption.signal), interruption.happened]);
    output.endProgress();
    if (typeof followed === 'string') {
      output.document(await documentsSince(invocation, arn, undefined));
      output.say('The runs continue in AWS; `dynamodt status` shows them.');
      return followed === 'detached' ? 0 : 130;
    }
    return await showEnd(invocation, arn, followed);
  } finally {
    interruption.end();
  }
}

async function followAll(invocation: Invocation, arn: string, signal: AbortSignal): Promise<ExecutionState> {
  const { service, output } = invocation;
  for (;;) {
    const execution = await service.execution(arn);
    if (execution && execution.status !== 'running') return execution;
    const running = (await documentsSince(invocation, arn, execution)).filter(({ status }) => status === 'running');
    const tables = running.map(({ table, sequences }) => `${table} ${versions(sequences)}`).join(', ');
    if (!signal.aborted) output.progress((width) => [(tables ? `under way: ${tables}` : 'looking for pending versions').slice(0, width)]);
    await setTimeout(pollInterval);
  }
}

async function showEnd(invocation: Invocation, arn: string, execution: ExecutionState): Promise<number> {
  const { output } = invocation;
  const failure = execution.status === 'succeeded' ? undefined : executionFailure(execution, '`dynamodt up` goes on with all tables.');
  const documents = await Promise.all(
    (await documentsSince(invocation, arn, execution)).map(async (document) => {
      const withRefusal = failure ? await withRefusedFiles(document, invocation) : document;
      return withWarnings(await withoutTable(withRefusal, invocation), invocation);
    }),
  );
  const ofTables = documents.flatMap(({ table, error }) => (error ? [{ table, error }] : []));
  // An error before the first table was begun belongs to no table.
  if (failure && ofTables.length === 0) {
    output.document({ error: failure });
    output.fail(failure.name, failure.message);
    return 1;
  }
  for (const document of documents) for (const line of runText(document, output)) output.text(line);
  for (const { warnings = [] } of documents) for (const line of warningLines(warnings, output)) output.say(line);
  for (const { table, hold } of documents)
    if (hold && hold.sequences.length > 0) output.say(output.styled('yellow', holdText(table, hold, undefined)));
  output.document(documents);
  for (const { table, error } of ofTables) output.fail(error.name, `${table}: ${error.message}`);
  // It names the tables whose start failed, too, which have no run.
  if (failure?.name === 'TablesFailed') output.fail(failure.name, failure.message);
  return failure ? 1 : 0;
}

/** A table that was refused has no run that would say so. */
async function withRefusedFiles(document: RunDocument, { service }: Invocation): Promise<RunDocument> {
  if (document.status !== 'nothingToDo') return document;
  const refusal = await refusedFiles({ table: document.table, service });
  return refusal ? { ...document, status: 'failed', error: { name: refusal.name, message: refusal.message } } : document;
}

/** A folder whose table is not in this stage is left out, and that is not as if all its versions were applied. */
async function withoutTable(document: RunDocument, { service }: Invocation): Promise<RunDocument> {
  if (document.status !== 'nothingToDo') return document;
  const { table } = document;
  // If one of these requests fails, the runs have ended all the same.
  const [asked] = await tablesAsked({ table, service }).catch(() => []);
  const versions = await service.ledger.versions(table).catch(() => undefined);
  const isLeftOut = asked && versions && (await hasNoTable(service, asked, versions));
  return isLeftOut ? { ...document, noTable: true } : document;
}

async function withWarnings(document: RunDocument, { service }: Invocation): Promise<RunDocument> {
  const warnings = await missingFiles({ table: document.table, service });
  const hold = await holdOf({ table: document.table, service });
  return { ...document, ...(warnings.length > 0 ? { warnings } : {}), ...(hold ? { hold } : {}) };
}

/** For each table of the catalog, the run that was under way after the execution of transform-all began. */
async function documentsSince(invocation: Invocation, arn: string, since: ExecutionState | undefined): Promise<RunDocument[]> {
  const { service } = invocation;
  const tables = since?.startedAt ? await tablesAsked({ table: undefined, service }) : [];
  return Promise.all(
    tables.map(async ({ table }): Promise<RunDocument> => {
      const asked = { table, direction: 'up' as const, dryRun: false, prepareOnly: false };
      // A newer dry run or preparation is not the run that took the table up.
      const latest = (await service.ledger.runs(table, recentRuns)).find((run) => takesTable(run) && wasUnderWay(run, since));
      if (!latest) return { ...runningDocument(asked, arn), status: 'nothingToDo' };
      const run = latest.status === 'running' ? reconcileRun(latest, await service.execution(latest.execution)) : latest;
      const { id, execution, status, steps, counters, error } = run;
      const document = runningDocument(asked, execution, { run: id, sequences: steps.map(({ sequence }) => sequence), counters });
      return { ...document, ...sweptTogether(run), status: status === 'superseded' ? 'failed' : status, ...(error ? { error } : {}) };
    }),
  );
}

const recentRuns = 20;

function wasUnderWay({ endedAt }: Run, since: ExecutionState | undefined): boolean {
  return endedAt === undefined || (since?.startedAt !== undefined && Date.parse(endedAt) >= since.startedAt.getTime());
}
