import type { Json } from '../../json.ts';
import type { States } from './asl.ts';
import type { ContextObject } from './interpret-state.ts';

/** The evaluated settings of a Map: see `rewriteState`. `null` for a setting that the state does not have. */
export interface MapSettings {
  maxConcurrency: number | null;
  toleratedFailureCount: number | null;
  toleratedFailurePercentage: number | null;
}

/** The items of one try of a Map, and the processor that runs for each of them. */
export interface MapWork {
  name: string;
  items: Json[];
  settings: MapSettings;
  processor: States;
  /** The input for an item, after ItemSelector. */
  inputOf(index: number): Promise<Json>;
  itemOf(index: number): ContextObject;
}
