import type { CallOptions } from '../functions/function-pool.ts';
import type { Json } from '../json.ts';
import { account, type Names } from '../names.ts';
import { Execution, type ExecutionStart } from './execution.ts';
import type { MapRun } from './map-run.ts';
import { OpenTasks } from './open-tasks.ts';
import type { Machine } from './state-machines.ts';

/** Invokes a function by its ARN or name. Throws FunctionFailure, InvocationRefused, or the reason of the signal. */
export type Invoke = (functionName: string, event: Json, options: CallOptions) => Promise<Json>;

export interface EngineOptions {
  names: Names;
  machines: Machine[];
  invoke: Invoke;
  /** Called whenever an execution has ended. */
  onEnd(execution: Execution): void;
}

/** Everything that Step Functions knows: machines, executions, Map Runs, in the order they came. */
export class Engine {
  readonly names: Names;
  readonly machines: Map<string, Machine>;
  readonly executions = new Map<string, Execution>();
  readonly mapRuns = new Map<string, MapRun>();
  readonly tasks = new OpenTasks();
  readonly invoke: Invoke;
  readonly roleArn = `arn:aws:iam::${account}:role/local`;
  onEnd: EngineOptions['onEnd'];

  constructor({ names, machines, invoke, onEnd }: EngineOptions) {
    this.names = names;
    this.machines = new Map(machines.map((machine) => [machine.arn, machine]));
    this.invoke = invoke;
    this.onEnd = onEnd;
  }

  /** Starts an execution. */
  start(start: ExecutionStart): Execution {
    const execution = new Execution(this, start);
    this.executions.set(execution.arn, execution);
    execution.run();
    return execution;
  }

  /** Stops all that runs, which nobody is told. */
  close(): void {
    this.onEnd = () => {};
    for (const execution of this.executions.values()) execution.stop('States.Aborted', 'Local AWS was closed.');
  }
}
