import type { TeamFunctions } from '../change/team-functions.ts';
import { trialOf } from '../change/trial.ts';
import { isIrreversible, notRestored } from '../change/way-back.ts';
import { ItemError } from '../errors.ts';
import type { Transformation, TransformContext } from '../transformation/contract.ts';
import type { TableShape } from '../values/table-shape.ts';
import { type FailureCause, FailureCauses } from './failure-causes.ts';
import type { TriedItem } from './tried-item.ts';

/** Tells if down restores the items that up changed. */
export interface WayBack {
  /** `derived`: what was added is removed again. `none`: irreversible. */
  by: 'transformDown' | 'derived' | 'none';
  /** Number of changed items that were taken back down, and number of those that were restored. */
  tried: number;
  restored: number;
  /** Attributes that were not restored, with the number of items. */
  attributes: Record<string, number>;
  failures: FailureCause[];
}

/** Replaces names that may be made from item data. */
const otherNames = '…';

/** Takes each changed item back down and compares. @param context the context of the way up @param isKnown true for names that may be shown */
export async function tryWayBack(
  transformation: Transformation,
  trials: readonly TriedItem[],
  { shape, context, isKnown }: { shape: TableShape; context: TransformContext; isKnown: (name: string) => boolean },
  functions: TeamFunctions,
): Promise<WayBack> {
  const by = isIrreversible(transformation) ? 'none' : transformation.transformDown ? 'transformDown' : 'derived';
  const way: WayBack = { by, tried: 0, restored: 0, attributes: {}, failures: [] };
  if (by === 'none') return way;
  const failures = new FailureCauses();
  const counts = new Map<string, number>();
  const down = trialOf(transformation, shape, { ...context, direction: 'down' });
  await Promise.all(
    trials.map(async ({ item, tried }) => {
      // A deleted item can be restored only from other items.
      if (tried?.decision.outcome !== 'changed' || tried.images.length === 0) return;
      way.tried += 1;
      try {
        const names = await functions.run(() => notRestored(item.image, tried.images, down));
        if (names.length === 0) way.restored += 1;
        for (const name of new Set(names.map((attribute) => (isKnown(attribute) ? attribute : otherNames))))
          counts.set(name, (counts.get(name) ?? 0) + 1);
      } catch (error) {
        if (!(error instanceof ItemError)) throw error;
        failures.add(error.namingOnly(isKnown));
      }
    }),
  );
  return { ...way, attributes: Object.fromEntries(counts), failures: failures.list() };
}
