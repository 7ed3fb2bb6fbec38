import { type Checkpoint, isFinished } from '../../core/ledger/checkpoint.ts';
import type { Control } from '../../core/ledger/control.ts';
import { parseRunInput } from '../../core/run/run-input.ts';
import { takeTable } from '../../core/run/take-table.ts';
import { runOf } from '../support/control-record.ts';

/**
 * What StartRun decides when an execution that failed is redriven, while its last workers may still run.
 *
 * @param checkpoints of the present pass
 * @param now wall-clock milliseconds
 * @returns the control that the workers of the redrive find; undefined if the pass is over
 */
export function redriven(control: Control, checkpoints: readonly Checkpoint[], now: number): Control | undefined {
  const { run: id, table, direction, shape, sequence, checksum, given, scope, totalSegments, budget, lease } = control;
  if (checkpoints.filter(isFinished).length === totalSegments) return undefined;
  const steps = [{ sequence, checksum, prepares: false, given, scope }];
  const run = runOf({ id, table, tableName: shape.name, direction, steps, totalSegments, status: 'failed', execution: 'e1' });
  const planned = {
    ...{ id, execution: 'e2', redriveCount: 1, now: new Date(now).toISOString(), shape, tableId: undefined, steps, wasReset: false },
    input: parseRunInput({ table, direction, maxFailures: control.marks.maxFailures }),
    ...{ totalSegments, maxConcurrency: budget.maxConcurrency, itemUnits: 1 },
    budget: {
      writeUnits: budget.writeUnits,
      readUnits: budget.readUnits,
      writeUnitsSource: { kind: 'input' as const },
      readUnitsSource: { kind: 'input' as const },
    },
    leaseMs: lease.leaseMs,
    controlIntervalMs: lease.controlIntervalMs,
  };
  const lock = { table, run: id, execution: 'e1', fence: control.fence };
  const taken = takeTable(planned, lock, { run, control, checkpoints, alive: false });
  if (!taken.resumed) throw new TypeError('a redrive with the same code goes on with the run');
  return taken.control;
}
