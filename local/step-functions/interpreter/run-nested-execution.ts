import { ApiError } from '../../http/api-error.ts';
import type { Request } from '../../http/json-api.ts';
import type { Json } from '../../json.ts';
import { startExecution } from '../api/start-execution.ts';
import type { Execution } from '../execution.ts';
import type { State } from './asl.ts';
import type { Try } from './frame.ts';
import { serviceEvents } from './run-function.ts';
import { runService } from './run-service.ts';
import { serviceResponse } from './service-response.ts';
import { StateFailure } from './state-failure.ts';

/**
 * Starts an execution of the state machine that the parameters of a Task name. With `.sync` and `.sync:2` it waits for the end: the task
 * fails if the execution fails, and the execution is stopped if the task ends first, by a stop or a timeout. A redrive starts a new one.
 */
export async function runNestedExecution(state: State, attempt: Try): Promise<Json> {
  const [, wait] = /(\.sync(?::2)?)$/.exec(state.Resource ?? '') ?? [];
  let waitedFor: Execution | undefined;
  try {
    return await runService(state, attempt.frame, serviceEvents('states', state, attempt), async ({ started, submitted }) => {
      started();
      const nested = start(attempt);
      const headers = { 'Content-Type': 'application/x-amz-json-1.0' };
      const response = { ExecutionArn: nested.arn, StartDate: nested.startDate, ...serviceResponse(headers) };
      if (!wait) return response;
      submitted(response);
      waitedFor = nested;
      await nested.ended();
      const parsed = wait === '.sync:2' && nested.status === 'SUCCEEDED';
      const description = describe(nested, parsed ? JSON.parse : String);
      if (nested.status === 'SUCCEEDED') return description;
      throw new StateFailure('States.TaskFailed', JSON.stringify(description));
    });
  } catch (error) {
    waitedFor?.stop();
    throw error;
  }
}

function start({ frame, input }: Try): Execution {
  const { StateMachineArn, Name, Input = {} } = Object(input) as { [parameter: string]: Json };
  const request: Request = {
    stateMachineArn: StateMachineArn ?? null,
    input: typeof Input === 'string' ? Input : JSON.stringify(Input),
    ...(Name !== undefined && { name: Name }),
  };
  try {
    return startExecution(frame.engine, request);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const cause = `${error.message} (Service: AWSStepFunctions; Status Code: 400; Error Code: ${error.name})`;
    throw new StateFailure(`StepFunctions.${error.name.replace(/Exception$/, '')}Exception`, cause);
  }
}

function describe(execution: Execution, read: (json: string) => Json): { [field: string]: Json } {
  const { arn, name, machine, status, startDate, stopDate, input, output, error, cause } = execution;
  return {
    ...(cause !== undefined && { Cause: cause }),
    ...(error !== undefined && { Error: error }),
    ExecutionArn: arn,
    Input: read(input),
    InputDetails: { Included: true },
    Name: name,
    ...(output !== undefined && { Output: read(output), OutputDetails: { Included: true } }),
    StartDate: startDate,
    StateMachineArn: machine.arn,
    Status: status,
    ...(stopDate !== undefined && { StopDate: stopDate }),
  };
}
