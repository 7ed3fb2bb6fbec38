/** What is told over time. All are whole numbers. */
export const measures = ['scanned', 'changed', 'throttled', 'readUnits', 'writeUnits'] as const;
export type Measured = Record<(typeof measures)[number], number>;

/** What happened from `index` × width, in milliseconds since 1970, for one width. */
export interface Bucket extends Measured {
  index: number;
}

/**
 * What was done when. All timelines count their buckets from 1970, and a width is a second times a power of two, so that timelines of
 * many workers add up exactly. A bucket in which nothing happened is left out: a run that waited for days costs no room.
 */
export interface Timeline {
  widthMs: number;
  /** In the order of their indexes. */
  buckets: readonly Bucket[];
}

const none: Measured = { scanned: 0, changed: 0, throttled: 0, readUnits: 0, writeUnits: 0 };
const minWidthMs = 1000;
/** Of a whole pass: more than a chart can show. */
export const maxBucketsOfPass = 120;

/** Of one segment: a few hundred bytes in each of many checkpoints, or about a thousand in each of a few. */
export function maxBucketsOfSegment(totalSegments: number): number {
  return Math.max(24, Math.min(60, Math.floor(15_000 / totalSegments)));
}

/**
 * The timeline with what was done evenly between two moments.
 *
 * @param from, to milliseconds since 1970
 * @param maxBuckets if there would be more, the buckets become wider
 */
export function addToTimeline(timeline: Timeline | undefined, from: number, to: number, done: Measured, maxBuckets: number): Timeline {
  const before = timeline ?? { widthMs: minWidthMs, buckets: [] };
  if (measures.every((name) => done[name] === 0)) return before;
  // A wall clock may be set back meanwhile.
  const start = Math.min(from, to);
  let { widthMs } = before;
  while ((to - start) / widthMs > maxBuckets - 1) widthMs *= 2;
  return boundedTo(maxBuckets, { widthMs, buckets: [...widened(before, widthMs), ...spread(start, to, done, widthMs)] });
}

/**
 * The sum of several timelines.
 *
 * @param maxBuckets if there would be more, the buckets become wider
 */
export function mergeTimelines(timelines: Iterable<Timeline | undefined>, maxBuckets: number): Timeline | undefined {
  const all = [...timelines].filter((timeline) => timeline !== undefined);
  if (all.length === 0) return undefined;
  const widthMs = all.reduce((widest, timeline) => Math.max(widest, timeline.widthMs), minWidthMs);
  return boundedTo(maxBuckets, { widthMs, buckets: all.flatMap((timeline) => widened(timeline, widthMs)) });
}

/** When it begins and ends, in milliseconds since 1970, within the width of a bucket; undefined where nothing happened. */
export function spanOf(timeline: Timeline | undefined): { from: number; to: number } | undefined {
  const [first, last] = [timeline?.buckets[0], timeline?.buckets.at(-1)];
  return timeline && first && last ? { from: first.index * timeline.widthMs, to: (last.index + 1) * timeline.widthMs } : undefined;
}

function spread(from: number, to: number, done: Measured, widthMs: number): Bucket[] {
  const [first, last] = [Math.floor(from / widthMs), Math.floor(to / widthMs)];
  const given = { ...none };
  return Array.from({ length: last - first + 1 }, (_, offset) => {
    const index = first + offset;
    const share = index === last ? 1 : ((index + 1) * widthMs - from) / (to - from);
    const bucket: Bucket = { index, ...none };
    for (const name of measures) {
      const sum = Math.round(done[name] * share);
      bucket[name] = sum - given[name];
      given[name] = sum;
    }
    return bucket;
  });
}

/** Its buckets as ones of a larger width. */
function widened({ widthMs, buckets }: Timeline, to: number): readonly Bucket[] {
  return widthMs === to ? buckets : buckets.map((bucket) => ({ ...bucket, index: Math.floor((bucket.index * widthMs) / to) }));
}

/** One bucket for each index, and no more than that. */
function boundedTo(maxBuckets: number, { widthMs, buckets }: Timeline): Timeline {
  const byIndex = new Map<number, Bucket>();
  for (const bucket of buckets) {
    const sum = byIndex.get(bucket.index);
    if (!sum) byIndex.set(bucket.index, { ...bucket });
    else for (const name of measures) sum[name] += bucket[name];
  }
  if (byIndex.size > maxBuckets) {
    const timeline = { widthMs, buckets: [...byIndex.values()] };
    return boundedTo(maxBuckets, { widthMs: 2 * widthMs, buckets: widened(timeline, 2 * widthMs) });
  }
  const happened = [...byIndex.values()].filter((bucket) => measures.some((name) => bucket[name] !== 0));
  return { widthMs, buckets: happened.sort((a, b) => a.index - b.index) };
}
