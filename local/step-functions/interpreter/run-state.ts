import type { State } from './asl.ts';
import type { Frame } from './frame.ts';
import { type ContextObject, interpretState, type Outcome } from './interpret-state.ts';
import { matchesFailure, Retries } from './retries.ts';
import { runMap } from './run-map.ts';
import { runTask } from './run-task.ts';
import { StateFailure } from './state-failure.ts';
import { newTaskToken } from './task-token.ts';
import { withTimeoutOfInput } from './timeout-of-input.ts';
import { pause } from './timer.ts';

/**
 * Runs the present state of a frame.
 *
 * 1. Interpret it; Tasks and Maps work through `runTask` and `runMap`. 2. If that failed, wait and retry by its Retry.
 * 3. If no retry is left, continue with the state that its Catch names.
 *
 * @throws StateFailure: when the last try fails and no Catch names the failure.
 * @throws the reason of the frame's signal: when it aborts.
 */
export async function runState(frame: Frame, state: State): Promise<Outcome> {
  const { input } = frame.place.position;
  const retries = new Retries(state);
  for (let tries = 0; ; tries += 1) {
    const context: ContextObject = { ...frame.context(tries), ...taskContext(frame, state) };
    try {
      return await interpretState(state, input, context, frame.signal, (given) => {
        const attempt = { frame, context, input: given };
        return state.Type === 'Map' ? runMap(state, attempt) : runTask(withTimeoutOfInput(state, input), attempt);
      });
    } catch (error) {
      frame.signal.throwIfAborted();
      if (!(error instanceof StateFailure)) throw error;
      const wait = retries.waitAfter(error);
      if (wait === undefined) return caught(error, state, frame, context);
      await pause(wait, frame.signal);
    }
  }
}

/** `$$.Task`: each try of a task that waits for a token has a new token. */
function taskContext({ engine }: Frame, { Resource: resource }: State): ContextObject {
  return resource?.endsWith('.waitForTaskToken') ? { Task: { Token: newTaskToken(engine.names.region) } } : {};
}

/**
 * Continues with the state that a catcher names.
 *
 * @throws StateFailure: the same failure, when no catcher names it.
 */
async function caught(failure: StateFailure, state: State, frame: Frame, context: ContextObject): Promise<Outcome> {
  const catcher = state.Catch?.find(({ ErrorEquals: names }) => matchesFailure(names, failure, state));
  if (!catcher) throw failure;
  const { Next, ResultPath = '$' } = catcher;
  const pass: State = { Type: 'Pass', Result: { Error: failure.name, Cause: failure.message }, ResultPath, Next };
  return interpretState(pass, frame.place.position.input, context, frame.signal);
}
