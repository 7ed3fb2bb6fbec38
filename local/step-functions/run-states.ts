import type { Json } from '../json.ts';
import type { Position, States } from './asl.ts';
import type { Frame } from './frame.ts';
import { interpretState } from './interpret-state.ts';
import { payload } from './limits.ts';
import { runMap } from './run-map.ts';
import { runTask } from './run-task.ts';
import { StateFailure } from './state-failure.ts';

/**
 * Runs states from a position to the end and returns the last output. Throws StateFailure, or the reason of the frame's signal.
 *
 * 1. Enter the state. 2. Interpret it; Tasks and Maps work through `runTask` and `runMap`. 3. Leave it and go on where it led.
 */
export const runStates = async (frame: Frame, { States: states }: States, from: Position): Promise<Json> => {
  for (let position = from; ; ) {
    const { state: name, input } = position;
    frame.position = position;
    const state = states[name];
    if (!state) throw new StateFailure('States.Runtime', `There is no state ${name}.`);
    frame.record(`${state.Type}StateEntered`, { name, input: payload(input, name) });
    const entered = frame.lastEvent;

    let tries = 0;
    const context = frame.context(name, () => Math.max(0, tries - 1));
    const work = (given: Json): Promise<Json> => {
      tries += 1;
      // The interpreter tries again after the wait of a Retry even when it was stopped meanwhile.
      frame.signal.throwIfAborted();
      const attempt = { frame, context, input: given };
      return state.Type === 'Map' ? runMap(name, state, attempt) : runTask(state, attempt);
    };
    const { output, next } = await interpretState(state, input, context, frame.signal, work).catch((error) => fail(error, name, entered));

    frame.record(`${state.Type}StateExited`, { name, output: payload(output, name) });
    if (next === undefined) return output;
    position = { state: next, input: output };
  }
};

const fail = (error: unknown, name: string, entered: number): never => {
  if (!(error instanceof StateFailure) || error.name !== 'States.Runtime' || error.message.startsWith('The execution reached')) throw error;
  const where = `An error occurred while executing the state '${name}' (entered at the event id #${entered}).`;
  throw new StateFailure(error.name, `${where} ${error.message}`);
};
