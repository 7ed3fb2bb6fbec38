import * as z from 'zod';
import { RunError } from '../core/errors.ts';
import { findPending } from '../core/run/find-pending.ts';
import { StarterInput } from '../core/run/run-input.ts';
import { nameAwsFaults } from './wiring/clients/name-aws-faults.ts';
import { deployedTables } from './wiring/deployed-transformations.ts';
import { describeTable } from './wiring/describe-table.ts';
import { isAlive } from './wiring/executions.ts';
import { handOver, handOverFields, withoutStarter } from './wiring/hand-over.ts';
import { ledger } from './wiring/ledger.ts';
import { publishedTables } from './wiring/published-tables.ts';

const Event = z.object({ ...handOverFields, execution: z.string().default(''), redriveCount: z.number().default(0) });
const AllInput = z.strictObject({ tables: z.array(z.string().min(1)).optional(), ...StarterInput });

/** Finds the tables with pending transformations, and the runs that are taking them up already. */
export const handler = nameAwsFaults(handle);

async function handle(event: unknown) {
  const begun = Event.parse(event);
  const handedOver = await handOver(begun);
  if (handedOver) return handedOver;
  const asked = withoutStarter(begun.input).input;
  if (typeof asked === 'object' && asked !== null && 'parameters' in asked)
    throw new RunError(
      'InvalidParameters',
      'transform-all takes no parameters, as they belong to one version of one table. Give them in the deployment, where they hold for each start, or start transform-table with {"table": "Users", "parameters": {"3": {"days": 30}}}.',
    );
  const input = AllInput.safeParse(asked);
  if (!input.success)
    throw new RunError(
      'InvalidInput',
      'The input of transform-all is {} for all tables, or {"tables": ["Users", "Orders"]}; "startedBy" and "reason" may be lines of text.',
    );
  const published = await publishedTables();
  const ports = { ledger, knownTables: deployedTables, describeTable: (table: string) => describeTable(table, published), isAlive };
  return { tables: await findPending(input.data.tables, ports), redriveCount: begun.redriveCount };
}
