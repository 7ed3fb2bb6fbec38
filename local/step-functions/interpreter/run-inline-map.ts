import type { Json } from '../../json.ts';
import { dispatch } from '../dispatch.ts';
import { Frame, type Iteration, type MapProgress } from './frame.ts';
import type { MapWork } from './map-work.ts';
import { runStates } from './run-states.ts';
import { StateFailure } from './state-failure.ts';

/** Max concurrent iterations in AWS. */
const maxIterations = 40;

/**
 * Runs the items within the execution; the first failure fails the Map and ends the others. In a redrive, items that succeeded are not run
 * again, and those that failed or were ended continue where they stopped.
 */
export async function runInlineMap(work: MapWork, frame: Frame, earlier: MapProgress | undefined): Promise<Json[]> {
  const { name, items, settings, processor } = work;
  const before = earlier && 'iterations' in earlier ? earlier.iterations : [];
  const iterations: Iteration[] = [...before];
  frame.place.map = { iterations };
  const others = new AbortController();
  const signal = AbortSignal.any([frame.signal, others.signal]);

  const begin = async (index: number): Promise<Frame> => {
    const { engine, execution, lastEvent } = frame;
    const place = { position: { state: processor.StartAt, input: await work.inputOf(index) } };
    const iteration = new Frame({ engine, execution, signal, lastEvent, place, item: work.itemOf(index) });
    iteration.record('MapIterationStarted', { name, index });
    return iteration;
  };
  const iterate = async (index: number): Promise<Json> => {
    const done = before[index];
    if (done?.output !== undefined) return done.output;
    const iteration = done?.frame.again(signal) ?? (await begin(index));
    iterations[index] = { frame: iteration };
    try {
      const output = await runStates(iteration, processor);
      iterations[index] = { frame: iteration, output };
      iteration.record('MapIterationSucceeded', { name, index });
      return output;
    } catch (error) {
      if (error instanceof StateFailure) iteration.record('MapIterationFailed', { name, index });
      throw error;
    }
  };
  try {
    return await dispatch(items.length, () => settings.maxConcurrency || maxIterations, iterate).results;
  } finally {
    others.abort();
  }
}
