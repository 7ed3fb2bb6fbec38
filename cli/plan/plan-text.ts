import { countOf } from '../../core/count-of.ts';
import { isSampled, items, percent, rangeInTable, twoDigits } from '../../core/plan/number-text.ts';
import type { AppliedVersion, Finding, FullRun, PendingVersion, TablePlan } from '../../core/plan/table-plan.ts';
import { parametersInWords } from '../parameters/parameters-text.ts';
import { whole } from '../terminal/in-words.ts';
import { jsonText } from '../terminal/json-text.ts';
import type { Output } from '../terminal/output.ts';
import { textTable } from '../terminal/text-table.ts';
import { diffLines } from './diff-text.ts';
import { estimateLines } from './estimate-text.ts';
import { firstHundredLines } from './first-hundred.ts';

type Styles = Pick<Output, 'styled'>;

/** Max number of keys of missing items that are listed. */
export const maxMissingKeys = 20;

/**
 * A plan as text: what would happen, a few items before and after, problems, notes, and the estimate.
 *
 * @param withKeys true to list keys of missing items of the whole table
 */
export function planText(plan: TablePlan, output: Styles, withKeys: boolean): string[] {
  return [
    headline(plan, output),
    ...indented(pendingLines(plan.versions, output)),
    ...indented(appliedLines(plan.applied, output)),
    ...indented(plan.versions.flatMap(({ sequence, trial }) => diffLines(`v${sequence}`, trial?.diffs ?? [], output))),
    ...indented(plan.applied.flatMap(({ sequence, diffs }) => diffLines(`v${sequence} is missing`, diffs, output))),
    ...indented(fullLines(plan.full)),
    ...indented(withKeys && plan.full ? missingLines(plan.full, output) : []),
    ...indented(plan.estimate ? estimateLines(plan.estimate, plan.sample?.isWholeTable === false) : []),
    ...plan.notes.map((note) => `  ${output.styled('yellow', '•')} ${findingText(note)}`),
    ...(plan.ok ? indented(firstHundredLines(plan)) : []),
    ...plan.problems.flatMap((problem) => [
      `  ${output.styled('red', '✗')} ${findingText(problem)}`,
      ...(problem.lines ?? []).map((line) => `      ${output.styled('bold', line)}`),
    ]),
    plan.ok ? `  ${endOfGoodPlan(plan, output)}` : `  ${output.styled('red', '✗')} ${countOf(plan.problems.length, 'problem')}`,
  ];
}

function indented(lines: readonly string[]): string[] {
  return lines.map((line) => `  ${line}`);
}

function headline({ table, tableName, size, sample }: TablePlan, { styled }: Styles): string {
  const title = styled('bold', table);
  if (!sample || !size) return `${title}  files only`;
  const name = tableName === table ? '' : `table ${tableName} · `;
  const bytes = size.bytes === undefined ? '' : `, ${bytesInWords(size.bytes)}`;
  const extent = size.items === undefined ? 'size not known' : `${sample.isWholeTable ? '' : 'about '}${items(size.items)}${bytes}`;
  const tried = sample.isWholeTable ? 'all of them tried' : `${items(sample.items)} from ${sample.places} random places tried`;
  return `${title}  ${styled('dim', `${name}${extent} · ${tried} (${countOf(Math.ceil(sample.readUnits), 'read unit')}), nothing written`)}`;
}

function bytesInWords(bytes: number): string {
  const units = ['bytes', 'KB', 'MB', 'GB', 'TB'];
  const power = bytes < 1024 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const number = bytes / 1024 ** power;
  return `${power > 0 && number < 10 ? number.toFixed(1) : whole(number)} ${units[power]}`;
}

function pendingLines(versions: readonly PendingVersion[], { styled }: Styles): string[] {
  if (versions.length === 0) return ['nothing pending'];
  const figure = (title: string, of: (version: NonNullable<PendingVersion['trial']>) => string) => ({
    title,
    of: ({ trial }: PendingVersion) => (trial ? of(trial) : '–'),
    align: 'right' as const,
  });
  const [titles = '', ...lines] = textTable<PendingVersion>(
    [
      { title: 'version', of: ({ sequence }) => `v${sequence}` },
      { title: 'status', of: ({ status, notTried }) => (notTried ? 'not tried' : status === 'unknown' ? '–' : statusInWords(status)) },
      figure('would change', ({ counters, share }) => `${whole(counters.changed)} (${percent(share.changed)})`),
      figure('of the table', (trial) => rangeInTable(trial.counters.changed, trial)),
      figure('unchanged', ({ counters }) => whole(counters.unchanged)),
      figure('kept', ({ counters }) => whole(counters.kept)),
      figure('failed', ({ counters }) => whole(counters.failed)),
      figure('write units', (trial) => whole(isSampled(trial) ? twoDigits(trial.writeUnits) : trial.writeUnits)),
      { title: 'way back', of: wayBackInWords },
      { title: 'besides', of: besides },
    ],
    versions,
  );
  const given = versions.flatMap(({ sequence, parameters }) => (parameters ? [`v${sequence} with ${parametersInWords(parameters)}`] : []));
  return [styled('dim', titles), ...lines, ...given];
}

