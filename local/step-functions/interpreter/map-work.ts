import type { Json } from '../../json.ts';
import type { States } from './asl.ts';
import type { ContextObject } from './interpret-state.ts';

/** The settings of a Map, evaluated: see `rewriteState`. `null` if the state does not give one. */
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
