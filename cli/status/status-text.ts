import { countOf } from '../../core/count-of.ts';
import { errorMeanings, isRunErrorName } from '../../core/errors.ts';
import { parametersInWords } from '../parameters/parameters-text.ts';
import { quietWaitInWords } from '../progress/late-requests-text.ts';
import type { Progress } from '../progress/progress.ts';
import { progressLines, progressText } from '../progress/progress-text.ts';
import type { RetriedSegment } from '../progress/retried-segments.ts';
import { pacingText } from '../progress/run-pacing.ts';
import { holdInWords } from '../terminal/hold-shown.ts';
import { changesInWords, holdersInWords, moment, versions, whole } from '../terminal/in-words.ts';
import { jsonText } from '../terminal/json-text.ts';
import type { Output } from '../terminal/output.ts';
import { textTable } from '../terminal/text-table.ts';
import { warningLines } from '../terminal/warning-text.ts';
import { adoptedInWords } from './adopted-text.ts';
import { followText } from './follow-text.ts';
import { journalText } from './journal-shown.ts';
import { leftHalfway } from './left-halfway.ts';
import { billText } from './run-bill.ts';
import { starterText } from './starter-text.ts';
import type { StatusDocument } from './status-document.ts';
import { statusText } from './status-word.ts';
import type { Reached, VersionShown } from './versions-shown.ts';

/** The width is undefined if the text goes to no terminal. */
type TextOutput = Pick<Output, 'styled'> & { width?: number | undefined };

/** The status of tables: one line each, and under it details of its run. */
export function statusLines(documents: readonly StatusDocument[], output: TextOutput): string[] {
  const [titles = '', ...lines] = textTable<StatusDocument>(
    [
      { title: 'table', of: ({ table }) => output.styled('bold', table) },
      { title: 'applied', of: ({ applied, error }) => (error ? '–' : versions(applied)) },
      { title: 'pending', of: ({ pending, noTable, error }) => (error ? '–' : noTable ? 'no table here' : versions(pending)) },
      {
        title: 'last run',
        of: ({ run }) =>
          run ? `${run.prepareOnly ? 'prepare' : run.direction} ${versions(run.sequences)}${run.dryRun ? ' (dry run)' : ''}` : '–',
      },
      {
        title: 'status',
        of: ({ run, paused, error }) =>
          error ? output.styled('red', error.name) : run ? statusText(paused ? 'paused' : run.status, output) : '–',
      },
      { title: 'started (UTC)', of: ({ run }) => (run ? moment(run.startedAt) : '–') },
    ],
    documents,
  );
  return [output.styled('dim', titles), ...documents.flatMap((document, index) => [lines[index] ?? '', ...detailsOf(document, output)])];
}

function detailsOf(
  {
    table,
    hold,
    halfway = [],
    versions: standing = [],
    adopted = [],
    run,
    starting,
    waitsFor,
    paused,
    waiting,
    retried = [],
    warnings = [],
    failures,
    toChange,
    follow,
  }: StatusDocument,
  output: TextOutput,
): string[] {
  const details: string[] = run ? starterText(run) : [];
  if (run?.status === 'running' && run.progress) {
    const { pacing, ...progress } = run.progress;
    details.push(...progressIn(progress, output.width), ...(pacing ? pacingText(pacing, table) : []));
    if (run.onlyBetween) details.push(hoursText(run.onlyBetween));
    if (run.maxCost) details.push(maxCostText(run.maxCost, paused !== undefined));
    if (run.pauseAfter && !paused) details.push(`pauses itself after ${changesInWords(run.pauseAfter.items)}`);
  }
  if (run?.cost) details.push(billText(run.cost));
  for (const [sequence, parameters] of Object.entries(run?.parameters ?? {}))
    details.push(`v${sequence} with ${parametersInWords(parameters)}`);
  if (starting)
    details.push(
      `a run is starting${starting.startedAt ? ` since ${moment(starting.startedAt)}` : ''}: it tries the files on a sample (${starting.execution}). \`dynamodt stop ${table}\` ends it`,
    );
  for (const waiting of [starting?.waitsFor, waitsFor])
    if (waiting)
      details.push(output.styled('yellow', `waits and tries again since ${moment(waiting.since)}: ${waiting.error} ${waiting.message}`));
  details.push(...halfwayText({ table, halfway, ...(run ? { run } : {}) }, output), ...unfilledText(standing));
  details.push(...journalText(standing));
  if (hold) details.push(output.styled('yellow', `${holdInWords(hold)}; \`dynamodt release ${table}\` ends it`));
  if (paused) details.push(output.styled('yellow', `paused ${holdersInWords(paused)}`));
  if (waiting) details.push(output.styled('yellow', quietWaitInWords(waiting)));
  details.push(...retried.map((segment) => output.styled('yellow', retriedText(table, segment))));
  if (run?.error) details.push(`${output.styled('red', run.error.name)}: ${run.error.message}`);
  for (const { name, segments } of run?.faults ?? [])
    details.push(`${output.styled('red', name)} ended ${countOf(segments, 'segment')}${meaningOf(name)}`);
  if (run?.goesOnBy && !isRunErrorName(run.error?.name)) details.push(goOnText(run, run.goesOnBy));
  const unseen = adopted.filter(({ acknowledged }) => !acknowledged);
  const toSee = [...unseen.map((code) => output.styled('yellow', adoptedInWords(code))), ...warningLines(warnings, output)];
  details.push(...toSee);
  if (toSee.length > 0)
    details.push(output.styled('dim', `\`dynamodt status ${table} --ack\` shows these warnings no more, until they change`));
  if (follow) details.push(...followText(table, follow, output));
  if (failures) details.push(...failuresText(failures, run?.progress?.counters.failed ?? 0, output));
  if (toChange) details.push(...toChangeText(toChange, run?.progress?.counters.changed ?? 0, output));
  return details.map((line) => `  ${line}`);
}

