import { ApiError } from '../../http/api-error.ts';
import { type Actions, atMost, type Request, required } from '../../http/json-api.ts';
import type { Json } from '../../json.ts';
import type { Engine } from '../engine.ts';
import { isTaskToken } from '../interpreter/task-token.ts';
import { maxPayloadBytes } from '../limits.ts';

/** The actions that answer a task token. */
export function taskTokenActions({ tasks, names }: Engine): Actions {
  const tokenIn = (request: Request): string => {
    const token = required(request, 'taskToken');
    if (isTaskToken(token, names.region)) return token;
    throw new ApiError('InvalidToken', "Invalid Token: 'Invalid token'");
  };
  return {
    SendTaskSuccess: (request) => {
      const output = atMost(required(request, 'output'), maxPayloadBytes, 'output');
      const token = tokenIn(request);
      tasks.succeed(token, jsonIn(output));
    },
    SendTaskFailure: (request) => {
      const error = atMost(String(request['error'] ?? ''), 256, 'error');
      const cause = atMost(String(request['cause'] ?? ''), 32_768, 'cause');
      tasks.fail(tokenIn(request), error, cause);
    },
    SendTaskHeartbeat: (request) => tasks.heartbeat(tokenIn(request)),
  };
}

function jsonIn(output: string): Json {
  try {
    return JSON.parse(output);
  } catch (error) {
    throw new ApiError('InvalidOutput', `Invalid Output: '${error instanceof Error ? error.message : error}'`);
  }
}
