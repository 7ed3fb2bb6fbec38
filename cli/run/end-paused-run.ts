import { setTimeout } from 'node:timers/promises';
import { isPausedByLimit } from '../../core/ledger/limits/pause-after.ts';
import { operator } from '../operator.ts';
import type { Invocation } from '../verb.ts';
import type { RunAsked } from './run-document.ts';

const pollInterval = 500;

/**
 * Stops a run that has paused itself at its limit of changes, if a run in the other direction is asked for: the paused one waits for exactly this
 * decision. Resolves when its execution has ended. Leaves any other run alone.
 */
export async function endPausedRun({ table, direction, dryRun, prepareOnly }: RunAsked, { service, output }: Invocation): Promise<void> {
  if (dryRun || prepareOnly) return;
  // What is wrong with the service, such as that it is not deployed, the start says.
  const lock = await service.ledger.lock(table).catch(() => undefined);
  const control = lock && lock.endedAt === undefined ? await service.ledger.control(lock.run) : undefined;
  if (!lock || !control || control.ended || control.direction === direction || !isPausedByLimit(control.marks.paused)) return;
  if ((await service.execution(lock.execution))?.status !== 'running') return;
  output.say(output.styled('dim', `stopping run ${lock.run}, which is paused by ${control.marks.paused?.by}`));
  await service.control({ table, action: 'stop', by: operator() });
  while ((await service.execution(lock.execution))?.status === 'running') await setTimeout(pollInterval);
}
