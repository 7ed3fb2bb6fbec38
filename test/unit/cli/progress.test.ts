import { describe, expect, it } from 'vitest';
import { GrowthRate, RunRates, unsavedUnits } from '../../../cli/progress/growth-rate.ts';
import { progressOf, withPace } from '../../../cli/progress/progress.ts';
import { progressText } from '../../../cli/progress/progress-text.ts';
import { aCheckpoint, aControl, aRun, countersWith } from '../../support/run-records.ts';

const settled = countersWith({ scanned: 1000, changed: 900, contended: 2 });
const underWay = {
  run: aRun(),
  control: aControl({ settled: { run: settled } }),
  checkpoints: [aCheckpoint(0, true, { scanned: 200, changed: 150 }), aCheckpoint(2, false, { scanned: 50, changed: 40, failed: 1 })],
};

describe('progressOf', () => {
  it('tells the pass from its checkpoints, and the run with what settled passes counted', () => {
    expect(progressOf(underWay, 1000)).toEqual({
      pacing: expect.objectContaining({ budget: { writeUnits: null, readUnits: null } }),
      sequence: 2,
      pass: 3,
      segmentsDone: 1,
      totalSegments: 4,
      scanned: 250,
      counters: countersWith({ scanned: 1250, changed: 1090, contended: 2, failed: 1 }),
      share: 0.25,
    });
  });

  it.each([
    ['the count of items is not known', undefined, 0.25],
    ['more items are met than were counted', 249, 0.25],
    ['the count of items is known', 500, 0.5],
  ])('takes the share that is done from %s', (_, itemCount, share) => {
    expect(progressOf(underWay, itemCount).share).toBe(share);
  });

  it('is at 0 before a segment is done, and at 1 when all are, whatever the count of items says', () => {
    expect(progressOf({ ...underWay, checkpoints: [] }, undefined).share).toBe(0);
    const all = [0, 1, 2, 3].map((segment) => aCheckpoint(segment, true, { scanned: 1 }));
    expect(progressOf({ ...underWay, checkpoints: all }, 1000).share).toBe(1);
  });

  it('counts the last pass of an ended run once', () => {
    const run = aRun({ status: 'succeeded', counters: settled });
    expect(progressOf({ ...underWay, run, control: aControl({ settled: { run: settled }, ended: true }) }, undefined).counters).toEqual(
      settled,
    );
  });
});

describe('withPace', () => {
  it('tells the seconds left in the pass', () => {
    expect(withPace(progressOf(underWay, 1000), 50.4)).toMatchObject({ itemsPerSecond: 50, secondsLeft: 15 });
  });

  it('tells no end from too few items, nor of a pass that is done', () => {
    const first = { ...underWay, checkpoints: [aCheckpoint(0, false, { scanned: 5 })] };
    expect(withPace(progressOf(first, 1000), 50)).not.toHaveProperty('secondsLeft');
    const all = { ...underWay, checkpoints: [0, 1, 2, 3].map((segment) => aCheckpoint(segment, true, { scanned: 100 })) };
    expect(withPace(progressOf(all, 400), 50)).not.toHaveProperty('secondsLeft');
  });

  it('tells no end while nothing moves', () => {
    expect(withPace(progressOf(underWay, 1000), 0)).not.toHaveProperty('secondsLeft');
    expect(withPace(progressOf(underWay, 1000), undefined)).not.toHaveProperty('itemsPerSecond');
  });
});

describe('Pace', () => {
  it('follows a change within ten seconds', () => {
    const pace = new GrowthRate();
    const slow = Array.from({ length: 30 }, (_, second) => pace.next(second * 1000, second * 100));
    expect(slow[0]).toBeUndefined();
    expect(slow.at(-1)).toBe(100);
    const fast = Array.from({ length: 12 }, (_, second) => pace.next((30 + second) * 1000, 3000 + second * 700));
    expect(fast.at(-1)).toBe(700);
  });

  it('does not count the time before the first item', () => {
    const pace = new GrowthRate();
    for (let at = 0; at <= 9000; at += 1000) expect(pace.next(at, 500)).toBeUndefined();
    for (let at = 10_000; at < 13_000; at += 1000) expect(pace.next(at, (at - 4000) / 10)).toBeUndefined();
    expect(pace.next(13_000, 900)).toBe(100);
  });

  it('knows no rate by what a worker saved at once after a start or a pause', () => {
    const pace = new GrowthRate();
    pace.next(0, 2960);
    // Three seconds of work in one save, seen half a second later.
    expect(pace.next(500, 4310)).toBeUndefined();
    expect(pace.next(2500, 4310)).toBeUndefined();
    expect(pace.next(3000, 4310)).toBe(450);
  });

  it('is steady while a worker saves every three seconds, and falls when it saves no more', () => {
    const pace = new GrowthRate();
    // 100 a second, seen twice a second.
    const savedAt = (at: number): number => 300 * Math.floor(Math.min(at, 40_000) / 3000);
    const rates = Array.from({ length: 120 }, (_, half) => pace.next(half * 500, savedAt(half * 500)));
    expect(new Set(rates.slice(13, 80))).toEqual(new Set([100]));
    expect(rates.slice(91, 97).every((rate) => rate !== undefined && rate < 100)).toBe(true);
    expect(rates.at(-1)).toBeUndefined();
  });

  it('is not negative when a segment is done again', () => {
    const pace = new GrowthRate();
    pace.next(0, 1000);
    expect(pace.next(3000, 500)).toBe(0);
  });
});

