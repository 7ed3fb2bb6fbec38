import type { DeployedService } from '../../aws/operator/deployed-service.ts';
import { defaultJournalRetentionDays } from '../../core/journal/journal-retention.ts';
import { isPausedByLimit } from '../../core/ledger/limits/pause-after.ts';
import { ownValue } from '../../core/own-value.ts';
import { checkedFiles, fileProblems } from '../../core/plan/findings/file-problems.ts';
import type { TablePlan } from '../../core/plan/table-plan.ts';
import { waysDown } from '../../core/plan/ways-down.ts';
import { withoutWholeJournals } from '../../core/run/starting/follower.ts';
import type { LocalTable } from '../files/local-tables.ts';
import { systemClock } from '../system-clock.ts';
import { type Holder, holderOf } from './holder-of.ts';
import type { AskedPlan } from './plan-options.ts';

/** Runs of a table that are looked at for when versions were applied. */
const maxRuns = 200;

/**
 * Says how `down` would take the applied versions of a table back, by its ledger and the files here. Nothing is read from the table.
 *
 * @throws OperatorError ServiceNotFound
 */
export async function planDown(
  { table, files: local, unused }: LocalTable,
  service: DeployedService,
  { exact }: Pick<AskedPlan, 'exact'>,
): Promise<TablePlan> {
  const catalog = await service.catalog();
  const [known, holder, runs] = await Promise.all([
    service.ledger.versions(table),
    holderOf(service.ledger, table),
    service.ledger.runs(table, maxRuns),
  ]);
  const versions = await withoutWholeJournals(known, service.ledger, { table, direction: 'down' });
  const deployed = catalog && ownValue(catalog.tables, table);
  const files = checkedFiles(local, undefined);
  const problems = [...unused.problems, ...fileProblems(files)];
  return {
    table,
    tableName: deployed?.tableName ?? null,
    ok: problems.length === 0,
    problems,
    notes: [...unused.notes, ...(holder ? [{ name: 'TableBusy', message: heldText(holder) }] : [])],
    size: null,
    sample: null,
    versions: [],
    applied: [],
    estimate: null,
    down: waysDown({ table, files, versions, catalog: deployed?.files ?? [], runs, holder: holder?.run }, exact, {
      now: systemClock.wall(),
      retentionDays: catalog?.journalRetention ?? defaultJournalRetentionDays,
    }),
  };
}

/** `down` itself stops a run up that has paused itself at its limit. */
function heldText({ run, control }: Holder): string {
  const paused = control?.direction === 'up' && isPausedByLimit(control.marks.paused) ? control.marks.paused : undefined;
  if (paused) return `Run ${run} holds the table, and is paused by ${paused.by}: \`down\` stops it first.`;
  return `Run ${run} holds the table: \`down\` is refused until it has ended, or was stopped.`;
}
