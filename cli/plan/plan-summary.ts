import { countOf } from '../../core/count-of.ts';
import { versionList } from '../../core/ledger/versions/version-list.ts';
import type { TablePlan } from '../../core/plan/table-plan.ts';
import { whole } from '../terminal/in-words.ts';
import type { Output } from '../terminal/output.ts';
import { textTable } from '../terminal/text-table.ts';
import { endOfGoodPlan, findingText, untriedVersions } from './plan-text.ts';

/** What plans of several tables come to: a line for each, then all problems, and last what that means for the exit code. */
export function planSummary(plans: readonly TablePlan[], output: Pick<Output, 'styled'>): string[] {
  const [titles = '', ...lines] = textTable<TablePlan>(
    [
      { title: 'table', of: ({ table }) => output.styled('bold', table) },
      { title: 'pending', of: ({ versions }) => versionList(versions.map(({ sequence }) => sequence)) || 'none' },
      { title: 'result', of: (plan) => resultOf(plan, output) },
    ],
    // Those with problems stand last, where they are seen.
    [...plans.filter(({ ok }) => ok), ...plans.filter(({ ok }) => !ok)],
  );
  const bad = plans.filter(({ ok }) => !ok);
  return [
    output.styled('dim', titles),
    ...lines,
    ...bad.flatMap(({ table, problems }) => problems.map((problem) => `${output.styled('red', '✗')} ${table} ${findingText(problem)}`)),
    bad.length === 0
      ? goodSummary(plans, output)
      : `${output.styled('red', '✗')} ${countOf(bad.length, 'table has', 'tables have')} problems, ${whole(plans.length - bad.length)} of ${whole(plans.length)} none: the exit code is 1`,
  ];
}

function goodSummary(plans: readonly TablePlan[], { styled }: Pick<Output, 'styled'>): string {
  const untried = plans.filter(({ versions }) => untriedVersions(versions).length > 0);
  if (untried.length === 0) return `${styled('green', '✓')} no problem found in ${countOf(plans.length, 'table')}`;
  const names = untried.map(({ table, versions }) => `${table} ${untriedVersions(versions).join(', ')}`).join('; ');
  return `${styled('yellow', '•')} no problem found in what was tried of ${countOf(plans.length, 'table')}; not tried: ${names}`;
}

function resultOf(plan: TablePlan, output: Pick<Output, 'styled'>): string {
  const { ok, problems } = plan;
  const { styled } = output;
  if (ok) return endOfGoodPlan(plan, output);
  return `${styled('red', '✗')} ${countOf(problems.length, 'problem')}`;
}
