import { RunError } from '../../errors.ts';
import { shownIfAny } from '../../ledger/given.ts';
import type { RunStep } from '../../ledger/run.ts';
import type { Version } from '../../ledger/versions/version.ts';
import { isSameSource } from '../../transformation/catalog.ts';
import { canonicalJson } from '../../values/canonical-json.ts';
import type { Deployed } from '../plan-run.ts';
import type { RunInput } from '../run-input.ts';

/** What a start finds now. */
export interface FoundNow {
  tableId: string | undefined;
  steps: readonly RunStep[];
  versions: readonly Version[];
  deployed: readonly (Pick<Deployed, 'checksum' | 'formerChecksums' | 'bundleChecksum'> & { transformation: { sequence: number } })[];
}

/**
 * Refuses a run that would do something else than was planned. A planned version that was applied since, by the planned code, is no difference:
 * so a start with the same plan continues a run that failed.
 *
 * @throws RunError PlanStale: names all that differs
 */
export function refuseStalePlan({ table, planned, to }: Pick<RunInput, 'table' | 'planned' | 'to'>, found: FoundNow): void {
  if (!planned) return;
  const differences = [
    ...(planned.tableId !== undefined && found.tableId !== undefined && planned.tableId !== found.tableId
      ? ['the name stands for another table now']
      : []),
    ...planned.versions.flatMap((version) => differencesOf(version, found, to)),
    ...found.steps
      .filter(({ sequence }) => !planned.versions.some((version) => version.sequence === sequence))
      .map(({ sequence }) => `v${sequence} is pending and was not planned`),
  ];
  if (differences.length === 0) return;
  throw new RunError(
    'PlanStale',
    `${table} is not as it was planned: ${differences.join('; ')}. Nothing was written. Plan again (\`dynamodt plan ${table} --out FILE\`), and start with the new plan.`,
    { fields: { table } },
  );
}

type PlannedVersion = NonNullable<RunInput['planned']>['versions'][number];

function differencesOf(
  { sequence, checksum, parameters }: PlannedVersion,
  { steps, versions, deployed }: FoundNow,
  to = Infinity,
): string[] {
  const file = deployed.find(({ transformation }) => transformation.sequence === sequence);
  if (!file) return [`v${sequence} is not deployed`];
  if (!isSameSource(file, checksum)) return [`v${sequence} has other code`];
  const step = steps.find((one) => one.sequence === sequence);
  if (!step) {
    if (versions.some((one) => one.sequence === sequence && one.status === 'applied')) return [];
    return [`v${sequence} is not taken: ${sequence > to ? `the start ends at v${to} (--to)` : 'it is held'}`];
  }
  const isSameGiven = canonicalJson(shownIfAny(step.given) ?? {}) === canonicalJson(parameters ?? {});
  return isSameGiven ? [] : [`v${sequence} gets other parameters (start with the values of --set that were planned)`];
}
