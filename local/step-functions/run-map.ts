import type { Json } from '../json.ts';
import type { State, States } from './asl.ts';
import type { Try } from './frame.ts';
import { type ContextObject, interpretState } from './interpret-state.ts';
import { payload } from './limits.ts';
import { runDistributedMap } from './run-distributed-map.ts';
import { runInlineMap } from './run-inline-map.ts';
import { StateFailure, TerminalFailure } from './state-failure.ts';

/** What a Map is given: see `rewriteState`. `null` where the state does not say. */
export interface MapSettings {
  maxConcurrency: number | null;
  toleratedFailureCount: number | null;
  toleratedFailurePercentage: number | null;
}

/** The items of one try of a Map, and what is done with each. */
export interface MapWork {
  name: string;
  items: Json[];
  settings: MapSettings;
  processor: States;
  /** The input for an item, after ItemSelector. */
  inputOf(index: number): Promise<Json>;
  itemOf(index: number): ContextObject;
}

/** Does one try of a Map and returns the outputs of its items. Throws StateFailure. */
export const runMap = async (name: string, state: State, attempt: Try): Promise<Json> => {
  const { input, items, ...settings } = attempt.input as unknown as { input: Json; items: Json } & MapSettings;
  if (!Array.isArray(items)) throw new TerminalFailure('States.Runtime', `The items of the Map '${name}' are not an array.`);
  const processor = state.ItemProcessor ?? state.Iterator;
  if (!processor) throw new TerminalFailure('States.Runtime', `The Map '${name}' has no ItemProcessor.`);
  const selector: State = { Type: 'Pass', Parameters: state.ItemSelector ?? state.Parameters ?? null, End: true };
  const itemOf = (index: number): ContextObject => ({ Index: index, Value: items[index] });
  const { frame, context } = attempt;
  const inputOf = async (index: number): Promise<Json> => {
    if (selector.Parameters === null) return items[index] ?? null;
    const { output } = await interpretState(selector, input, { ...context, Map: { Item: itemOf(index) } }, frame.signal);
    return output;
  };
  const work: MapWork = { name, items, settings, processor, inputOf, itemOf };

  frame.record('MapStateStarted', { length: items.length });
  try {
    const distributed = state.ItemProcessor?.ProcessorConfig?.Mode === 'DISTRIBUTED';
    const output = distributed ? await runDistributedMap(work, state.Label, frame) : await runInlineMap(work, frame);
    payload(output, name);
    frame.record('MapStateSucceeded');
    return output;
  } catch (error) {
    if (error instanceof StateFailure) frame.record('MapStateFailed');
    throw error;
  }
};