function hoursText({ hours, opensAt }: NonNullable<NonNullable<StatusDocument['run']>['onlyBetween']>): string {
  return opensAt === undefined
    ? `writes ${hours}, and waits at other times`
    : `goes on by itself at ${moment(opensAt)} UTC (writes ${hours})`;
}

function maxCostText({ amount, currency, used }: NonNullable<NonNullable<StatusDocument['run']>['maxCost']>, isPaused: boolean): string {
  const rest = isPaused ? '' : ': pauses itself before it costs more';
  // Two digits more than those of a small limit, so that a part of it is seen.
  const digits = Math.max(2, (String(amount).split('.')[1]?.length ?? 0) + (amount < 1 ? 2 : 0));
  return `used up to ${used.toFixed(digits)} of ${amount} ${currency}${rest}`;
}

const indentation = 2;

/** In one line, or in two if the terminal is too narrow for it. */
function progressIn(progress: Progress, width: number | undefined): readonly string[] {
  const line = progressText(progress, 160);
  if (width === undefined || line.length + indentation <= width) return [line];
  return progressLines(progress, [width - indentation, width - indentation]);
}

function meaningOf(name: string): string {
  return isRunErrorName(name) ? `: ${errorMeanings[name]}` : '';
}

/** Of a run without an error of ours, which says itself what to do. */
function goOnText({ dryRun, prepareOnly }: NonNullable<StatusDocument['run']>, command: string): string {
  return `\`${command}\` ${dryRun || prepareOnly ? 'tries again' : 'continues where the run stopped'}`;
}

function halfwayText(document: Pick<StatusDocument, 'table' | 'halfway' | 'run'>, { styled }: Pick<Output, 'styled'>): string[] {
  const { versions: left, up, down } = leftHalfway(document);
  const how = `\`${up}\` applies all of ${left.length > 1 ? 'them' : 'it'}, \`${down}\` takes all of ${left.length > 1 ? 'them' : 'it'} back`;
  const lines = (document.halfway ?? []).map(({ sequence, direction, run, since, reached, isUnderWay }) => {
    const doing = direction === 'up' ? 'applying' : 'rolling back';
    if (isUnderWay) return `${styled('yellow', `${doing} v${sequence}`)}: run ${run}, since ${moment(since)}${reachedInWords(reached)}`;
    const what = styled('yellow', `v${sequence} is half-way ${direction}`);
    return `${what}: run ${run} began it (${moment(since)}) and did not end it${reachedInWords(reached)}${left.length > 1 ? '' : `; ${how}`}`;
  });
  return left.length > 1 ? [...lines, how] : lines;
}

function reachedInWords(reached: Reached | undefined): string {
  if (!reached) return '';
  const { pass, segmentsDone, totalSegments, counters } = reached;
  const failed = counters.failed > 0 ? `, failed ${whole(counters.failed)}` : '';
  return `; changed ${whole(counters.changed)}${failed}, in pass ${pass} with ${segmentsDone} of ${countOf(totalSegments, 'segment')} done`;
}

function unfilledText(shown: readonly VersionShown[]): string[] {
  const unfilled = shown.filter(({ state }) => state === 'notFilledIn').map(({ sequence }) => sequence);
  return unfilled.length > 0 ? [`not filled in: ${versions(unfilled)}`] : [];
}

function retriedText(table: string, { segment, tries, since, inHand }: RetriedSegment): string {
  const item = inHand
    ? `the item in hand is ${jsonText(inHand)}`
    : `\`dynamodt status ${table} --failures\` shows the item, if it is known`;
  return `segment ${segment} is on try ${tries} at one position since ${moment(since)}, as the workers before ended there; ${item}`;
}

function failuresText(failures: NonNullable<StatusDocument['failures']>, failed: number, output: Pick<Output, 'styled'>): string[] {
  if (failures.length === 0) return ['no failed items'];
  const [titles = '', ...lines] = textTable(
    [
      { title: 'version', of: ({ sequence }) => `v${sequence}` },
      { title: 'segment', of: ({ segment }) => String(segment), align: 'right' },
      { title: 'error', of: ({ name }) => name },
      { title: 'place', of: ({ place }) => place ?? '–' },
      {
        title: 'key',
        of: ({ key, target, targetTable }) =>
          `${jsonText(key)}${target ? ` inserts ${jsonText(target)}${targetTable === undefined ? '' : ` into ${targetTable}`}` : ''}`,
      },
    ],
    failures,
  );
  const rest =
    failed > failures.length
      ? [`${whole(failures.length)} of ${countOf(failed, 'failed item')} are listed: the ledger keeps some of each segment`]
      : [];
  const reasons = new Set(failures.map(({ name, message }) => `${name}: ${message}`));
  return [output.styled('dim', titles), ...lines, ...reasons, ...rest];
}

function toChangeText(toChange: NonNullable<StatusDocument['toChange']>, changed: number, output: Pick<Output, 'styled'>): string[] {
  const [titles = '', ...lines] = textTable(
    [
      { title: 'version', of: ({ sequence }) => `v${sequence}` },
      { title: 'segment', of: ({ segment }) => String(segment), align: 'right' },
      { title: 'key of an item that it would change', of: ({ key }) => jsonText(key) },
    ],
    toChange,
  );
  const rest = changed > toChange.length ? [`${whole(toChange.length)} of ${countOf(changed, 'item')} that it would change`] : [];
  return [output.styled('dim', titles), ...lines, ...rest];
}
