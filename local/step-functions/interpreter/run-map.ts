import type { Json } from '../../json.ts';
import { payload } from '../limits.ts';
import type { State } from './asl.ts';
import type { Try } from './frame.ts';
import { type ContextObject, interpretState } from './interpret-state.ts';
import type { MapSettings, MapWork } from './map-work.ts';
import { runDistributedMap } from './run-distributed-map.ts';
import { runInlineMap } from './run-inline-map.ts';
import { StateFailure, TerminalFailure } from './state-failure.ts';

/**
 * Does one try of a Map and returns the outputs of its items. A redrive continues the earlier try.
 *
 * @throws StateFailure: when an item fails, more items fail than are tolerated, or the output is too large.
 */
export async function runMap(state: State, attempt: Try): Promise<Json> {
  const { frame } = attempt;
  const work = workOf(state, attempt);
  const earlier = frame.takeEarlierMap();
  if (!earlier) {
    frame.record('MapStateStarted', { length: work.items.length });
    frame.markResume();
  }
  try {
    const distributed = state.ItemProcessor?.ProcessorConfig?.Mode === 'DISTRIBUTED';
    const output = distributed ? await runDistributedMap(work, state.Label, frame, earlier) : await runInlineMap(work, frame, earlier);
    payload(output, work.name);
    frame.record('MapStateSucceeded');
    return output;
  } catch (error) {
    // The data is too large, or paths do not match it, so no item can continue: a redrive begins again with all items.
    if (error instanceof TerminalFailure) frame.place.map = undefined;
    if (error instanceof StateFailure) frame.record('MapStateFailed');
    throw error;
  }
}

function workOf(state: State, { frame, context, input: given }: Try): MapWork {
  const { state: name } = frame.place.position;
  const { input, items, ...settings } = given as unknown as { input: Json; items: Json } & MapSettings;
  if (!Array.isArray(items)) throw new TerminalFailure('States.Runtime', `The items of the Map '${name}' are not an array.`);
  const processor = state.ItemProcessor ?? state.Iterator;
  if (!processor) throw new TerminalFailure('States.Runtime', `The Map '${name}' has no ItemProcessor.`);
  const selector: State = { Type: 'Pass', Parameters: state.ItemSelector ?? state.Parameters ?? null, End: true };
  const itemOf = (index: number): ContextObject => ({ Index: index, Value: items[index] });
  const inputOf = async (index: number): Promise<Json> => {
    if (selector.Parameters === null) return items[index] ?? null;
    const { output } = await interpretState(selector, input, { ...context, Map: { Item: itemOf(index) } }, frame.signal);
    return output;
  };
  return { name, items, settings, processor, inputOf, itemOf };
}
