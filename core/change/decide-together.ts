import { ItemError } from '../errors.ts';
import { SweptApart } from '../lookup/swept-apart.ts';
import { imageAsRead } from '../transformation/attributes-read.ts';
import type { Transformation } from '../transformation/contract.ts';
import { footprintOf } from '../transformation/footprint.ts';
import type { Place } from '../transformation/look.ts';
import type { Image } from '../values/attribute-value.ts';
import type { TableShape } from '../values/table-shape.ts';
import { afterUpdate, type ItemDecision, type MemberDecision, type MemberFailure } from './change.ts';
import { unionOf } from './decide-chain.ts';
import type { ItemDecider } from './decide-change.ts';
import { andThen, type MaybePromise, orElse } from './maybe-promise.ts';

/** One of several versions that are swept together, bound to its table on the way up. */
export interface Member {
  transformation: Transformation;
  decider: ItemDecider;
  /** Its changes are journaled. */
  journals?: true | undefined;
}

/** Several versions as one. */
export interface TogetherDecider {
  decider: ItemDecider;
  /** Reads what any of the versions reads. Its functions are never called. */
  transformation: Transformation;
}

/**
 * Makes one decider of versions of which no two write the same attribute, see core/run/steps/sweep-groups.ts. For each image:
 *
 * 1. Each version decides in its order on what the versions before it made of the image, by all rules of a run.
 * 2. The change is that of all of them. As no two write the same attribute, each part can be taken back without the others.
 * 3. If one fails, those behind it are not asked. What the versions before it made is the change.
 * 4. None of them may find anything to do in the result. One that does takes the newest shape for an old one: each version alone is done before the
 *    next one begins, and never sees that shape. Then the item is left for a sweep of one version after the other.
 *
 * @param members at least one
 */
export function decideTogether(members: readonly Member[], shape: TableShape): TogetherDecider {
  const transformation = { ...unionOf(members), versionAttribute: members[0]?.transformation.versionAttribute };
  const allUnchanged: ItemDecision = {
    outcome: 'unchanged',
    together: { members: members.map(({ transformation: { sequence } }) => ({ sequence, outcome: 'unchanged', differing: false })) },
  };
  const decide = (image: Image, place?: Place): MaybePromise<ItemDecision> =>
    orElse(
      () => andThen(applied(members, image, shape, place), (made) => decisionOf(made, allUnchanged, members, shape, place)),
      (error) => {
        if (error instanceof SweptApart) return apart;
        throw error;
      },
    );
  return { decider: { footprint: footprintOf(transformation.declared, 'up'), decide }, transformation };
}

const apart: ItemDecision = { outcome: 'unchanged', together: { members: [], isApart: true } };

interface Applied {
  image: Image;
  set: Image;
  remove: string[];
  members: MemberDecision[];
  failure?: MemberFailure | undefined;
}

function decisionOf(
  made: Applied,
  allUnchanged: ItemDecision,
  members: readonly Member[],
  shape: TableShape,
  place: Place | undefined,
): MaybePromise<ItemDecision> {
  const { set, remove, failure } = made;
  const together = { members: made.members, ...(failure ? { failure } : {}) };
  const differing = made.members.some((member) => member.differing);
  if (made.members.some(({ outcome }) => outcome === 'changed'))
    return andThen(isSettled(members.slice(0, made.members.length), made.image, shape, place), (settled) =>
      settled ? { outcome: 'changed', change: { item: { kind: 'update', set, remove }, inserts: [] }, differing, together } : apart,
    );
  if (failure) return { outcome: 'unchanged', together };
  if (made.members.some(({ outcome }) => outcome === 'kept')) return { outcome: 'kept', differing, together };
  return allUnchanged;
}

/** What the members make of an image, one after the other. Most functions are synchronous, and then it makes no promise. */
function applied(members: readonly Member[], image: Image, shape: TableShape, place: Place | undefined): MaybePromise<Applied> {
  const made: Applied = { image, set: {}, remove: [], members: [] };
  const from = (start: number): MaybePromise<Applied> => {
    for (let index = start; index < members.length; index++) {
      const member = members[index] as Member;
      const decision = decideOne(member, made.image, shape, place);
      if (decision instanceof Promise)
        return decision.then((later) => {
          apply(made, member, later);
          return made.failure ? made : from(index + 1);
        });
      apply(made, member, decision);
      if (made.failure) return made;
    }
    return made;
  };
  return from(0);
}

/** A decision, or why the item fails. */
type Decided = ItemDecision | MemberFailure;

function apply(made: Applied, { transformation: { sequence }, journals }: Member, decided: Decided): void {
  if (!('outcome' in decided)) {
    made.failure = decided;
    return;
  }
  if (decided.outcome !== 'changed') {
    made.members.push({ sequence, outcome: decided.outcome, differing: decided.outcome === 'kept' && decided.differing });
    return;
  }
  const { item, inserts, others = [] } = decided.change;
  if (item.kind !== 'update' || decided.asks || inserts.length + others.length > 0)
    throw new TypeError('a version that is swept with others changes its own item only');
  const { set, remove } = item;
  if ([...Object.keys(set), ...remove].some((name) => Object.hasOwn(made.set, name) || made.remove.includes(name)))
    throw new SweptApart('Two versions write the same attribute.');
  made.members.push({
    sequence,
    outcome: 'changed',
    differing: decided.differing,
    change: { set, remove },
    ...(journals ? { journals } : {}),
  });
  made.set = { ...made.set, ...set };
  made.remove.push(...remove);
  made.image = afterUpdate(made.image, set, remove);
}

function decideOne({ transformation, decider }: Member, image: Image, shape: TableShape, place: Place | undefined): MaybePromise<Decided> {
  return orElse<Decided, Decided>(
    () => decider.decide(transformation.reads ? imageAsRead(image, transformation, 'up', shape) : image, place),
    (error) => {
      if (!(error instanceof ItemError)) throw error;
      const { name, message, details } = error;
      return { sequence: transformation.sequence, name, message, details };
    },
  );
}

/** Whether none of the members finds anything to do in what they made. */
function isSettled(members: readonly Member[], result: Image, shape: TableShape, place: Place | undefined): MaybePromise<boolean> {
  return andThen(
    applied(members, result, shape, place),
    ({ members: again, failure }) => !failure && again.every(({ outcome }) => outcome !== 'changed'),
  );
}
