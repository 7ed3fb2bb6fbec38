import { writeFile } from 'node:fs/promises';
import * as z from 'zod';
import type { TablePlan } from '../../core/plan/table-plan.ts';
import { PlannedInput } from '../../core/run/run-input.ts';
import { namedJson } from '../named-json.ts';
import { UsageError } from '../usage-error.ts';

/** What `plan --out` writes: what was looked at, without items. Secrets are masked. */
const PlanFile = z.object({
  dynamodt: z.literal('plan'),
  /** Name of the service. */
  service: z.string(),
  /** ISO 8601 */
  madeAt: z.string(),
  tables: z.array(z.object({ table: z.string(), to: z.int().min(1).optional(), planned: PlannedInput })),
});
type PlanFile = z.infer<typeof PlanFile>;

/**
 * Writes plans without problems to a file.
 *
 * @param sequence the highest that was planned; undefined if all pending versions were
 * @throws UsageError: if the file cannot be written
 */
export async function keepPlans(
  file: string,
  plans: readonly TablePlan[],
  { sequence, service }: { sequence: number | undefined; service: string },
): Promise<void> {
  const kept: PlanFile = {
    dynamodt: 'plan',
    service,
    madeAt: new Date().toISOString(),
    tables: plans
      .filter(({ versions }) => versions.length > 0)
      .map(({ table, tableId, versions }) => ({
        table,
        ...(sequence === undefined ? {} : { to: sequence }),
        planned: PlannedInput.parse({
          ...(tableId === undefined ? {} : { tableId }),
          versions: versions.map(({ sequence: of, checksum, parameters }) => ({
            sequence: of,
            checksum,
            ...(parameters ? { parameters } : {}),
          })),
        }),
      })),
  };
  try {
    await writeFile(file, `${JSON.stringify(kept, null, 2)}\n`);
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : 'unknown';
    throw new UsageError(`The plan cannot be written to ${file} (${why}). Name a file in a folder that exists, as in \`--out plan.json\`.`);
  }
}

/**
 * What a plan has looked at of a table.
 *
 * @param table undefined for the only table of the plan
 * @throws UsageError: if the file is no plan, is one of another service, or does not have the table
 */
export async function readPlan(file: string, table: string | undefined, service: string): Promise<PlanFile['tables'][number]> {
  const { data } = PlanFile.safeParse(
    await namedJson(file, `There is no file "${file}". \`dynamodt plan Users --out ${file}\` writes one.`),
  );
  if (!data) throw new UsageError(`"${file}" is no plan. \`dynamodt plan Users --out ${file}\` writes one.`);
  if (data.service !== service)
    throw new UsageError(
      `"${file}" is a plan for the service "${data.service}", and this is "${service}". Plan again here, or give --name ${data.service}.`,
    );
  const names = data.tables.map((one) => one.table);
  const [only, ...others] = table === undefined ? data.tables : data.tables.filter((one) => one.table === table);
  if (only && others.length === 0) return only;
  if (only)
    throw new UsageError(
      `"${file}" is a plan for ${names.join(', ')}. Name one of them, as in \`dynamodt up ${only.table} --plan ${file}\`.`,
    );
  throw new UsageError(
    names.length === 0
      ? `"${file}" is a plan in which nothing was pending, so there is nothing to do by it.`
      : `"${file}" is a plan for ${names.join(', ')}, and not for ${table}.`,
  );
}
