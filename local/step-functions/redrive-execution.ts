import { ApiError } from '../api-error.ts';
import { atMost, type Request } from '../json-api.ts';
import type { Engine } from './engine.ts';
import type { Execution } from './execution.ts';
import { executionIn } from './find-resource.ts';
import { redriveStatus } from './redrive-status.ts';

/** A redrive that was asked for with a token, which answers the same again: https://docs.aws.amazon.com/step-functions/latest/apireference/API_RedriveExecution.html */
interface Redrive {
  token: string;
  date: number;
}

const rememberedTokens = 10;
const tokenValidity = 15 * 60 * 1000;

/** Redrives by execution, newest last. */
const redrives = new WeakMap<Execution, Redrive[]>();

/** Redrives an execution that failed, timed out or was stopped; returns when it was. Throws ExecutionNotRedrivable. */
export const redriveExecution = (engine: Engine, request: Request): number => {
  const execution = executionIn(engine, request);
  if (execution.mapRun) throw new ApiError('ValidationException', 'Labeled Execution ARNs are not supported for this API');
  const token = atMost(String(request['clientToken'] ?? ''), 64, 'clientToken');
  const earlier = (redrives.get(execution) ?? []).filter(({ date }) => Date.now() - date < tokenValidity);
  const same = earlier.find((redrive) => token !== '' && redrive.token === token);
  if (same) return same.date;

  const { reason } = redriveStatus(execution);
  if (reason) throw new ApiError('ExecutionNotRedrivable', `Execution ${execution.arn} invalid for redrive as: ${reason}`);
  execution.redrive();
  const date = execution.redriveDate ?? Date.now();
  redrives.set(execution, [...earlier, { token, date }].slice(-rememberedTokens));
  return date;
};
