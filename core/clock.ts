/** Time and chance come in as an argument, so that tests can make them. */
export interface Clock {
  /** Milliseconds that only grow. */
  monotonic(): number;
  /** Milliseconds since 1970. */
  wall(): number;
  sleep(milliseconds: number): Promise<void>;
  /** From 0 to below 1. */
  random(): number;
}

/** Full jitter: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ */
export function jitter(clock: Clock, retry: number, base: number, cap: number): number {
  return Math.ceil(clock.random() * Math.min(cap, base * 2 ** Math.min(retry, 30)));
}
