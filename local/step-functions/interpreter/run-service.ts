import { FunctionFailure } from '../../functions/function-failure.ts';
import { InvocationRefused } from '../../functions/invocation-refused.ts';
import type { Json } from '../../json.ts';
import type { State } from './asl.ts';
import type { Frame } from './frame.ts';
import { StateFailure } from './state-failure.ts';
import { TaskClock } from './task-clock.ts';
import { TaskEvents, type TaskEventsOptions } from './task-events.ts';

/** Callbacks by which the work of a Task reports its progress. */
export interface Progress {
  /** Reports that the work begins: the timeout of the task starts. */
  started(): void;
  submitted(response: Json): void;
  heartbeat(): void;
}

/**
 * Does the work of one try of a Task and records its events. After a timeout or an abort the work itself continues, but its result is
 * ignored.
 *
 * @throws StateFailure: when the work fails or times out.
 * @throws the reason of the frame's signal: when it aborts.
 */
export async function runService(
  state: State,
  frame: Frame,
  options: TaskEventsOptions,
  work: (progress: Progress) => Promise<Json>,
): Promise<Json> {
  const events = new TaskEvents(frame, options);
  const clock = new TaskClock(state, frame.signal);
  const progress: Progress = {
    started: () => {
      events.started();
      clock.start();
    },
    submitted: (response) => events.submitted(response),
    heartbeat: () => clock.beat(),
  };
  try {
    events.scheduled(state);
    const output = await clock.race(work(progress));
    events.succeeded(output);
    return output;
  } catch (error) {
    const failure = stateFailure(error);
    if (!failure) throw error;
    events.failed(failure);
    throw failure;
  } finally {
    clock.stop();
  }
}

function stateFailure(error: unknown): StateFailure | undefined {
  if (error instanceof StateFailure) return error;
  if (error instanceof FunctionFailure) return new StateFailure(error.name, error.message);
  if (error instanceof InvocationRefused) return new StateFailure(`Lambda.${error.name}`, error.serviceMessage());
  return undefined;
}
