import { ItemError } from '../errors.ts';
import { imageAsRead } from '../transformation/attributes-read.ts';
import type { Transformation, TransformContext } from '../transformation/contract.ts';
import type { Image } from '../values/attribute-value.ts';
import { itemSize } from '../values/item-size.ts';
import type { TableShape } from '../values/table-shape.ts';
import { afterUpdate, type ItemDecision, namesIn } from './change.ts';
import { conditionFor } from './condition.ts';
import { bindTransformation } from './decide-change.ts';

/** What a version makes of one image, in memory. */
export interface Tried {
  decision: ItemDecision;
  /** The items in its place: first itself, changed or not, then those inserted. None if it is deleted. */
  images: Image[];
}

/** @throws ItemError: when the item fails */
export type Trial = (image: Image) => Promise<Tried>;

/** https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html */
const maxItemSize = 400 * 1024;

/**
 * Binds a version to a table and a direction by the rules of a run, but needs no table: the function sees only the attributes that a run
 * would read, and an item fails if DynamoDB would refuse its condition or its result.
 */
export function trialOf(transformation: Transformation, shape: TableShape, context: TransformContext): Trial {
  const { decide, footprint } = bindTransformation(transformation, shape, context);
  return async (image) => {
    const seen = imageAsRead(image, transformation, context.direction, shape);
    const decision = await decide(seen);
    if (decision.outcome !== 'changed') return { decision, images: [image] };
    const { item, inserts } = decision.change;
    conditionFor(seen, namesIn(decision.change), shape, footprint, transformation);
    const images = [...(item.kind === 'update' ? [afterUpdate(image, item.set, item.remove)] : []), ...inserts];
    for (const result of images) refuseTooLarge(result);
    return { decision, images };
  };
}

function refuseTooLarge(image: Image): void {
  const bytes = itemSize(image);
  if (bytes > maxItemSize)
    throw new ItemError(
      'InvalidValue',
      `The result has ${Math.ceil(bytes / 1024)} KB, and DynamoDB holds 400 KB in an item. Keep less in it.`,
    );
}
