import * as z from 'zod';
import { settleTables } from '../core/run/settle-tables.ts';
import { nameAwsFaults } from './wiring/clients/name-aws-faults.ts';
import { log } from './wiring/log.ts';

const Failure = z.object({ Error: z.string().optional(), Cause: z.string().optional() });
const Event = z.object({
  outcomes: z.array(z.object({ table: z.string(), failure: Failure.optional() })),
  triedBy: z.number(),
  redriveCount: z.number(),
});

/** Decides, after every table was tried, whether transform-all succeeds, fails, or tries the failed tables again. */
export const handler = nameAwsFaults(handle);

async function handle(event: unknown) {
  const { outcomes, triedBy, redriveCount } = Event.parse(event);
  for (const { table, failure } of outcomes) log('tableLeft', { table, error: failure?.Error });
  return settleTables(outcomes, triedBy, redriveCount);
}
