import type { Transformation } from '../transformation/contract.ts';
import { onlyAdds } from '../transformation/footprint.ts';

/** True if a run up keeps a journal of the version: if it does more than add, or asks for it. Then it has each change, also those that only add. */
export function isJournaled({ declared, seed, journal }: Pick<Transformation, 'declared' | 'seed' | 'journal'>): boolean {
  return journal === 'all' || (journal !== 'none' && (seed !== undefined || !onlyAdds(declared)));
}
