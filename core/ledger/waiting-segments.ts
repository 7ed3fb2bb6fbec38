import type { Checkpoint } from './checkpoint.ts';

/** Segments without a worker, in a Map that is under way. */
export interface WaitingSegments {
  segments: number;
  /** By what their last workers ended: the name of the error that most of them had, or `WorkerLost`. */
  error: string;
  /** Since when the first of them waits, in wall-clock milliseconds. */
  since: number;
}

/** Workers tell their pace about every second, and every few seconds if there are thousands of them. */
const silentMs = 60_000;

/**
 * What the children of the Map wait for, from the checkpoints alone: a worker that an error ended says so when it signs off, and one that was
 * killed, or cannot reach the ledger, is silent. Step Functions starts another one after a pause.
 *
 * @param now wall-clock milliseconds
 * @returns undefined if no segment waits
 */
export function waitingSegments(checkpoints: readonly Checkpoint[], now: number): WaitingSegments | undefined {
  const waiting = checkpoints.flatMap(({ done, signedOff, fault, pace }) => {
    if (done) return [];
    if (signedOff) return fault ? [fault] : [];
    return pace && now - pace.at > silentMs ? [{ name: 'WorkerLost', at: pace.at }] : [];
  });
  if (waiting.length === 0) return undefined;
  const counts = new Map<string, number>();
  for (const { name } of waiting) counts.set(name, (counts.get(name) ?? 0) + 1);
  const [error = ''] = [...counts.keys()].sort((a, b) => (counts.get(b) ?? 0) - (counts.get(a) ?? 0));
  return { segments: waiting.length, error, since: Math.min(...waiting.map(({ at }) => at)) };
}
