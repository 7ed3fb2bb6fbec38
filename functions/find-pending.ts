import * as z from 'zod';
import { RunError } from '../core/errors.ts';
import { findPending } from '../core/run/find-pending.ts';
import { deployedTables } from './wiring/deployed-transformations.ts';
import { describeTable } from './wiring/describe-table.ts';
import { isAlive } from './wiring/executions.ts';
import { handOver, handOverFields, withoutStarter } from './wiring/hand-over.ts';
import { ledger } from './wiring/ledger.ts';
import { nameAwsFaults } from './wiring/name-aws-faults.ts';
import { publishedTables } from './wiring/published-tables.ts';

const Event = z.object({ ...handOverFields, execution: z.string().default(''), redriveCount: z.number().default(0) });
const AllInput = z.strictObject({ tables: z.array(z.string().min(1)).optional() });

/** Finds the tables with pending transformations, and the runs that are taking them up already. */
export const handler = nameAwsFaults(handle);

async function handle(event: unknown) {
  const begun = Event.parse(event);
  const handedOver = await handOver(begun);
  if (handedOver) return handedOver;
  const input = AllInput.safeParse(withoutStarter(begun.input).input);
  if (!input.success)
    throw new RunError('InvalidInput', 'The input of transform-all is {} for all tables, or {"tables": ["Users", "Orders"]}.');
  const published = await publishedTables();
  const ports = { ledger, knownTables: deployedTables, describeTable: (table: string) => describeTable(table, published), isAlive };
  return { tables: await findPending(input.data.tables, ports), redriveCount: begun.redriveCount };
}
