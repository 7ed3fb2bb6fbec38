import type { DeployedService } from '../../aws/operator/deployed-service.ts';
import { changesOf } from '../../core/segment/undo/changes-of.ts';
import { journaledRuns, journaledSegments } from './journaled-segments.ts';
import { type ShownChange, shownChange } from './shown-change.ts';

/** The beginning of what runs changed for a version, with masked keys and values. */
export interface FirstChanges {
  changes: ShownChange[];
  /** True if there are more. */
  hasMore: boolean;
}

/**
 * Reads the first changes of a version from its journals.
 *
 * @throws RunError JournalMissing, JournalDamaged: also if the ledger knows no such version, or the service keeps no journals
 */
export async function firstChanges(service: DeployedService, table: string, sequence: number, max: number): Promise<FirstChanges> {
  const version = (await service.ledger.versions(table)).find((known) => known.sequence === sequence);
  const kept = (await service.catalog())?.preparations;
  if (!version || !kept) return { changes: [], hasMore: false };
  const runs = await journaledRuns(version, undefined, service.ledger);
  const changes: ShownChange[] = [];
  for await (const change of changesOf(journaledSegments(version, runs, service.ledger), await service.journals(kept), undefined)) {
    if (changes.length === max) return { changes, hasMore: true };
    changes.push(shownChange(change, false));
  }
  return { changes, hasMore: false };
}
