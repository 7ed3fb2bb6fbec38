import { account, type Names } from '../names.ts';
import type { Engine, Invoke } from './engine.ts';
import type { Execution, ExecutionStart } from './execution.ts';
import { LocalExecution } from './local-execution.ts';
import type { Machine } from './machine.ts';
import type { MapRun } from './map-run.ts';
import { OpenTasks } from './open-tasks.ts';

export interface EngineOptions {
  names: Names;
  machines: Machine[];
  invoke: Invoke;
  /** Called when an execution has ended. */
  onEnd(execution: Execution): void;
}

/** The engine of one local AWS: starts executions and keeps their results in memory. */
export class LocalEngine implements Engine {
  readonly names: Names;
  machines: ReadonlyMap<string, Machine>;
  readonly executions = new Map<string, Execution>();
  readonly mapRuns = new Map<string, MapRun>();
  readonly tasks = new OpenTasks();
  readonly invoke: Invoke;
  readonly roleArn = `arn:aws:iam::${account}:role/local`;
  onEnd: EngineOptions['onEnd'];

  constructor({ names, machines, invoke, onEnd }: EngineOptions) {
    this.names = names;
    this.machines = byArn(machines);
    this.invoke = invoke;
    this.onEnd = onEnd;
  }

  /** Starts an execution. */
  start(start: ExecutionStart): Execution {
    const execution = new LocalExecution(this, start);
    this.executions.set(execution.arn, execution);
    execution.run();
    return execution;
  }

  /** Replaces the machines, for executions that start from now on. */
  deploy(machines: readonly Machine[]): void {
    this.machines = byArn(machines);
  }

  /** Stops all running executions, without failure events. */
  close(): void {
    this.onEnd = () => {};
    for (const execution of this.executions.values()) execution.stop('States.Aborted', 'Local AWS was closed.');
  }
}

function byArn(machines: readonly Machine[]): ReadonlyMap<string, Machine> {
  return new Map(machines.map((machine) => [machine.arn, machine]));
}
