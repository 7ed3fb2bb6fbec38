import type { Json } from '../../json.ts';
import type { State } from './asl.ts';
import type { Try } from './frame.ts';
import { runFunction, runFunctionByArn, runFunctionWithToken } from './run-function.ts';
import { runNestedExecution } from './run-nested-execution.ts';
import { TerminalFailure } from './state-failure.ts';

type RunTask = (state: State, attempt: Try) => Promise<Json>;

/** The optimised integrations by resource; their parameters name what to call. */
const integrations: Record<string, RunTask> = {
  'lambda:invoke': runFunction,
  'lambda:invoke.waitForTaskToken': runFunctionWithToken,
  'states:startExecution': runNestedExecution,
  'states:startExecution.sync': runNestedExecution,
  'states:startExecution.sync:2': runNestedExecution,
};

/** The implementation of a Task for its resource; `undefined` if local AWS has no such integration. */
export function taskRunner(resource = ''): RunTask | undefined {
  if (/^arn:[^:]+:lambda:/.test(resource)) return runFunctionByArn;
  const [, service = ''] = /^arn:[^:]+:states:::(.+)$/.exec(resource) ?? [];
  return Object.hasOwn(integrations, service) ? integrations[service] : undefined;
}

/**
 * Does one try of a Task.
 *
 * @throws StateFailure: when the work fails or times out.
 */
export const runTask: RunTask = (state, attempt) => {
  const run = taskRunner(state.Resource);
  if (!run) throw new TerminalFailure('States.Runtime', `Local AWS has no integration ${state.Resource}.`);
  return run(state, attempt);
};
