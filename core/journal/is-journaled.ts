import type { Direction, Transformation } from '../transformation/contract.ts';
import { onlyAdds } from '../transformation/footprint.ts';

/** True if a run up keeps a journal of the version: if it does more than add, or asks for it. Then it has each change, also those that only add. */
export function isJournaled({ declared, seed, journal }: Pick<Transformation, 'declared' | 'seed' | 'journal'>): boolean {
  return journal === 'all' || (journal !== 'none' && (seed !== undefined || !onlyAdds(declared)));
}

/** What a step of a run says of it. Neither a dry run nor a run down is journaled. @param rewrites what earlier codes gave is set again */
export function journaled(
  transformation: Pick<Transformation, 'declared' | 'seed' | 'journal'>,
  { direction, dryRun, prepareOnly = false }: { direction: Direction; dryRun: boolean; prepareOnly?: boolean },
  rewrites = false,
): { journals?: true } {
  const changes = direction === 'up' && !dryRun && !prepareOnly;
  return changes && (isJournaled(transformation) || (rewrites && transformation.journal !== 'none')) ? { journals: true } : {};
}
