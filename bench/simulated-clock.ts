import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../core/clock.ts';

/** Simulated time: who waits moves it on, so that pacing takes no time. */
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
