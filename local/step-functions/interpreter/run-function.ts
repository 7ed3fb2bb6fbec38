import type { Json } from '../../json.ts';
import { payload } from '../limits.ts';
import type { State } from './asl.ts';
import type { Try } from './frame.ts';
import { runService } from './run-service.ts';
import { serviceResponse } from './service-response.ts';
import type { TaskEventsOptions } from './task-events.ts';

/** Calls the function that is the resource of a Task. */
export async function runFunctionByArn(state: State, { frame, input }: Try): Promise<Json> {
  const resource = state.Resource ?? '';
  const scheduled = { resource, input: payload(input, resource) };
  return runService(state, frame, { prefix: 'LambdaFunction', scheduled }, ({ started }) =>
    frame.engine.invoke(resource, input, { onStart: started, signal: frame.signal }),
  );
}

/** Calls the function that the parameters of a Task name. */
export async function runFunction(state: State, attempt: Try): Promise<Json> {
  return runService(state, attempt.frame, serviceEvents('lambda', state, attempt), ({ started }) => callFunction(attempt, started));
}

/** Calls the function that the parameters of a Task name; the answer to the task token, before or after it returns, is the result. */
export async function runFunctionWithToken(state: State, attempt: Try): Promise<Json> {
  const { tasks } = attempt.frame.engine;
  const { Token: token } = attempt.context['Task'] as { Token: string };
  try {
    return await runService(state, attempt.frame, serviceEvents('lambda', state, attempt), ({ started, submitted, heartbeat }) => {
      const answer = tasks.open(token, heartbeat);
      const returned = callFunction(attempt, started).then((response) => {
        if (tasks.isOpen(token)) submitted(response);
        return answer;
      });
      return Promise.race([answer, returned]);
    });
  } finally {
    tasks.close(token);
  }
}

/** The history events of a Task with an optimised integration. */
export function serviceEvents(resourceType: string, state: State, { frame, input }: Try): TaskEventsOptions {
  const [, resource = ''] = /:::\w+:(.+)$/.exec(state.Resource ?? '') ?? [];
  const parameters = payload(input, resource);
  return { prefix: 'Task', common: { resourceType, resource }, scheduled: { region: frame.engine.names.region, parameters } };
}

async function callFunction({ frame, input }: Try, started: () => void): Promise<Json> {
  const { FunctionName, Payload = {} } = Object(input) as { FunctionName?: Json; Payload?: Json };
  const result = await frame.engine.invoke(String(FunctionName), Payload, { onStart: started, signal: frame.signal });
  const headers = { 'X-Amz-Executed-Version': '$LATEST', 'Content-Type': 'application/json' };
  return { ExecutedVersion: '$LATEST', Payload: result, StatusCode: 200, ...serviceResponse(headers) };
}
