import type { Json } from '../json.ts';
import { dispatch } from './dispatch.ts';
import { Frame } from './frame.ts';
import type { MapWork } from './run-map.ts';
import { runStates } from './run-states.ts';
import { StateFailure } from './state-failure.ts';

/** AWS's limit for iterations at the same time. */
const mostIterations = 40;

/** Runs the items within the execution; the first failure fails the Map and ends the others. */
export const runInlineMap = async ({ name, items, settings, processor, inputOf, itemOf }: MapWork, frame: Frame): Promise<Json[]> => {
  const others = new AbortController();
  const signal = AbortSignal.any([frame.signal, others.signal]);
  const iterate = async (index: number): Promise<Json> => {
    const iteration = new Frame(frame.execution, signal, frame.lastEvent, itemOf(index));
    iteration.record('MapIterationStarted', { name, index });
    try {
      const output = await runStates(iteration, processor, { state: processor.StartAt, input: await inputOf(index) });
      iteration.record('MapIterationSucceeded', { name, index });
      return output;
    } catch (error) {
      if (error instanceof StateFailure) iteration.record('MapIterationFailed', { name, index });
      throw error;
    }
  };
  try {
    return await dispatch(items.length, () => settings.maxConcurrency || mostIterations, iterate).results;
  } finally {
    others.abort();
  }
};
