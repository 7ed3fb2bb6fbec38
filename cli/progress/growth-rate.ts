import type { Checkpoint } from '../../core/ledger/checkpoint.ts';
import { type Progress, withPace } from './progress.ts';

/** Milliseconds over which a rate is measured: long enough to be steady, short enough to follow a change. */
const span = 10_000;

/** Min milliseconds over which a rate is measured: what a worker saves at once is the work of up to some seconds. */
const minSpan = 3000;

/**
 * Computes from totals how fast something grows now. Workers save every few seconds, so totals grow in steps, and a window that happens to hold one
 * step more or less would make the rate jump. So it is measured from one step to another.
 */
export class GrowthRate {
  readonly #seen: { at: number; total: number }[] = [];

  /** Whether the total stood still for as long as a rate is measured. */
  get isAtRest(): boolean {
    return this.#seen.length <= 1;
  }

  /**
   * @param at milliseconds
   * @returns a second; undefined before there are two totals that differ, and until they are some seconds apart
   */
  next(at: number, total: number): number | undefined {
    // The time in which workers start or wait does not count: the rate is measured from the moment before the first step.
    if (this.#seen.every((seen) => seen.total === total)) this.#seen.length = 0;
    this.#seen.push({ at, total });
    while (this.#seen.length > 2 && at - (this.#seen[0]?.at ?? at) > span) this.#seen.shift();
    const steps = this.#seen.filter((seen, index) => index > 0 && seen.total !== this.#seen[index - 1]?.total);
    const [first, last] = steps.length > 1 ? [steps[0], steps.at(-1)] : [this.#seen[0], this.#seen.at(-1)];
    if (!first || !last) return undefined;
    // No step for longer than between the others: it grows more slowly, or not at all.
    const isStalled = steps.length > 1 && at - last.at > (2 * (last.at - first.at)) / (steps.length - 1);
    const measuredMs = (isStalled ? at : last.at) - first.at;
    if (measuredMs < minSpan) return undefined;
    // If a segment begins again from its start, its items leave the total.
    return (Math.max(0, last.total - first.total) / measuredMs) * 1000;
  }
}

export interface Units {
  readUnits: number;
  writeUnits: number;
}

/** Max milliseconds from one save of a worker to the next, but for runs of thousands of workers. */
const maxUnsavedMs = 5000;

/**
 * About how many units workers consumed since they saved; one that has not saved yet goes as fast as the mean of the others. Without it, a window that
 * begins just before several saves and ends just after others would hold more than was consumed in it: more than the budget.
 *
 * @param now milliseconds since 1970
 */
export function unsavedUnits(checkpoints: readonly Pick<Checkpoint, 'pace' | 'signedOff' | 'tries'>[], now: number): Units {
  const underWay = checkpoints.filter(({ signedOff }) => !signedOff);
  const paces = underWay.flatMap(({ pace }) => pace ?? []);
  const unsaved = (name: keyof Units): number => {
    const mean = paces.reduce((sum, pace) => sum + pace[name], 0) / Math.max(1, paces.length);
    return underWay.reduce((sum, { pace, tries }) => {
      const since = pace?.at ?? tries?.since ?? now;
      const seconds = Math.min(maxUnsavedMs, Math.max(0, now - since)) / 1000;
      return sum + (pace?.[name] ?? mean) * seconds;
    }, 0);
  };
  return { readUnits: unsaved('readUnits'), writeUnits: unsaved('writeUnits') };
}

/** The rates of a run that is looked at again and again. */
export class RunRates {
  readonly #items = new GrowthRate();
  readonly #known = new Set<keyof Units>();
  /** What was consumed at the first look. */
  readonly #first: Partial<Units> = {};
  readonly #units = { readUnits: new GrowthRate(), writeUnits: new GrowthRate() };

  /**
   * The progress with what the run scans and consumes in a second, and the time until the end of the pass. Until units are known to grow, their
   * rates are those that the workers reported last.
   *
   * @param at milliseconds
   * @param dryRun it counts the write units that it would consume
   * @param unsaved what workers consumed since they saved, if that is known: see {@link unsavedUnits}
   */
  next(at: number, progress: Progress, dryRun: boolean, unsaved: Units = { readUnits: 0, writeUnits: 0 }): Progress {
    const { counters, pacing } = progress;
    const measured = (name: keyof Units): number | undefined => {
      this.#first[name] ??= counters[name];
      if (counters[name] === this.#first[name]) return undefined;
      const rate = this.#units[name].next(at, counters[name] + unsaved[name]);
      if (rate !== undefined) this.#known.add(name);
      return rate ?? (this.#known.has(name) && this.#units[name].isAtRest ? 0 : undefined);
    };
    const { itemsPerSecond: _, secondsLeft: __, ...undated } = progress;
    const paced = withPace(undated, this.#items.next(at, counters.scanned));
    const [readUnits, writeUnits] = [measured('readUnits'), measured('writeUnits')];
    if (!pacing) return paced;
    const use = {
      readUnits: Math.round(readUnits ?? pacing.use.readUnits),
      writeUnits: Math.round((dryRun ? undefined : writeUnits) ?? pacing.use.writeUnits),
    };
    return { ...paced, pacing: { ...pacing, use } };
  }
}
