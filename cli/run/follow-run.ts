import { setTimeout } from 'node:timers/promises';
import type { DeployedService } from '../../aws/operator/deployed-service.ts';
import { OperatorError } from '../../aws/operator/operator-error.ts';
import type { ExecutionState } from '../../aws/step-functions.ts';
import { isPausedByLimit } from '../../core/ledger/limits/pause-after.ts';
import type { Run } from '../../core/ledger/run.ts';
import { findRun, type Observation, observeRun, readIntervalFor } from '../progress/observe-run.ts';

const pollInterval = 500;
/** DescribeExecution is eventually consistent: a new execution may be unknown for a moment. */
const unknownFor = 30_000;
/** The network may fail for a while; the run continues meanwhile. */
const unreachableFor = 60_000;

export interface Followed {
  /** It is still running if the run has paused itself. */
  execution: ExecutionState;
  /** The run; undefined if the start was refused, or no sequence was pending. */
  run: Run | undefined;
}

/** What is known of an execution at a moment. */
export type Sight = 'starting' | 'unreachable' | Observation;

/**
 * Resolves when an execution has ended, or its run has paused itself at its limit of changes. Calls `see` with each observation meanwhile.
 *
 * @throws OperatorError EndpointUnreachable: if AWS does not answer for a while; the run continues
 */
export async function followRun(service: DeployedService, table: string, arn: string, see: (sight: Sight) => void): Promise<Followed> {
  const startedAt = performance.now();
  let answeredAt = startedAt;
  let observedAt = Number.NEGATIVE_INFINITY;
  let readInterval = 0;
  let run: Run | undefined;
  for (;;) {
    try {
      const execution = await service.execution(arn);
      answeredAt = performance.now();
      if (!execution && answeredAt - startedAt > unknownFor) throw new TypeError(`Step Functions does not know the execution ${arn}`);
      if (execution && execution.status !== 'running') return { execution, run: await runAtEnd(service, table, arn, run) };
      if (answeredAt - observedAt >= readInterval) {
        observedAt = answeredAt;
        run ??= await findRun(service.ledger, table, arn);
        const observation = run && (await observeRun(service.ledger, run));
        see(observation ?? 'starting');
        if (execution && observation && isPausedByLimit(observation.control.marks.paused)) return { execution, run: observation.run };
        readInterval = readIntervalFor(observation?.control.totalSegments ?? 0, pollInterval);
      }
    } catch (error) {
      const explained = await service.explained(error);
      const mayPass = explained instanceof OperatorError && explained.name === 'EndpointUnreachable';
      if (!mayPass) throw explained;
      see('unreachable');
      if (performance.now() - answeredAt > unreachableFor)
        throw new OperatorError(
          'EndpointUnreachable',
          `${explained.message} The run continues in ${arn}; \`dynamodt status ${table}\` shows it.`,
          { cause: error },
        );
    }
    await setTimeout(pollInterval);
  }
}

async function runAtEnd({ ledger }: DeployedService, table: string, arn: string, seen: Run | undefined): Promise<Run | undefined> {
  return seen ? ledger.run(table, seen.id) : findRun(ledger, table, arn);
}
