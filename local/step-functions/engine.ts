import type { Json } from '../json.ts';
import { account, type Names } from '../names.ts';
import { Execution, type ExecutionStart } from './execution.ts';
import type { MapRun } from './map-run.ts';
import type { Machine } from './state-machines.ts';

/** Invokes a function by its ARN; `onStart` when it begins. Throws FunctionFailure. */
export type Invoke = (functionArn: string, event: Json, onStart: () => void) => Promise<Json>;

/** Everything that Step Functions knows: machines, executions, Map Runs, in the order they came. */
export class Engine {
  readonly names: Names;
  readonly machines: Map<string, Machine>;
  readonly executions = new Map<string, Execution>();
  readonly mapRuns = new Map<string, MapRun>();
  readonly invoke: Invoke;
  readonly roleArn = `arn:aws:iam::${account}:role/local`;

  constructor(names: Names, machines: Machine[], invoke: Invoke) {
    this.names = names;
    this.machines = new Map(machines.map((machine) => [machine.arn, machine]));
    this.invoke = invoke;
  }

  /** Starts an execution. */
  start(start: ExecutionStart): Execution {
    const execution = new Execution(this, start);
    this.executions.set(execution.arn, execution);
    execution.run();
    return execution;
  }

  /** Stops all that runs. */
  close(): void {
    for (const execution of this.executions.values()) execution.stop('States.Aborted', 'Local AWS was closed.');
  }
}
