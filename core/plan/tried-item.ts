import type { Tried } from '../change/trial/trial.ts';
import type { ItemError } from '../errors.ts';
import type { Image } from '../values/attribute-value.ts';

/** An item of the sample, as it is after the earlier versions. */
export interface SampledItem {
  image: Image;
  /** How many items of the table it represents. */
  weight: number;
}

/** The result of a version for a sampled item; with an error, `tried` is the result that a complete declaration would permit. */
export interface TriedItem {
  item: SampledItem;
  tried?: Tried | undefined;
  error?: ItemError | undefined;
}
