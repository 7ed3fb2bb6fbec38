/**
 * What limits how fast a worker goes.
 *
 * - throttling: DynamoDB refused requests, and the worker slowed down for it
 * - writeBudget, readBudget: its share of the run's budget
 * - partition: what one worker may write, as it writes to one partition at a time
 * - none: nothing holds it back; it goes as fast as the function, the CPU and the network let it
 */
export const paceLimits = ['throttling', 'writeBudget', 'readBudget', 'partition', 'none'] as const;

/** How fast a worker went lately; part of its checkpoint while it works. */
export interface Pace {
  /** Wall clock, in milliseconds. */
  at: number;
  /** Capacity units a second, since the pace before. */
  readUnits: number;
  writeUnits: number;
  limit: (typeof paceLimits)[number];
}
