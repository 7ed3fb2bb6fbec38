import type { Timeline } from '../../core/ledger/timeline.ts';

/** A period in which something happened, and its columns on the axis. */
interface Stretch {
  from: number;
  to: number;
  x0: number;
  x1: number;
}

/** The position of moments on an axis. Long idle times are left out: otherwise hours of a pause would leave no room for minutes of work. */
export interface TimeScale {
  /** @param at milliseconds since 1970 */
  x(at: number): number;
  stretches: readonly Stretch[];
  ticks: readonly { x: number; label: string }[];
  /** The unit of the labels. */
  label: string;
}

/** Columns of a gap, in which an idle time is left out. */
const breakWidth = 26;
/** An idle time longer than this share of the working time is left out. */
const longIdle = 0.25;
const [second, minute, hour, day] = [1000, 60_000, 3_600_000, 86_400_000];
const steps = [second, 2 * second, 5 * second, 10 * second, 15 * second, 30 * second]
  .concat([minute, 2 * minute, 5 * minute, 10 * minute, 15 * minute, 30 * minute])
  .concat([hour, 2 * hour, 3 * hour, 6 * hour, 12 * hour, day, 2 * day, 7 * day, 14 * day, 28 * day]);

/** @param left, right columns of the axis; undefined if nothing happened */
export function timeScale(timeline: Timeline | undefined, left: number, right: number): TimeScale | undefined {
  const spans = stretchesOf(timeline);
  const [first] = spans;
  if (!first) return undefined;
  const total = spans.reduce((sum, { from, to }) => sum + to - from, 0);
  const room = right - left - breakWidth * (spans.length - 1);
  let x0 = left;
  const stretches = spans.map(({ from, to }) => {
    const x1 = x0 + (room * (to - from)) / total;
    const stretch = { from, to, x0, x1 };
    x0 = x1 + breakWidth;
    return stretch;
  });
  const x = (at: number): number => {
    const within = stretches.findLast(({ from }) => at >= from) ?? stretches[0];
    if (!within) return left;
    const { from, to } = within;
    // What happened in a time that is left out stands in its gap.
    const next = stretches[stretches.indexOf(within) + 1];
    if (next && at > to) return within.x1 + ((at - to) / (next.from - to)) * (next.x0 - within.x1);
    return within.x0 + (Math.min(Math.max(at - from, 0), to - from) / (to - from)) * (within.x1 - within.x0);
  };
  return { x, stretches, ...ticksOf(stretches, total, room) };
}

function stretchesOf(timeline: Timeline | undefined): { from: number; to: number }[] {
  const [buckets, widthMs] = [timeline?.buckets ?? [], timeline?.widthMs ?? 1];
  const isLong = Math.max(longIdle * buckets.length * widthMs, 30 * second);
  const stretches: { from: number; to: number }[] = [];
  for (const { index } of buckets) {
    const [from, to] = [index * widthMs, (index + 1) * widthMs];
    const last = stretches.at(-1);
    if (last && from - last.to <= isLong) last.to = to;
    else stretches.push({ from, to });
  }
  return stretches;
}

/** Round moments, far enough apart to be readable. */
function ticksOf(stretches: readonly Stretch[], total: number, room: number): Pick<TimeScale, 'ticks' | 'label'> {
  const spansDays = (stretches.at(-1)?.to ?? 0) - (stretches[0]?.from ?? 0) > day;
  const apart = spansDays ? 96 : 64;
  const step = steps.find((candidate) => (candidate / total) * room >= apart) ?? 28 * day;
  const ticks: { x: number; label: string }[] = [];
  for (const { from, to, x0, x1 } of stretches) {
    // A period too short for a round moment is labelled with its start.
    const moments = Array.from(
      { length: Math.max(0, Math.floor(to / step) - Math.ceil(from / step) + 1) },
      (_, n) => (Math.ceil(from / step) + n) * step,
    );
    for (const at of moments.length > 0 ? moments : [from]) {
      const x = x0 + ((at - from) / (to - from)) * (x1 - x0);
      if (x - (ticks.at(-1)?.x ?? Number.NEGATIVE_INFINITY) >= apart) ticks.push({ x, label: momentText(at, step, spansDays) });
    }
  }
  return { ticks, label: 'UTC' };
}

function momentText(at: number, step: number, spansDays: boolean): string {
  const iso = new Date(at).toISOString();
  const time = step < minute ? iso.slice(11, 19) : iso.slice(11, 16);
  if (!spansDays) return time;
  return step >= day ? iso.slice(5, 10) : `${iso.slice(5, 10)} ${time}`;
}
