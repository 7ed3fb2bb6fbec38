import * as z from 'zod';
import { describeExecution } from '../aws/step-functions.ts';
import { recordEndings } from '../core/run/record-failure.ts';
import { sfnClient } from './wiring/executions.ts';
import { ledger } from './wiring/ledger.ts';
import { log } from './wiring/log.ts';
import { tellEvents } from './wiring/tell-events.ts';

/** EventBridge's event of an execution that ended. Only its name is used, since such events arrive late, twice, or not at all. */
const Event = z.object({ detail: z.object({ executionArn: z.string(), input: z.string() }) });
const Input = z.object({ table: z.string() });

/** Records in the ledger that an execution ended, if the execution could not record that itself. */
export async function handler(event: unknown): Promise<void> {
  const { executionArn, input } = Event.parse(event).detail;
  const parsed = Input.safeParse(JSON.parse(input));
  if (!parsed.success) return;
  const recorded = await recordEndings(parsed.data.table, executionArn, {
    ledger,
    describeExecution: (execution) => describeExecution(sfnClient, execution),
    tell: tellEvents,
  });
  for (const { run, ending } of recorded) log('failureRecorded', { run, status: ending.status, error: ending.error.name });
}