function statusInWords(status: string): string {
  return status.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

function wayBackInWords({ trial, declared }: PendingVersion): string {
  if (!trial) return declared ? '–' : 'not valid';
  const { by, tried, restored } = trial.wayBack;
  if (by === 'none') return 'none';
  return `${by === 'derived' ? 'derived' : 'transformDown'}${tried > 0 ? `, restores ${whole(restored)} of ${whole(tried)}` : ''}`;
}

function besides({ trial, seeds }: PendingVersion): string {
  const { inserted = 0, deleted = 0, differing = 0 } = trial?.counters ?? {};
  return Object.entries({ inserted, deleted, differing, seeds })
    .filter(([, count]) => count > 0)
    .map(([name, count]) => `${name} ${whole(count)}`)
    .join(', ');
}

function appliedLines(versions: readonly AppliedVersion[], { styled }: Styles): string[] {
  if (versions.length === 0) return [];
  const [titles = '', ...lines] = textTable<AppliedVersion>(
    [
      { title: 'applied', of: ({ sequence }) => `v${sequence}` },
      { title: 'looked at', of: ({ scanned, notTried }) => (notTried ? 'not tried' : whole(scanned)), align: 'right' },
      { title: 'missing', of: ({ missing }) => whole(missing), align: 'right' },
      { title: 'max share of the table', of: ({ missingAtMost, notTried }) => (notTried ? '–' : percent(missingAtMost)), align: 'right' },
      { title: 'differing', of: ({ differing }) => whole(differing), align: 'right' },
      { title: 'failed', of: ({ failed }) => whole(failed), align: 'right' },
    ],
    versions,
  );
  return [styled('dim', titles), ...lines];
}

function fullLines(full: FullRun | null | undefined): string[] {
  if (!full) return [];
  if (full.status === 'nothingToDo') return ['whole table: nothing to do'];
  const { scanned, changed, unchanged, kept, differing, failed } = full.counters;
  const causes = full.failures.map(
    ({ name, place, message, items: count }) => `  ${whole(count)} × ${name}: ${message}${place ? ` (${place})` : ''}`,
  );
  return [
    `whole table, deployed files: ${full.status}`,
    `  scanned ${whole(scanned)} · would change ${whole(changed)} · unchanged ${whole(unchanged)} · kept ${whole(kept)} (${whole(differing)} differing) · failed ${whole(failed)}`,
    ...causes,
  ];
}

function missingLines({ missing = [], counters }: FullRun, { styled }: Styles): string[] {
  if (missing.length === 0) return [];
  const listed = missing.slice(0, maxMissingKeys);
  const rest =
    counters.changed > listed.length ? [`  ${whole(listed.length)} of ${countOf(counters.changed, 'missing item')} are listed`] : [];
  return [styled('dim', 'keys of missing items'), ...listed.map((key) => `  ${jsonText(key)}`), ...rest];
}

/** The result of a plan without problems. What was not tried must not look as if it were good. */
export function endOfGoodPlan({ versions }: TablePlan, { styled }: Styles): string {
  const untried = untriedVersions(versions);
  if (untried.length === 0) return `${styled('green', '✓')} no problem found`;
  return `${styled('yellow', '•')} no problem found in what was tried; not tried: ${untried.join(', ')}`;
}

/** `v3` for each version that was not tried. */
export function untriedVersions(versions: readonly PendingVersion[]): string[] {
  return versions.filter(({ notTried }) => notTried !== undefined).map(({ sequence }) => `v${sequence}`);
}

/** A problem or a note in one line. */
export function findingText({ name, message, sequence }: Finding): string {
  return `${sequence === undefined ? '' : `v${sequence} `}${name}: ${message}`;
}
