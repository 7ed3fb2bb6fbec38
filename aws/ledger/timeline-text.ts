import { type Bucket, measures, type Timeline } from '../../core/ledger/timeline.ts';

/**
 * A timeline as it stands in the ledger, about a fifth of what lists of numbers take: the width, then bucket by bucket how far its index
 * is from the one before and its measures, in base 36, without zeros at the end. `rs kf12,2s,1e 1,2t`
 */
export function timelineText({ widthMs, buckets }: Timeline): string {
  let before = 0;
  const rows = buckets.map((bucket) => {
    const row = [bucket.index - before, ...measures.map((name) => bucket[name])].map((number) => (number === 0 ? '' : number.toString(36)));
    before = bucket.index;
    return row.join(',').replace(/,+$/, '');
  });
  return [widthMs.toString(36), ...rows].join(' ');
}

/** @returns undefined if the text was not made by {@link timelineText} */
export function parseTimeline(text: string): Timeline | undefined {
  if (!/^[a-z0-9]+( -?[a-z0-9]+(,-?[a-z0-9]*){0,5})*$/.test(text)) return undefined;
  const [width = '', ...rows] = text.split(' ');
  let index = 0;
  const buckets = rows.map((row): Bucket => {
    const [step = 0, scanned = 0, changed = 0, throttled = 0, readUnits = 0, writeUnits = 0] = row
      .split(',')
      .map((number) => (number === '' ? 0 : Number.parseInt(number, 36)));
    index += step;
    return { index, scanned, changed, throttled, readUnits, writeUnits };
  });
  return { widthMs: Number.parseInt(width, 36), buckets };
}
