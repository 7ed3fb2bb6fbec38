import type { Image } from '../values/attribute-value.ts';
import { afterUpdate } from './change.ts';
import type { ItemDecider } from './decide-change.ts';

/** Decides on what other sequences would have made of an image: in a dry run nothing is written, and versions build on each other. */
export function onResultOf(earlier: readonly ItemDecider[], present: ItemDecider): ItemDecider {
  return {
    footprint: present.footprint,
    decide: async (scanned) => {
      let image: Image = scanned;
      for (const { decide } of earlier) {
        const decision = await decide(image);
        if (decision.outcome !== 'changed') continue;
        const { item } = decision.change;
        if (item.kind === 'delete') return { outcome: 'unchanged' };
        image = afterUpdate(image, item.set, item.remove);
      }
      return present.decide(image);
    },
  };
}
