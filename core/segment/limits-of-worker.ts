import type { Control } from '../ledger/control.ts';
import { costOf } from '../ledger/limits/max-cost.ts';
import { CostAllowance } from './pacing/cost-allowance.ts';
import type { WorkerPacing } from './pacing/worker-pacing.ts';
import type { TransformSegmentPorts } from './segment-ports.ts';
import { ChangeTokens } from './writes/change-tokens.ts';

/** State transitions for each invocation of a worker. */
const transitionsPerWorker = 3;

/** What a worker may change, if the run has a limit of changes. */
export function tokensFor(control: Control, { tokens }: Pick<TransformSegmentPorts, 'tokens'>): ChangeTokens | undefined {
  const { run, budget, changesPerSegment } = control;
  const limit = control.marks.pauseAfter;
  if (!limit) return undefined;
  if (!tokens) throw new TypeError('a run with a limit of changes needs the ledger to claim them from');
  return new ChangeTokens({ run, limit, workers: budget.workers, ofSegment: changesPerSegment ?? limit.items, port: tokens });
}

/** What a worker may cost, if the run has a limit of money. Its time counts from now on. */
export function allowanceFor(
  { run, budget, marks }: Control,
  { clock, tokens, memoryGigabytes = 0 }: Pick<TransformSegmentPorts, 'clock' | 'tokens' | 'memoryGigabytes'>,
  pacing: Pick<WorkerPacing, 'spent'>,
): CostAllowance | undefined {
  const { maxCost: limit } = marks;
  if (!limit) return undefined;
  if (!tokens) throw new TypeError('a run with a limit of money needs the ledger to claim it from');
  const startedAt = clock.monotonic();
  return new CostAllowance({
    run,
    limit,
    maxWorkers: budget.maxConcurrency,
    port: tokens,
    spent: () => {
      const gigabyteSeconds = ((clock.monotonic() - startedAt) / 1000) * memoryGigabytes;
      return costOf({ ...pacing.spent, gigabyteSeconds, transitions: transitionsPerWorker }, limit);
    },
  });
}