describe('the rates of a run', () => {
  const at = (second: number, dryRun = false) => {
    const counters = countersWith({ scanned: 1000 * second, readUnits: 50 * second, writeUnits: 200 * second });
    return { second, dryRun, progress: { ...progressOf(underWay, undefined), counters } };
  };
  const last = (dryRun: boolean) => {
    const rates = new RunRates();
    return [0, 1, 2, 3, 4, 5].map((second) => rates.next(second * 1000, at(second).progress, dryRun)).at(-1);
  };

  it('are measured by what the run consumed, not by what each worker reported last', () => {
    expect(last(false)).toMatchObject({ itemsPerSecond: 1000, pacing: { use: { readUnits: 50, writeUnits: 200 } } });
  });

  it('are zero if nothing was consumed for a while, whatever workers reported last', () => {
    const rates = new RunRates();
    const busy = { readUnits: 10, writeUnits: 90 };
    const seen = Array.from({ length: 40 }, (_, second) => {
      const { progress } = at(Math.min(second, 5));
      return rates.next(second * 1000, { ...progress, ...(progress.pacing ? { pacing: { ...progress.pacing, use: busy } } : {}) }, false);
    });
    expect(seen[0]?.pacing?.use).toEqual(busy);
    expect(seen.at(-1)?.pacing?.use).toEqual({ readUnits: 0, writeUnits: 0 });
  });

  it('are those that workers report while it is not known for long enough what was consumed, also after a pause', () => {
    const rates = new RunRates();
    const use = { readUnits: 10, writeUnits: 90 };
    const shown = (second: number, consumed: number) => {
      const { progress } = at(consumed);
      return rates.next(second * 1000, { ...progress, ...(progress.pacing ? { pacing: { ...progress.pacing, use } } : {}) }, false).pacing
        ?.use;
    };
    for (let second = 0; second < 8; second++) shown(second, second);
    for (let second = 8; second < 30; second++) shown(second, 7);
    expect(shown(30, 30)).toEqual(use);
  });

  it('are never above what workers consume, although these save every few seconds, one just before the other', () => {
    const rates = new RunRates();
    const { progress } = at(0);
    const begun = [5000, 5200];
    const shown = Array.from({ length: 40 }, (_, second) => {
      const now = second * 1000;
      // Each consumes 500 units a second, and saves every three.
      const workers = begun.map((since) => ({ since, saved: since + 3000 * Math.max(0, Math.floor((now - since) / 3000)) }));
      const writeUnits = workers.reduce((sum, { since, saved }) => sum + 0.5 * (saved - since), 0);
      const unsaved = unsavedUnits(
        workers.map(({ since, saved }) => ({
          signedOff: now < since,
          ...(saved > since
            ? { pace: { at: saved, readUnits: 0, writeUnits: 500, limit: 'none' as const } }
            : { tries: { count: 1, since } }),
        })),
        now,
      );
      const use = { readUnits: 0, writeUnits: 500 * workers.filter(({ since, saved }) => saved > since).length };
      const seen = {
        ...progress,
        counters: countersWith({ writeUnits }),
        ...(progress.pacing ? { pacing: { ...progress.pacing, use } } : {}),
      };
      return rates.next(now, seen, false, unsaved).pacing?.use.writeUnits;
    });
    // When the first worker has saved, its own report is all that is known.
    expect(shown[8]).toBe(500);
    expect(new Set(shown.slice(9))).toEqual(new Set([1000]));
  });

  it('have no write units of a dry run, which only counts them', () => {
    expect(last(true)).toMatchObject({ pacing: { use: { readUnits: 50, writeUnits: 0 } } });
  });
});

describe('progressText', () => {
  const progress = withPace(progressOf(underWay, 1000), 50);

  it('shows everything where there is room', () => {
    expect(progressText(progress, 200)).toBe(
      'v2  pass 3  25%  segments 1/4  250 items  50/s  1,090 changed  2 conflicts  1 failed  ETA 15s',
    );
  });

  it('shows totals of capacity only when the run is over, and how long it was followed', () => {
    const { pacing: _, ...ended } = progress;
    expect(progressText({ ...ended, secondsElapsed: 65 }, 200)).toContain('0 RCU 0 WCU  elapsed 1m 5s  ETA 15s');
  });

  it('fits any width, and leaves out first what matters least', () => {
    for (let width = 1; width < 120; width++) expect(progressText(progress, width).length).toBeLessThanOrEqual(width);
    expect(progressText(progress, 40)).toBe('v2  pass 3  25%  50/s  1 failed  ETA 15s');
  });
});
