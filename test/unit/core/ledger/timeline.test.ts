import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTimeline, timelineText } from '../../../../aws/ledger/timeline-text.ts';
import {
  addToTimeline,
  type Measured,
  maxBucketsOfSegment,
  measures,
  mergeTimelines,
  spanOf,
  type Timeline,
} from '../../../../core/ledger/timeline.ts';

const start = 1_767_348_000_000;

function done(scanned: number, more: Partial<Measured> = {}): Measured {
  return {
    scanned,
    changed: 0,
    throttled: 0,
    readUnits: 0,
    writeUnits: 0,
    ...more,
  };
}

function sum(timeline: Timeline | undefined, name: keyof Measured): number {
  return (timeline?.buckets ?? []).reduce((total, bucket) => total + bucket[name], 0);
}

/** What a worker does, one thing after the other, with pauses of nothing between. */
const work = fc.array(
  fc.record({
    pauseMs: fc.oneof(fc.nat(5000), fc.nat(400_000_000)),
    tookMs: fc.oneof(fc.nat(3000), fc.nat(1_000_000)),
    done: fc.record({ scanned: fc.nat(5000), changed: fc.nat(900), throttled: fc.nat(3), readUnits: fc.nat(99), writeUnits: fc.nat(999) }),
  }),
  { maxLength: 40 },
);

function timelineOf(steps: readonly { pauseMs: number; tookMs: number; done: Measured }[], most: number): Timeline | undefined {
  let at = start;
  let timeline: Timeline | undefined;
  for (const step of steps) {
    const from = at + step.pauseMs;
    at = from + step.tookMs;
    timeline = addToTimeline(timeline, from, at, step.done, most);
  }
  return timeline;
}

describe('a timeline', () => {
  it('spreads what was done evenly over the seconds it took', () => {
    expect(addToTimeline(undefined, start + 500, start + 2500, done(10), 60)).toEqual({
      widthMs: 1000,
      buckets: [
        { index: start / 1000, ...done(3) },
        { index: start / 1000 + 1, ...done(5) },
        { index: start / 1000 + 2, ...done(2) },
      ],
    });
  });

  it('costs no room for days of waiting, and keeps the seconds before and after them', () => {
    const day = 86_400_000;
    const before = addToTimeline(undefined, start, start + 500, done(1), 24);
    expect(addToTimeline(before, start + 3 * day, start + 3 * day + 500, done(1), 24)).toMatchObject({
      widthMs: 1000,
      buckets: [{ index: start / 1000 }, { index: start / 1000 + 3 * 86_400 }],
    });
  });

  it('counts what was done while the clock was set back', () => {
    expect(addToTimeline(undefined, start + 5000, start, done(4), 60).buckets).toEqual([{ index: start / 1000, ...done(4) }]);
  });

  it('never has more buckets than allowed, and loses nothing when it makes them wider', () => {
    fc.assert(
      fc.property(work, fc.integer({ min: 24, max: 60 }), (steps, most) => {
        const timeline = timelineOf(steps, most);
        expect(timeline?.buckets.length ?? 0).toBeLessThanOrEqual(most);
        for (const name of measures) expect(sum(timeline, name)).toBe(steps.reduce((total, step) => total + step.done[name], 0));
        const indexes = (timeline?.buckets ?? []).map(({ index }) => index);
        expect(indexes).toEqual([...new Set(indexes)].sort((a, b) => a - b));
      }),
    );
  });

  it('adds up with others of any width, in any order, without losing anything', () => {
    fc.assert(
      fc.property(fc.array(work, { maxLength: 6 }), fc.integer({ min: 24, max: 120 }), (workers, most) => {
        const timelines = workers.map((steps) => timelineOf(steps, 24));
        const merged = mergeTimelines(timelines, most);
        expect(merged?.buckets.length ?? 0).toBeLessThanOrEqual(most);
        for (const name of measures) expect(sum(merged, name)).toBe(timelines.reduce((total, timeline) => total + sum(timeline, name), 0));
        expect(mergeTimelines(timelines.toReversed(), most)).toEqual(merged);
      }),
    );
  });

  it('tells its span within the width of a bucket', () => {
    expect(spanOf(addToTimeline(undefined, start + 100, start + 4500, done(50), 60))).toEqual({ from: start, to: start + 5000 });
    expect(spanOf(undefined)).toBeUndefined();
  });
});

describe('the text of a timeline', () => {
  it('says the same', () => {
    fc.assert(
      fc.property(work, (steps) => {
        const timeline = timelineOf(steps, 60);
        if (timeline) expect(parseTimeline(timelineText(timeline))).toEqual(timeline);
      }),
    );
  });

  it('of many segments takes a few hundred bytes each, of few about a thousand', () => {
    const busy = Array.from({ length: 600 }, () => ({
      pauseMs: 0,
      tookMs: 1000,
      done: done(2000, { changed: 1900, readUnits: 130, writeUnits: 500 }),
    }));
    const bytes = (segments: number) => timelineText(timelineOf(busy, maxBucketsOfSegment(segments)) ?? { widthMs: 1, buckets: [] }).length;
    expect(bytes(10_000)).toBeLessThan(500);
    expect(bytes(10)).toBeLessThan(1300);
  });

  it.each(['', 'nonsense!', 'rs a,b,c,d,e,f,g', 'rs  a'])('is refused where it is %j', (text) => {
    expect(parseTimeline(text)).toBeUndefined();
  });
});
