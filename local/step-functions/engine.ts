import type { CallOptions } from '../functions/function-pool.ts';
import type { Json } from '../json.ts';
import type { Names } from '../names.ts';
import type { Execution, ExecutionStart } from './execution.ts';
import type { Machine } from './machine.ts';
import type { MapRun } from './map-run.ts';
import type { OpenTasks } from './open-tasks.ts';

/**
 * Invokes a function by its ARN or name.
 *
 * @throws FunctionFailure: when the function fails, dies or times out.
 * @throws InvocationRefused: when Lambda does not run it.
 * @throws the reason of the signal: when it aborts before the function begins.
 */
export type Invoke = (functionName: string, event: Json, options: CallOptions) => Promise<Json>;

/** The state of Step Functions: machines, executions and Map Runs by their ARNs, in the order of their creation. */
export interface Engine {
  readonly names: Names;
  readonly machines: ReadonlyMap<string, Machine>;
  readonly executions: ReadonlyMap<string, Execution>;
  readonly mapRuns: Map<string, MapRun>;
  readonly tasks: OpenTasks;
  readonly invoke: Invoke;
  readonly roleArn: string;
  /** Starts an execution. */
  start(start: ExecutionStart): Execution;
}
