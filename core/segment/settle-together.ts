import type { ItemDecision, MemberFailure, TogetherDecision } from '../change/change.ts';
import { andThen, type MaybePromise } from '../change/maybe-promise.ts';
import { ItemError } from '../errors.ts';
import { isDeclaredName } from '../transformation/attributes-read.ts';
import type { Image } from '../values/attribute-value.ts';
import { type MemberOutcome, type SettledItem, type SettleItemPorts, settleItem } from './settle-item.ts';

/**
 * Settles one item by several versions at once, as {@link settleItem} does for one.
 *
 * 1. What the versions decide is written as one change, if there is one.
 * 2. If one of them fails, the change of those before it is written first. Then the item has failed, for that version.
 * 3. If the item fails for another reason, as its condition would be too wide or the functions take too long together, no version is to blame: each
 *    alone may succeed. So the item is left for a sweep of one version after the other, as one on which they cannot decide together.
 *
 * @throws Halted, Error: as settleItem
 */
export function settleTogether(scanned: Image, ports: SettleItemPorts): MaybePromise<SettledItem> {
  let last: ItemDecision | undefined;
  let lastChanged: ItemDecision | undefined;
  const note = (decision: ItemDecision): ItemDecision => {
    last = decision;
    if (decision.outcome === 'changed') lastChanged = decision;
    return decision;
  };
  const decider: SettleItemPorts['decider'] = {
    footprint: ports.decider.footprint,
    decide: (image, place, found) => andThen(ports.decider.decide(image, place, found), note),
  };
  return andThen(settleItem(scanned, { ...ports, decider }), (settled) => {
    if (settled.error || last?.together?.isApart) return { ...unitsOf(settled), outcome: 'unchanged', isApart: true };
    // If the answer of a write was lost, the last decision finds the change done.
    const { together } = (settled.outcome === 'changed' ? lastChanged : last) ?? {};
    return together ? withMembers(settled, together, ports) : settled;
  });
}

function withMembers(settled: SettledItem, { members: decided, failure }: TogetherDecision, ports: SettleItemPorts): SettledItem {
  const { outcome } = settled;
  const isKnown = outcome === 'changed' || outcome === 'unchanged' || outcome === 'kept';
  const members: MemberOutcome[] = [];
  for (const { sequence, outcome: own, differing } of decided) {
    members.push({ sequence, outcome: isKnown || own !== 'changed' ? own : outcome, differing });
    // Those behind it would not have met the item.
    if (outcome === 'vanished' && own === 'changed') break;
  }
  if (!failure || !isKnown) return { ...settled, members };
  members.push({ sequence: failure.sequence, outcome: 'failed', differing: false });
  return { ...settled, outcome: 'failed', error: errorOf(failure, ports), failedAt: failure.sequence, members };
}

function errorOf({ name, message, details }: MemberFailure, { transformation, shape }: SettleItemPorts): ItemError {
  return new ItemError(name, message, details).namingOnly((attribute) => isDeclaredName(attribute, transformation, shape));
}

function unitsOf({ writeUnits = 0 }: SettledItem): Pick<SettledItem, 'writeUnits'> {
  return { writeUnits };
}
