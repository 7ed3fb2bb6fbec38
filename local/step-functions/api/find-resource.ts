import { ApiError } from '../../http/api-error.ts';
import { type Request, required } from '../../http/json-api.ts';
import type { Engine } from '../engine.ts';
import type { Execution } from '../execution.ts';
import type { Machine } from '../machine.ts';
import type { MapRun } from '../map-run.ts';

/**
 * Reads an ARN from a field of a request.
 *
 * @throws ApiError InvalidArn: when the field is not an ARN of this kind.
 */
function arnIn(request: Request, field: string, kind: string): string {
  const arn = required(request, field);
  if (new RegExp(`^arn:[^:]+:states:[^:]+:[^:]+:${kind}:.+`).test(arn)) return arn;
  throw new ApiError('InvalidArn', `Invalid Arn: '${arn}'`);
}

/**
 * The execution that a request names.
 *
 * @throws ApiError InvalidArn: when the ARN is not one of an execution.
 * @throws ApiError ExecutionDoesNotExist: when there is no such execution.
 */
export function executionIn(engine: Engine, request: Request): Execution {
  const arn = arnIn(request, 'executionArn', 'execution');
  const execution = engine.executions.get(arn);
  if (!execution) throw new ApiError('ExecutionDoesNotExist', `Execution Does Not Exist: '${arn}'`);
  return execution;
}

/**
 * The state machine that a request names.
 *
 * @throws ApiError InvalidArn: when the ARN is not one of a state machine.
 * @throws ApiError StateMachineDoesNotExist: when there is no such state machine.
 */
export function machineIn(engine: Engine, request: Request): Machine {
  const arn = arnIn(request, 'stateMachineArn', 'stateMachine');
  const machine = engine.machines.get(arn);
  if (!machine) throw new ApiError('StateMachineDoesNotExist', `State Machine Does Not Exist: '${arn}'`);
  return machine;
}

/**
 * The Map Run that a request names.
 *
 * @throws ApiError InvalidArn: when the ARN is not one of a Map Run.
 * @throws ApiError ResourceNotFound: when there is no such Map Run.
 */
export function mapRunIn(engine: Engine, request: Request): MapRun {
  const arn = arnIn(request, 'mapRunArn', 'mapRun');
  const run = engine.mapRuns.get(arn);
  if (!run) throw new ApiError('ResourceNotFound', `Resource not found: '${arn}'`);
  return run;
}

/** Seconds since the epoch, the format of times in the JSON protocol. */
export function seconds(milliseconds: number | undefined): number | undefined {
  return milliseconds === undefined ? undefined : milliseconds / 1000;
}
