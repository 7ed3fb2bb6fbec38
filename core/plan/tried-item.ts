import type { Tried } from '../change/trial.ts';
import type { ItemError } from '../errors.ts';
import type { Image } from '../values/attribute-value.ts';

/** An item of the sample, or what earlier versions made of it. */
export interface SampledItem {
  image: Image;
  /** How many items of the table it represents. */
  weight: number;
}

/** What a version made of a sampled item; `tried` beside an error is what it would make if the file declared it. */
export interface TriedItem {
  item: SampledItem;
  tried?: Tried | undefined;
  error?: ItemError | undefined;
}
