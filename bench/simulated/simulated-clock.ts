import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../core/clock.ts';

/** A simulated clock: a wait only advances it, so that pacing takes no real time. */
export function simulatedClock(): Clock {
  let now = 0;
  return {
    monotonic: () => now,
    wall: () => now,
    sleep: async (milliseconds) => {
      now += milliseconds;
      await setImmediate();
    },
    random: Math.random,
  };
}
