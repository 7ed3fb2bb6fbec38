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
import type { Machine } from './machine.ts';

export interface LocalStepFunctions {
  actions: Actions;
  /** Executions that start from now on have the state machines as they are now. */
  deploy(): Promise<void>;
  close(): void;
}

/**
 * Step Functions. The Tasks of its state machines call the functions of a pool.
 *
 * @param load reads the state machines of the present deploy
 */
export async function localStepFunctions(
  load: () => Promise<Machine[]>,
  names: Names,
  functions: FunctionPool,
  onEnd: (execution: Execution) => void,
): Promise<LocalStepFunctions> {
  const invoke: Invoke = (name, event, call) => functions.invokeNamed(name, event, call);
  const engine = new LocalEngine({ names, machines: await load(), invoke, onEnd });
  return {
    actions: { ...executionActions(engine), ...mapRunActions(engine), ...stateMachineActions(engine), ...taskTokenActions(engine) },
    deploy: async () => engine.deploy(await load()),
    close: () => engine.close(),
  };
}
