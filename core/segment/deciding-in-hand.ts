import type { FoundItem, ItemDecision } from '../change/change.ts';
import type { ItemDecider } from '../change/decide-change.ts';
import { deathsAt } from '../ledger/checkpoint.ts';
import type { Place } from '../transformation/look.ts';
import type { Image } from '../values/attribute-value.ts';
import { keyOf, keyText, type TableShape } from '../values/table-shape.ts';
import { transformKilled } from './careful-decider.ts';
import type { SegmentGate } from './segment-gate.ts';
import type { SegmentProgress } from './segment-progress.ts';
import type { SegmentSaves } from './segment-saves.ts';

/** A careful worker can be killed by something else at any item, but hardly three in a row at the same one. */
const maxDeaths = 3;

export interface InHandPorts {
  progress: Pick<SegmentProgress, 'checkpoint' | 'take'>;
  saves: Pick<SegmentSaves, 'save'>;
  gate: Pick<SegmentGate, 'assertMayDecide'>;
  shape: TableShape;
  /** Of the version. */
  file: string | undefined;
}

/**
 * Saves the item in hand before `decide` is called, and that there is none before a change is sent.
 *
 * @returns a function that throws ItemError TransformKilled for an item at which three workers ended, one after the other
 */
export function decidingInHand(decide: ItemDecider['decide'], { progress, saves, gate, shape, file }: InHandPorts) {
  const before = progress.checkpoint;
  return async (image: Image, place?: Place, found?: readonly FoundItem[]): Promise<ItemDecision> => {
    const key = keyOf(shape, image);
    const deaths = deathsAt(before, (other) => keyText(other) === keyText(key));
    if (deaths >= maxDeaths) throw transformKilled(`was called for this item when ${deaths} workers ended, one after the other`, file);
    progress.take({ key, attempt: before.attempt, deaths });
    // What the ledger takes is not the function's time.
    const save = (): Promise<void> => (place ? place.leaveFor(() => saves.save()) : saves.save());
    try {
      await save();
      gate.assertMayDecide();
      const decision = await decide(image, place, found);
      if (decision.outcome !== 'changed') return decision;
      progress.take(undefined);
      await save();
      return decision;
    } finally {
      progress.take(undefined);
    }
  };
}
