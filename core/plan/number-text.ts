import { countOf } from '../count-of.ts';
import { grouped } from '../grouped.ts';

/** `25,000`; small estimates keep a digit. */
export function about(items: number): string {
  return items > 0 && items < 10 && !Number.isInteger(items) ? items.toFixed(1) : grouped(Math.round(items));
}

/** `12 %`, `0.4 %`, `< 0.1 %` */
export function percent(share: number): string {
  if (share > 0 && share < 0.001) return '< 0.1 %';
  const hundred = share * 100;
  return `${hundred >= 10 || Number.isInteger(hundred) ? Math.round(hundred) : hundred.toFixed(1)} %`;
}

/** `1 item`, `12 items`, `0.4 items` */
export function items(count: number): string {
  return count < 10 && !Number.isInteger(count) ? `${about(count)} items` : countOf(count, 'item');
}

/** Numbers of one trial: of the sample, and extrapolated to the whole table. */
interface Extrapolated {
  counters: { scanned: number };
  estimated: { scanned: number };
}

/** How many items of the table it is, by how many of the sample of a trial: as {@link rangeOf}. */
export function rangeInTable(count: number, { counters, estimated }: Extrapolated): string {
  const total = isSampled({ counters, estimated }) ? Math.round(estimated.scanned) : undefined;
  return rangeOf(count, { sampled: counters.scanned, total });
}

/** False if the trial was on all items. */
export function isSampled({ counters, estimated }: Extrapolated): boolean {
  return Math.round(estimated.scanned) > counters.scanned;
}

/** `400–700 items`, `1 item` */
export function itemsInTable(count: number, trial: Extrapolated): string {
  const range = rangeInTable(count, trial);
  return `${range} ${range === '1' ? 'item' : 'items'}`;
}

/**
 * How many items of the table it is, by how many of the sample: `400–700`, a range that is right in 95 of 100 samples (Wilson's interval), with two
 * significant digits. The exact number if the whole table was looked at; one number if there are more than items of the sample.
 *
 * @param total undefined if the sample is the whole table
 */
export function rangeOf(count: number, { sampled, total }: { sampled: number; total: number | undefined }): string {
  if (total === undefined || sampled === 0) return about(count);
  // Several for each item of the sample: the interval is about a share of items.
  if (count > sampled) return `about ${about(twoDigits((count / sampled) * total))}`;
  const z = 1.96;
  const share = Math.min(1, count / sampled);
  const centre = share + (z * z) / (2 * sampled);
  const spread = z * Math.sqrt((share * (1 - share)) / sampled + (z * z) / (4 * sampled * sampled));
  const scale = total / (1 + (z * z) / sampled);
  const [low, high] = [count === 0 ? 0 : (centre - spread) * scale, share === 1 ? total : (centre + spread) * scale].map(twoDigits);
  if (count === 0) return `0–${about(high ?? 0)}`;
  return low === high ? about(low ?? 0) : `${about(low ?? 0)}–${about(high ?? 0)}`;
}

/** Rounded to two significant digits, as an estimate from a sample has not more. */
export function twoDigits(value: number): number {
  return Math.round(Number(value.toPrecision(2)));
}
