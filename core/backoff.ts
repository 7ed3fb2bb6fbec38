import type { Clock } from './clock.ts';

/** Milliseconds of the pauses before a request is repeated. */
interface Backoff {
  /** Max of the first pause. Each further one has twice the max of the one before. */
  base: number;
  /** Max of any pause. */
  cap: number;
}

/** For requests that DynamoDB refused because it is busy. */
export const throttleBackoff: Backoff = { base: 50, cap: 5000 };

/** For writes whose condition failed, as the application wrote the item meanwhile. */
export const conflictBackoff: Backoff = { base: 5, cap: 500 };

/**
 * Waits before a request is repeated, with full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 *
 * @param retry 0 before the first repetition
 */
export function backOff(clock: Pick<Clock, 'sleep' | 'random'>, retry: number, { base, cap }: Backoff): Promise<void> {
  return clock.sleep(Math.ceil(clock.random() * Math.min(cap, base * 2 ** Math.min(retry, 30))));
}
