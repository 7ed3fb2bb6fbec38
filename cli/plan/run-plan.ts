import { countOf } from '../../core/count-of.ts';
import { RunError } from '../../core/errors.ts';
import { ownValue } from '../../core/own-value.ts';
import { againstFiles } from '../../core/plan/against-files.ts';
import { joinUnused, type UnusedFindings } from '../../core/plan/findings/unused-findings.ts';
import type { TablePlan } from '../../core/plan/table-plan.ts';
import { filesOfRef } from '../files/files-of-ref.ts';
import { type BundledTable, withBundledTables } from '../files/local-tables.ts';
import { readSquashed } from '../files/squashed-file.ts';
import type { Invocation } from '../verb.ts';
import { downText } from './down-text.ts';
import { withFullRun } from './full-run.ts';
import { keepPlans } from './plan-file.ts';
import { planMarkdown } from './plan-markdown.ts';
import { type AskedPlan, readPlanOptions } from './plan-options.ts';
import { planSummary } from './plan-summary.ts';
import { planText } from './plan-text.ts';
import { type PlannedFiles, PlanThreads } from './plan-thread.ts';

/** Shows what the local files would do to a table, or to all, without writing anything. @returns the exit code */
export async function runPlan(invocation: Invocation): Promise<number> {
  const { table, output } = invocation;
  const asked = await readPlanOptions(invocation);
  const planned = await withBundledTables(asked.transformations, (tables, elsewhere) => {
    const [first, ...rest] = tablesMeant(tables, table, asked, elsewhere);
    // What is found outside the folders of tables is told once.
    const meant = [{ ...first, unused: joinUnused(first.unused, elsewhere) }, ...rest];
    return planTables(meant, table === undefined, invocation.service.name, asked);
  });
  const ended = asked.full ? await withFullRuns(planned, invocation, asked) : planned.map(({ plan }) => plan);
  const plans = asked.against === undefined ? ended : await comparedWith(asked.against, ended, asked);
  const isKept = asked.out !== undefined && plans.every(({ ok }) => ok);
  if (asked.out !== undefined && isKept) await keepPlans(asked.out, plans, { sequence: asked.sequence, service: invocation.service.name });
  output.document(table === undefined ? plans : plans[0]);
  const textOf = (one: TablePlan) => (one.down ? downText(one, one.down, output) : planText(one, output, asked.failures));
  const lines = asked.markdown
    ? planMarkdown(plans)
    : [
        ...plans.flatMap((one, index) => [...(index > 0 ? [''] : []), ...textOf(one)]),
        ...(plans.length > 1 && !asked.down ? ['', ...planSummary(plans, output)] : []),
      ];
  output.text(lines);
  if (asked.out !== undefined && !asked.markdown)
    output.say(isKept ? keptText(asked.out, table) : `${asked.out} was not written, because the plan has problems.`);
  const printed = planned.reduce((sum, { consoleLines }) => sum + consoleLines, 0);
  if (printed > 0 && !asked.showValues && !asked.markdown)
    output.say(
      output.styled(
        'dim',
        `Your functions wrote ${countOf(printed, 'line')} to the console. They may hold items and are only shown with --show-values.`,
      ),
    );
  if (plans.some(({ full }) => full?.status === 'running')) return 130;
  return plans.every(({ ok }) => ok) ? 0 : 1;
}

function keptText(file: string, table: string | undefined): string {
  return `The plan is in ${file}: \`dynamodt up${table === undefined ? ' TABLE' : ` ${table}`} --plan ${file}\` does this and nothing else.`;
}

async function planTables(tables: readonly BundledTable[], isAll: boolean, service: string, asked: AskedPlan): Promise<PlannedFiles[]> {
  const threads = new PlanThreads(service);
  try {
    const planned: PlannedFiles[] = [];
    for (const table of tables) planned.push(await threads.plan({ table, isAll, asked }));
    return planned;
  } finally {
    await threads.close();
  }
}

async function withFullRuns(planned: readonly PlannedFiles[], invocation: Invocation, asked: AskedPlan): Promise<TablePlan[]> {
  const full: TablePlan[] = [];
  for (const one of planned) full.push(await withFullRun(one, invocation, asked));
  return full;
}

/** The plans with what another branch has by the same numbers. */
async function comparedWith(ref: string, plans: readonly TablePlan[], { transformations }: AskedPlan): Promise<TablePlan[]> {
  const squashed = new Map(await Promise.all(plans.map(async ({ table }) => [table, await readSquashed(transformations, table)] as const)));
  const there = await filesOfRef(transformations, ref);
  return plans.map((plan) => {
    const found = againstFiles(plan.versions, ownValue(there, plan.table) ?? [], ref, squashed.get(plan.table));
    const problems = [...plan.problems, ...found.problems];
    return { ...plan, ok: problems.length === 0, problems, notes: [...plan.notes, ...found.notes] };
  });
}

function tablesMeant(
  tables: readonly BundledTable[],
  table: string | undefined,
  { transformations }: AskedPlan,
  elsewhere: UnusedFindings,
): [BundledTable, ...BundledTable[]] {
  const [first, ...rest] = tables.filter((local) => table === undefined || local.table === table);
  if (first) return [first, ...rest];
  const [problem] = elsewhere.problems;
  if (problem) throw new RunError('InvalidTransformation', problem.message, { fields: { table } });
  const others = tables.map((local) => local.table).join(', ');
  throw new RunError(
    'NoTransformations',
    table === undefined
      ? `There are no transformations in "${transformations}": it has no folder with files like v1.ts.`
      : `There are no transformations for ${table} in "${transformations}"${others ? `, only for ${others}` : ''}. Add ${table}/v1.ts (\`dynamodt init ${table}\`), or name another folder with --transformations DIR.`,
    { fields: { table } },
  );
}
