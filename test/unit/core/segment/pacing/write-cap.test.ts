import { describe, expect, it } from 'vitest';
import { WriteCap } from '../../../../../core/segment/pacing/write-cap.ts';

/** A cap, and pages that are read a second apart. */
function capped(fixed?: number) {
  let now = 0;
  const cap = new WriteCap({ monotonic: () => now }, fixed);
  let throttledAt = Number.NEGATIVE_INFINITY;
  return {
    cap,
    read: (pages: number, isWithin: boolean) => {
      for (let page = 0; page < pages; page++) {
        now += 1000;
        cap.pageRead(isWithin, throttledAt);
      }
    },
    throttle: () => {
      throttledAt = now + 1;
    },
  };
}

describe('what one worker may write', () => {
  it('is half of what a partition takes while pages are not within one collection', () => {
    const { cap, read } = capped();
    read(100, false);
    expect(cap.units).toBe(500);
  });

  it('rises to what a partition takes in 20 seconds within one collection, and falls with the first page outside', () => {
    const { cap, read } = capped();
    read(11, true);
    expect(cap.units).toBe(750);
    read(100, true);
    expect(cap.units).toBe(1000);
    read(1, false);
    expect(cap.units).toBe(500);
  });

  it('gives way to throttling, then rises slowly, and never falls below half of a partition', () => {
    const { cap, read, throttle } = capped();
    read(11, true);
    throttle();
    read(1, true);
    expect(cap.units).toBe(675);
    read(10, true);
    expect(cap.units).toBe(695);
    for (let time = 0; time < 10; time++) {
      throttle();
      read(1, true);
    }
    expect(cap.units).toBe(500);
  });

  it('stays where it is configured', () => {
    const { cap, read } = capped(200);
    read(100, true);
    expect(cap.units).toBe(200);
  });
});
