import type { Json } from '../../json.ts';
import { payload } from '../limits.ts';
import type { States } from './asl.ts';
import type { Frame } from './frame.ts';
import { runState } from './run-state.ts';
import { StateFailure } from './state-failure.ts';

/**
 * Runs the states from the frame's position to the end, and returns the last output.
 *
 * 1. Enter the state. 2. Run it. 3. Leave it and continue with the state that follows.
 *
 * @throws StateFailure: when a state fails and no Catch names the failure.
 * @throws the reason of the frame's signal: when it aborts.
 */
export async function runStates(frame: Frame, { States: states }: States): Promise<Json> {
  for (;;) {
    const { state: name, input } = frame.place.position;
    const state = states[name];
    if (!state) throw new StateFailure('States.Runtime', `There is no state ${name}.`);
    frame.enter(`${state.Type}StateEntered`, { name, input: payload(input, name) });
    const { output, next } = await runState(frame, state).catch((error) => fail(error, frame));
    const position = next === undefined ? undefined : { state: next, input: output };
    frame.leave(`${state.Type}StateExited`, { name, output: payload(output, name) }, position);
    if (!position) return output;
  }
}

function fail(error: unknown, { place }: Frame): never {
  if (!(error instanceof StateFailure) || error.name !== 'States.Runtime' || error.message.startsWith('The execution reached')) throw error;
  const where = `An error occurred while executing the state '${place.position.state}' (entered at the event id #${place.entered?.event}).`;
  throw new StateFailure(error.name, `${where} ${error.message}`);
}
