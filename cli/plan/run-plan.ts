import { RunError } from '../../core/errors.ts';
import { planFiles } from '../../core/plan/plan-files.ts';
import type { TablePlan } from '../../core/plan/table-plan.ts';
import { type LocalTable, withLocalTables } from '../files/local-tables.ts';
import type { Invocation } from '../verb.ts';
import { withFullRun } from './full-run.ts';
import { type AskedPlan, readPlanOptions } from './plan-options.ts';
import { planTables } from './plan-tables.ts';
import { planText } from './plan-text.ts';
import { quietConsole } from './quiet-console.ts';

/** Shows what the local files would do to a table, or to all, without writing anything. @returns the exit code */
export async function runPlan(invocation: Invocation): Promise<number> {
  const { table, output } = invocation;
  const asked = await readPlanOptions(table, invocation.options);
  const quiet = quietConsole(asked.showValues ? process.stderr : undefined);
  let plans: TablePlan[];
  try {
    plans = await withLocalTables(asked.transformations, (tables) => planned(tablesMeant(tables, table, asked), invocation, asked));
  } finally {
    quiet.end();
  }
  output.document(table === undefined ? plans : plans[0]);
  output.text(plans.flatMap((one, index) => [...(index > 0 ? [''] : []), ...planText(one, output)]));
  if (quiet.lines > 0 && !asked.showValues)
    output.say(
      output.styled(
        'dim',
        `Your functions wrote ${quiet.lines} lines to the console. They may hold items and are only shown with --show-values.`,
      ),
    );
  if (plans.some(({ full }) => full?.status === 'running')) return 130;
  return plans.every(({ ok }) => ok) ? 0 : 1;
}

function tablesMeant(tables: readonly LocalTable[], table: string | undefined, { transformations }: AskedPlan): readonly LocalTable[] {
  const meant = tables.filter((local) => table === undefined || local.table === table);
  if (meant.length > 0) return meant;
  const others = tables.map((local) => local.table).join(', ');
  throw new RunError(
    'NoTransformations',
    table === undefined
      ? `There are no transformations in "${transformations}": it has no folder with files like v1.ts.`
      : `There are no transformations for ${table} in "${transformations}"${others ? `, only for ${others}` : ''}. Add ${table}/v1.ts (\`dynamodt init ${table}\`), or name another folder with --transformations DIR.`,
    { fields: { table } },
  );
}

async function planned(tables: readonly LocalTable[], invocation: Invocation, asked: AskedPlan): Promise<TablePlan[]> {
  if (asked.offline) return tables.map(({ table, files, misnamed }) => planFiles(table, files, misnamed));
  const plans = await planTables(tables, invocation.table === undefined, invocation.service, asked);
  if (!asked.full) return plans;
  const full: TablePlan[] = [];
  for (const [index, table] of tables.entries()) {
    const [one] = plans.slice(index, index + 1);
    if (one) full.push(await withFullRun(one, table, invocation, asked));
  }
  return full;
}
