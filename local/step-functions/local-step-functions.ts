import type { FunctionPool } from '../function-pool.ts';
import type { Actions } from '../json-api.ts';
import type { Names } from '../names.ts';
import { Engine } from './engine.ts';
import { executionActions } from './execution-actions.ts';
import { mapRunActions } from './map-run-actions.ts';
import { stateMachineActions } from './state-machine-actions.ts';
import { loadStateMachines } from './state-machines.ts';

export interface LocalStepFunctions {
  actions: Actions;
  close(): void;
}

/** Step Functions over the state machines of a folder, whose Tasks call the functions of a pool. */
export const localStepFunctions = async (folder: string, names: Names, functions: FunctionPool): Promise<LocalStepFunctions> => {
  const nameOf = (arn: string): string => arn.slice(names.functionArn('').length);
  const engine = new Engine(names, await loadStateMachines(folder, names), (arn, event, onStart) =>
    functions.invoke(nameOf(arn), event, onStart),
  );
  return {
    actions: { ...executionActions(engine), ...mapRunActions(engine), ...stateMachineActions(engine) },
    close: () => engine.close(),
  };
};
