import type { FunctionPool } from '../functions/function-pool.ts';
import type { Actions } from '../http/json-api.ts';
import type { Names } from '../names.ts';
import { executionActions } from './api/execution-actions.ts';
import { mapRunActions } from './api/map-run-actions.ts';
import { stateMachineActions } from './api/state-machine-actions.ts';
import { taskTokenActions } from './api/task-token-actions.ts';
import type { Invoke } from './engine.ts';
import type { Execution } from './execution.ts';
import { LocalEngine } from './local-engine.ts';
import { loadStateMachines } from './state-machines.ts';

export interface LocalStepFunctions {
  actions: Actions;
  /** Executions that start from now on call this version of the functions. */
  deploy(version: string): Promise<void>;
  close(): void;
}

/** Step Functions with the state machines of a folder. Their Tasks call the functions of a pool. */
export async function localStepFunctions(
  folder: string,
  names: Names,
  functions: FunctionPool,
  onEnd: (execution: Execution) => void,
  version: string | undefined,
): Promise<LocalStepFunctions> {
  const invoke: Invoke = (name, event, call) => functions.invokeNamed(name, event, call);
  const engine = new LocalEngine({ names, machines: await loadStateMachines(folder, names, version), invoke, onEnd });
  return {
    actions: { ...executionActions(engine), ...mapRunActions(engine), ...stateMachineActions(engine), ...taskTokenActions(engine) },
    deploy: async (deployed) => engine.deploy(await loadStateMachines(folder, names, deployed)),
    close: () => engine.close(),
  };
}
