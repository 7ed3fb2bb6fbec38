import { FunctionFailure } from '../function-failure.ts';
import type { Json } from '../json.ts';
import type { State } from './asl.ts';
import type { Try } from './frame.ts';
import { payload } from './limits.ts';
import { StateFailure, TerminalFailure, timeoutFailure } from './state-failure.ts';

/** The optimised integration of Lambda, which wraps event and result. */
const lambdaInvoke = 'arn:aws:states:::lambda:invoke';

/** Does one try of a Task. Throws StateFailure. */
export const runTask = async (state: State, attempt: Try): Promise<Json> => {
  const resource = state.Resource ?? '';
  if (/^arn:[^:]+:lambda:/.test(resource)) return invokeDirectly(resource, state, attempt);
  if (resource === lambdaInvoke) return invokeOptimised(state, attempt);
  throw new TerminalFailure('States.Runtime', `Local AWS has no integration ${resource}.`);
};

const invokeDirectly = async (resource: string, state: State, { frame, input }: Try): Promise<Json> => {
  const timeout = state.TimeoutSeconds;
  frame.record('LambdaFunctionScheduled', {
    resource,
    input: payload(input, resource),
    ...(timeout !== undefined && { timeoutInSeconds: timeout }),
  });
  try {
    const output = await invoke(resource, input, { frame, timeout, started: () => frame.record('LambdaFunctionStarted') });
    frame.record('LambdaFunctionSucceeded', { output: payload(output, resource) });
    return output;
  } catch (error) {
    throw recorded(error, (kind, details) => frame.record(`LambdaFunction${kind}`, details));
  }
};

const invokeOptimised = async (state: State, { frame, input }: Try): Promise<Json> => {
  const { FunctionName, Payload = {} } = Object(input) as { FunctionName?: Json; Payload?: Json };
  const service = { resourceType: 'lambda', resource: 'invoke' };
  const parameters = payload(input, lambdaInvoke);
  const timeout = state.TimeoutSeconds;
  const bound = timeout !== undefined && { timeoutInSeconds: timeout };
  frame.record('TaskScheduled', { ...service, region: frame.execution.engine.names.region, parameters, ...bound });
  try {
    const result = await invoke(String(FunctionName), Payload, { frame, timeout, started: () => frame.record('TaskStarted', service) });
    const output = { ExecutedVersion: '$LATEST', Payload: result, StatusCode: 200 };
    frame.record('TaskSucceeded', { ...service, output: payload(output, lambdaInvoke) });
    return output;
  } catch (error) {
    throw recorded(error, (kind, details) => frame.record(`Task${kind}`, { ...service, ...details }));
  }
};

/** Invokes a function; its time counts from when it begins. The function goes on after a timeout, as in AWS. */
const invoke = async (
  arn: string,
  event: Json,
  { frame, timeout, started }: { frame: Try['frame']; timeout: number | undefined; started: () => void },
): Promise<Json> => {
  const late = Promise.withResolvers<never>();
  let timer: NodeJS.Timeout | undefined;
  const begin = (): void => {
    started();
    if (timeout !== undefined) timer = setTimeout(() => late.reject(timeoutFailure()), timeout * 1000);
  };
  try {
    return await Promise.race([frame.execution.engine.invoke(arn, event, begin), late.promise]);
  } finally {
    clearTimeout(timer);
  }
};

const recorded = (error: unknown, record: (kind: 'Failed' | 'TimedOut', details: { error: string; cause?: string }) => void): unknown => {
  if (!(error instanceof StateFailure || error instanceof FunctionFailure)) return error;
  const failure = error instanceof StateFailure ? error : new StateFailure(error.name, error.message);
  const details = { error: failure.name, ...(failure.message && { cause: failure.message }) };
  record(failure.name === 'States.Timeout' ? 'TimedOut' : 'Failed', details);
  return failure;
};
