import { isTransaction } from '../../change/change.ts';
import { TeamFunctions } from '../../change/team-functions.ts';
import { trialOf } from '../../change/trial/trial.ts';
import type { Clock } from '../../clock.ts';
import { ItemError } from '../../errors.ts';
import type { BoundContext } from '../../transformation/contract.ts';
import type { Image } from '../../values/attribute-value.ts';
import type { TableShape } from '../../values/table-shape.ts';
import type { LoadedFile } from '../local-file.ts';
import { about, items } from '../number-text.ts';
import type { Finding } from '../table-plan.ts';
import type { TriedItem } from '../tried-item.ts';

/** An item that a version deletes, or from which it removes attributes. */
export interface TakenItem {
  image: Image;
  /** Names of removed attributes; undefined if the whole item is deleted. */
  removed: readonly string[] | undefined;
}

/** Items that a version deletes or removes attributes from. A moved item does not count, since it is inserted again. */
export function takenItems(trials: readonly TriedItem[]): TakenItem[] {
  return trials.flatMap(({ item: { image }, tried }): TakenItem[] => {
    if (tried?.decision.outcome !== 'changed') return [];
    const { item } = tried.decision.change;
    if (item.kind === 'delete') return isTransaction(tried.decision.change) ? [] : [{ image, removed: undefined }];
    return item.remove.length > 0 ? [{ image, removed: item.remove }] : [];
  });
}

/**
 * Warns of a version that removes data of sampled items which lack what an earlier version adds: the only copy may be lost, and
 * down cannot restore it. An item lacks the replacement if the earlier version would still add it, or if other items have it and this one has
 * none of its attributes.
 *
 * @param earlier versions of the same table with lower sequences, which can be tried
 */
export async function unguardedFindings(
  { sequence, transformation: { declared } }: LoadedFile,
  taken: readonly TakenItem[],
  earlier: readonly LoadedFile[],
  optionsOf: (sequence: number) => { shape: TableShape; context: BoundContext; clock: Clock },
): Promise<Finding[]> {
  const findings: Finding[] = [];
  if (taken.length === 0) return findings;
  for (const { transformation, sequence: before } of earlier) {
    const { adds } = transformation.declared;
    if (adds.length === 0) continue;
    const { shape, context, clock } = optionsOf(before);
    const functions = new TeamFunctions(clock);
    const up = trialOf(transformation, shape, context);
    const has = (image: Image): boolean => adds.some((name) => Object.hasOwn(image, name));
    const othersHave = taken.some(({ image }) => has(image));
    const wouldAdd = async (image: Image): Promise<boolean> => {
      try {
        const { decision } = await functions.run(() => up(image));
        return (
          decision.outcome === 'changed' &&
          decision.change.item.kind === 'update' &&
          Object.keys(decision.change.item.set).some((name) => adds.includes(name))
        );
      } catch (error) {
        if (error instanceof ItemError) return false;
        throw error;
      }
    };
    const lacks = await Promise.all(taken.map(({ image }) => (othersHave && !has(image)) || wouldAdd(image)));
    const unguarded = taken.filter((_, index) => lacks[index]);
    if (unguarded.length > 0) findings.push(unguardedFinding(sequence, declared.removes, unguarded, taken.length, before, adds));
  }
  return findings;
}

function unguardedFinding(
  sequence: number,
  removes: readonly string[],
  unguarded: readonly TakenItem[],
  taken: number,
  before: number,
  adds: readonly string[],
): Finding {
  const removed = removes.filter((name) => unguarded.some((item) => item.removed?.includes(name))).map((name) => JSON.stringify(name));
  const deletes = unguarded.some((item) => item.removed === undefined);
  const what = [...(deletes ? ['deletes the item'] : []), ...(removed.length > 0 ? [`removes ${removed.join(', ')}`] : [])].join(' or ');
  const replacement = adds.map((name) => JSON.stringify(name)).join(', ');
  return {
    name: 'Unguarded',
    message: `It ${what} for ${about(unguarded.length)} of ${items(taken)} although they lack what v${before} adds (${replacement}): their only copy may be lost, and down cannot restore it. Change transformUp so that it returns undefined if the replacement is missing, and check v${before} with \`--sequence ${before} --full\`.`,
    sequence,
  };
}
