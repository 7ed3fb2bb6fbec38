import type { DeployedService } from '../../aws/operator/deployed-service.ts';
import { reportedRun } from './journaled-segments.ts';
import { failuresOf, type ShownFailure, shownFailure } from './show-failures.ts';

/** The failed items of a version in one run, with masked keys. */
export interface FirstFailures {
  failures: ShownFailure[];
  /** True if there are more. */
  hasMore: boolean;
}

/**
 * Reads the failed items of a version from the reports of a run.
 *
 * @throws RunError JournalMissing, JournalDamaged, InvalidInput
 */
export async function firstFailures(
  service: DeployedService,
  { table, sequence, run }: { table: string; sequence: number; run: string },
  max: number,
): Promise<FirstFailures> {
  const kept = (await service.catalog())?.preparations;
  if (!kept) return { failures: [], hasMore: false };
  const taken = await reportedRun({ table, sequence }, run, service.ledger);
  const ports = { ledger: service.ledger, journals: await service.journals(kept) };
  const failures: ShownFailure[] = [];
  for await (const reported of failuresOf({ table, sequence }, taken, ports)) {
    if (failures.length === max) return { failures, hasMore: true };
    failures.push(shownFailure(reported, table, false));
  }
  return { failures, hasMore: false };
}
