import { imageAsRead } from '../../transformation/attributes-read.ts';
import type { BoundContext, Transformation } from '../../transformation/contract.ts';
import type { Place } from '../../transformation/look.ts';
import type { Image } from '../../values/attribute-value.ts';
import type { TableShape } from '../../values/table-shape.ts';
import { afterUpdate, type FoundItem, type ItemDecision, namesIn, type OtherItem } from '../change.ts';
import { conditionFor } from '../condition.ts';
import { bindTransformation } from '../decide-change.ts';
import { andThen, type MaybePromise } from '../maybe-promise.ts';
import { Found, withOthers } from '../other-items.ts';
import { refuseUnwritable } from '../write-limits.ts';

/** What a version makes of one image, in memory. */
export interface Tried {
  decision: ItemDecision;
  /** The items in its place: first itself, changed or not, then those inserted. None if it is deleted. */
  images: Image[];
  /** The items that the decision asked for; what is under their keys is known if the trial was told. */
  asks?: readonly OtherItem[] | undefined;
}

/**
 * @param place left while look-ups are waited for
 * @param found what is under the keys of the items that the decision asks for; if it is left out, there is nothing
 * @throws ItemError: when the item fails
 */
export type Trial = (image: Image, place?: Place, found?: readonly FoundItem[]) => MaybePromise<Tried>;

/**
 * Binds a version to a table and a direction by the rules of a run, but needs no table: the function sees only the attributes that a run
 * would read, and an item fails if DynamoDB would refuse its condition or its result.
 */
export function trialOf(transformation: Transformation, shape: TableShape, context: BoundContext): Trial {
  const { decide, footprint } = bindTransformation(transformation, shape, context);
  return (image, place, found) => {
    const seen = imageAsRead(image, transformation, context.direction, shape);
    return andThen(decide(seen, place), (asking) => {
      if (asking.outcome !== 'changed' || !asking.asks) return triedOf(image, seen, asking);
      const told = found ? decide(seen, place, found) : withOthers(asking, new Found([], shape), shape);
      return andThen(told, (decision) => ({ ...triedOf(image, seen, decision), asks: asking.asks }));
    });
  };

  function triedOf(image: Image, seen: Image, decision: ItemDecision): Tried {
    if (decision.outcome !== 'changed') return { decision, images: [image] };
    const { change } = decision;
    refuseUnwritable(image, change, conditionFor(seen, namesIn(change), shape, footprint, transformation), shape);
    const { item, inserts, others = [] } = change;
    const put = others.filter(({ kind, table }) => kind === 'put' && table === undefined).map((other) => other.image);
    const images = [...(item.kind === 'update' ? [afterUpdate(image, item.set, item.remove)] : []), ...inserts, ...put];
    return { decision, images };
  }
}
