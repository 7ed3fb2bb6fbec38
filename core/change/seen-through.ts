import type { SeenAs } from '../transformation/look.ts';
import type { Image } from '../values/attribute-value.ts';
import { afterUpdate, type ItemDecision } from './change.ts';
import { type MaybePromise, orElse } from './maybe-promise.ts';

/**
 * Shows items as versions will make them that are not applied yet: for the look-ups of a later version, in a dry run, a sample or a plan. An item
 * that one of them fails on is shown as it is. What they insert is not among what is found: only the items that it comes from tell it.
 */
export function seenThrough(earlier: readonly ((image: Image) => MaybePromise<ItemDecision>)[]): SeenAs<Image> {
  return async (found) => {
    let image = found;
    for (const decide of earlier) {
      const present = image;
      const decision = await orElse(
        () => decide(present),
        (): ItemDecision => ({ outcome: 'unchanged' }),
      );
      if (decision.outcome !== 'changed') continue;
      const { item } = decision.change;
      if (item.kind === 'delete') return undefined;
      image = afterUpdate(image, item.set, item.remove);
    }
    return image;
  };
}
