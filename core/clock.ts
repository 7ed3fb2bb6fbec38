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
