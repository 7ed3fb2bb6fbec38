import { countOf } from '../../core/count-of.ts';
import { grouped } from '../../core/grouped.ts';
import { rangeInTable, twoDigits } from '../../core/plan/number-text.ts';
import type { Finding, PendingVersion, TablePlan } from '../../core/plan/table-plan.ts';
import { duration, versions } from '../terminal/in-words.ts';
import { visible } from '../terminal/terminal-text.ts';

/** By this line a workflow finds its comment again, and keeps it up to date. */
const markdownMark = '<!-- dynamodt plan -->';

/** Plans as Markdown for a comment at a pull request. It has no items, keys or values. */
export function planMarkdown(plans: readonly TablePlan[]): string[] {
  const bad = plans.filter(({ ok }) => !ok).length;
  return [
    markdownMark,
    `## ${bad === 0 ? '✅' : '❌'} dynamodt plan: ${bad === 0 ? 'no problem found' : `${countOf(bad, 'table has', 'tables have')} problems`}`,
    ...plans.flatMap((plan) => ['', ...tableMarkdown(plan)]),
  ];
}

function tableMarkdown(plan: TablePlan): string[] {
  const { table, versions, problems, notes, size, estimate } = plan;
  const extent = size?.items === undefined ? '' : `, about ${countOf(size.items, 'item')}`;
  return [
    `### ${escaped(table)}${extent}`,
    '',
    ...(versions.length === 0 ? ['Nothing is pending.'] : versionRows(plan)),
    ...(estimate ? ['', estimateText(estimate)] : []),
    ...findings('Problems', problems),
    ...(notes.length > 0 ? ['', '<details><summary>Notes</summary>', ...findings(undefined, notes), '', '</details>'] : []),
  ];
}

function versionRows(plan: TablePlan): string[] {
  return [
    '| version | file | would change | deletes | inserts | failed in the sample | way back |',
    '|---|---|---|---|---|---|---|',
    ...plan.versions.map((version) => `| ${cellsOf(version).join(' | ')} |`),
  ];
}

function cellsOf({ sequence, file, declared, trial, notTried, seeds }: PendingVersion): string[] {
  const count = (changed: number): string => (trial ? rangeInTable(changed, trial) : '–');
  return [
    `v${sequence}`,
    `\`${file.replaceAll('`', '')}\``,
    trial ? count(trial.counters.changed) : notTried ? escaped(`not tried: ${notTried}`) : 'not tried',
    trial ? (declared?.deletes ? count(trial.counters.deleted) : '0') : '–',
    trial ? `${declared?.inserts ? count(trial.counters.inserted) : '0'}${seeds > 0 ? ` and ${countOf(seeds, 'seed')}` : ''}` : '–',
    trial ? String(trial.counters.failed) : '–',
    trial ? { transformDown: '`transformDown`', derived: 'derived', none: 'no function' }[trial.wayBack.by] : '–',
  ];
}

function estimateText({ readUnits, writeUnits, together = [], byDefault, asked, cost }: NonNullable<TablePlan['estimate']>): string {
  const made = asked ?? byDefault;
  const time = made ? `, about ${duration(made.seconds * 1000)}` : '';
  const price =
    cost.onDemand === null
      ? ''
      : `, ${cost.onDemand < 0.005 ? 'less than 0.01' : `about ${cost.onDemand.toFixed(2)}`} ${escaped(cost.currency)} on demand`;
  return `It takes about ${rounded(readUnits)} read and ${rounded(writeUnits)} write units${time}${price}.${together.map((group) => ` ${versions(group)} are swept together.`).join('')}`;
}

function rounded(units: number): string {
  return grouped(twoDigits(units));
}

function findings(title: string | undefined, found: readonly Finding[]): string[] {
  if (found.length === 0) return [];
  return [
    '',
    ...(title === undefined ? [] : [`**${title}**`, '']),
    ...found.map(
      ({ name, message, sequence }) => `- ${sequence === undefined ? '' : `v${sequence} `}**${escaped(name)}**: ${escaped(message)}`,
    ),
  ];
}

/** Names and messages come from files and tables: they must not become markup, links or mentions. */
function escaped(text: string): string {
  return visible(text)
    .replace(/\s+/g, ' ')
    .replace(/[\\*_[\]<>|~#&]/g, (character) => `&#${character.charCodeAt(0)};`)
    .replaceAll('@', '@<!-- -->');
}
