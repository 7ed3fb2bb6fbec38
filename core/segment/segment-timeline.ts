import type { Clock } from '../clock.ts';
import type { Checkpoint } from '../ledger/checkpoint.ts';
import { addToTimeline, type Measured, maxBucketsOfSegment, measures, type Timeline } from '../ledger/timeline.ts';

/** Makes the timeline of a segment from the growth of its counters between two saves, so that it costs nothing per item. */
export class SegmentTimeline {
  readonly #clock: Pick<Clock, 'wall'>;
  readonly #maxBuckets: number;
  #timeline: Timeline | undefined;
  #counted: Measured;
  #at: number;

  constructor(clock: Pick<Clock, 'wall'>, { counters, timeline }: Checkpoint, totalSegments: number) {
    this.#clock = clock;
    this.#maxBuckets = maxBucketsOfSegment(totalSegments);
    this.#timeline = timeline;
    this.#counted = rounded(counters);
    this.#at = clock.wall();
  }

  /** The timeline up to now. */
  upTo(counters: Measured): Timeline | undefined {
    const now = this.#clock.wall();
    const counted = rounded(counters);
    const done = { ...counted };
    for (const name of measures) done[name] -= this.#counted[name];
    this.#timeline = addToTimeline(this.#timeline, this.#at, now, done, this.#maxBuckets);
    this.#counted = counted;
    this.#at = now;
    return this.#timeline;
  }
}

/** The timeline holds whole numbers. Rounding the sums, not the differences, loses no fraction of a unit. */
function rounded({ scanned, changed, throttled, readUnits, writeUnits }: Measured): Measured {
  return {
    scanned,
    changed,
    throttled,
    readUnits: Math.round(readUnits),
    writeUnits: Math.round(writeUnits),
  };
}
