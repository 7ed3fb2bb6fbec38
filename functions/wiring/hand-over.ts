import * as z from 'zod';
import { readCatalog } from '../../aws/ledger/catalog.ts';
import type { Run } from '../../core/ledger/run.ts';
import { retryingClient } from './clients/retrying-client.ts';
import { environment } from './environment.ts';
import { ledger } from './ledger.ts';
import { log } from './log.ts';

/** Fields of the events of functions that can hand over; an execution that older definitions run has none. */
export const handOverFields = {
  /** The input of the execution. */
  input: z.unknown(),
  /** The deploy whose functions the execution calls; empty if it calls the newest ones. */
  deploy: z.string().default(''),
};

/** The event of a function that decides how a run goes on. */
export const DecisionEvent = z.object({
  table: z.string(),
  run: z.string(),
  decisionNumber: z.number(),
  execution: z.string(),
  redriveCount: z.number(),
  ...handOverFields,
});

/** The decision by which the state machine starts an execution that goes on instead of this one. */
export interface HandOver {
  decision: 'handOver';
  /** Of the execution that goes on. */
  input: Record<string, unknown>;
}

/** Step Functions shows by this field of the input which execution started another: https://docs.aws.amazon.com/step-functions/latest/dg/concepts-nested-workflows.html */
const startedByField = 'AWS_STEP_FUNCTIONS_STARTED_BY_EXECUTION_ID';

interface Asked {
  input?: unknown;
  deploy: string;
  execution: string;
  redriveCount: number;
}

/**
 * Hands over to the present deploy if the execution was redriven, and another deploy than its own was published since it began: the execution keeps its
 * definition and the functions that it names, and what was mended is in those of the present deploy. Only a redrive does so, since without one a run keeps
 * its code: docs/decisions/061-a-run-keeps-its-deploy.md.
 */
export async function handOver({ input, deploy, execution, redriveCount }: Asked): Promise<HandOver | undefined> {
  if (deploy === '' || redriveCount === 0) return undefined;
  const published = (await readCatalog(retryingClient, environment.ledger))?.deploy;
  if (published === undefined || published === deploy) return undefined;
  log('runHandedOver', { execution, deploy, to: published });
  return { decision: 'handOver', input: { ...z.record(z.string(), z.unknown()).parse(input), [startedByField]: execution } };
}

/**
 * {@link handOver} of a run: not for a decision of a redrive that the run has followed already, nor if another execution holds the run. What goes on
 * takes the versions of the run, also if newer ones are deployed, or held.
 */
export async function handOverRun({ table, run, ...asked }: Asked & { table: string; run: string }): Promise<HandOver | undefined> {
  if (asked.deploy === '' || asked.redriveCount === 0) return undefined;
  const [control, record] = await Promise.all([ledger.control(run), ledger.run(table, run)]);
  const isFollowed = control === undefined || control.decision.redriveCount >= asked.redriveCount;
  if (isFollowed || record?.execution !== asked.execution) return undefined;
  const handedOver = await handOver(asked);
  return handedOver && { ...handedOver, input: { ...upTo(record), ...handedOver.input } };
}

/** Only for a start that names no version. One that prepares, sweeps once more or uses kept code means other versions by `to`. */
function upTo({ direction, steps, prepareOnly, again }: Run): { to?: number } {
  const last = steps.at(-1);
  return direction === 'up' && last && !prepareOnly && !again && !last.kept ? { to: last.sequence } : {};
}

/** The input of an execution without the execution that started it by handing over. */
export function withoutStarter(input: unknown): { input: unknown; startedBy: string | undefined } {
  const fields = z.looseObject({ [startedByField]: z.string() }).safeParse(input);
  if (!fields.success) return { input, startedBy: undefined };
  const { [startedByField]: startedBy, ...rest } = fields.data;
  return { input: rest, startedBy };
}
