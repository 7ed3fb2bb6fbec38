import type { Run } from '../../core/ledger/run.ts';
import { groupsOf } from '../../core/run/steps/sweep-groups.ts';
import { versions } from './in-words.ts';

/** Which versions of a run were swept together, and if none were, why. */
export interface SweptTogether {
  /** Group by group; left out if each version is swept alone. */
  together?: number[][];
  /** It sweeps one version after the other: as its start asked for, or as versions could not decide on an item together. */
  oneByOne?: Exclude<Run['oneByOne'], undefined>;
}

export function sweptTogether({ steps, oneByOne }: Pick<Run, 'steps' | 'oneByOne'>): SweptTogether {
  const groups = groupsOf(steps).filter((group) => group.length > 1);
  return {
    ...(groups.length > 0 ? { together: groups.map((group) => group.map(({ sequence }) => sequence)) } : {}),
    ...(oneByOne ? { oneByOne } : {}),
  };
}

/** Undefined if there is nothing to say. */
export function togetherInWords({ together = [], oneByOne }: SweptTogether): string | undefined {
  if (oneByOne === 'found') return 'swept one after the other, as they cannot decide on an item together';
  return together.length > 0 ? together.map((group) => `${versions(group)} swept together`).join('; ') : undefined;
}
