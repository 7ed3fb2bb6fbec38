import { randomUUID } from 'node:crypto';
import { ApiError } from '../../http/api-error.ts';
import type { Request } from '../../http/json-api.ts';
import type { Engine } from '../engine.ts';
import type { Execution } from '../execution.ts';
import { maxPayloadBytes } from '../limits.ts';
import { machineIn } from './find-resource.ts';

/**
 * Starts an execution, or returns the one that runs under the same name with the same input.
 *
 * @throws ApiError InvalidArn, StateMachineDoesNotExist: when there is no such state machine.
 * @throws ApiError InvalidName: when the name has characters or a length that AWS refuses.
 * @throws ApiError InvalidExecutionInput: when the input is not JSON, or larger than 256 KiB.
 * @throws ApiError ExecutionAlreadyExists: when an execution of this name has ended, or runs with another input.
 */
export function startExecution(engine: Engine, request: Request): Execution {
  const machine = machineIn(engine, request);
  const name = nameIn(request);
  const input = inputIn(request);
  const arn = engine.names.executionArn(machine.name, name);
  const same = engine.executions.get(arn);
  if (!same) return engine.start({ arn, name, machine, input });
  if (same.status === 'RUNNING' && same.input === input) return same;
  throw new ApiError('ExecutionAlreadyExists', `Execution Already Exists: '${arn}'`);
}

function nameIn(request: Request): string {
  const name = request['name'] ?? randomUUID();
  // https://docs.aws.amazon.com/step-functions/latest/apireference/API_StartExecution.html
  if (typeof name === 'string' && /^[^\s<>{}[\]?*"#%\\^|~`$&,;:/\p{Cc}]{1,80}$/u.test(name)) return name;
  throw new ApiError('InvalidName', `Invalid Name: '${name}'`);
}

function inputIn(request: Request): string {
  const input = String(request['input'] ?? '{}');
  if (Buffer.byteLength(input) > maxPayloadBytes)
    throw new ApiError('InvalidExecutionInput', `Invalid State Machine Execution Input: more than ${maxPayloadBytes} bytes`);
  try {
    JSON.parse(input);
    return input;
  } catch {
    throw new ApiError('InvalidExecutionInput', 'Invalid State Machine Execution Input: not JSON');
  }
}
