import { ApiError } from '../../http/api-error.ts';
import { atMost, type Request } from '../../http/json-api.ts';
import type { Engine } from '../engine.ts';
import { redriveStatus } from '../redrive-status.ts';
import { executionIn } from './find-resource.ts';

/** Max number of client tokens kept for an execution, and how long they are kept, in ms: https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html */
const rememberedTokens = 10;
const tokenValidity = 15 * 60 * 1000;

/**
 * Redrives an execution that failed, timed out or was stopped; returns when it was redriven, in ms. A repeated client token returns the same
 * answer again, whatever the status of the execution is by then.
 *
 * @throws ApiError ExecutionNotRedrivable: when the execution runs, has succeeded, or ended too long ago.
 * @throws ApiError ValidationException: when the execution is the child of a Map Run, which only its Map Run can redrive.
 */
export function redriveExecution(engine: Engine, request: Request): number {
  const execution = executionIn(engine, request);
  if (execution.mapRunArn) throw new ApiError('ValidationException', 'Labeled Execution ARNs are not supported for this API');
  const token = atMost(String(request['clientToken'] ?? ''), 64, 'clientToken');
  const earlier = execution.clientTokens.filter(({ date }) => Date.now() - date < tokenValidity);
  const same = earlier.find((redrive) => token !== '' && redrive.token === token);
  if (same) return same.date;

  const { reason } = redriveStatus(execution);
  if (reason) throw new ApiError('ExecutionNotRedrivable', `Execution ${execution.arn} invalid for redrive as: ${reason}`);
  execution.redrive();
  const date = execution.redriveDate ?? Date.now();
  execution.clientTokens = [...earlier, { token, date }].slice(-rememberedTokens);
  return date;
}
