import type { DeployedService } from '../../aws/operator/deployed-service.ts';
import { RunError } from '../../core/errors.ts';
import type { Lock } from '../../core/ledger/lock.ts';
import type { Run } from '../../core/ledger/run.ts';

/** The requested run; otherwise the run that holds the table; otherwise the latest run. @throws RunError InvalidInput: if the requested run does not exist */
export async function runShown(
  { ledger }: DeployedService,
  table: string,
  lock: Lock | undefined,
  id: string | undefined,
): Promise<Run | undefined> {
  if (id !== undefined) {
    const run = await ledger.run(table, id);
    if (!run)
      throw new RunError('InvalidInput', `The ledger has no run "${id}" of ${table}. \`dynamodt history ${table}\` lists its runs.`, {
        fields: { table, run: id },
      });
    return run;
  }
  if (lock && lock.endedAt === undefined) return ledger.run(table, lock.run);
  return (await ledger.runs(table, 1))[0];
}
