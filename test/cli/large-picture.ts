import type { RunPicture } from '../../cli/page/run-picture.ts';
import { type Checkpoint, takeOver } from '../../core/ledger/checkpoint.ts';
import { addCounters, noCounters } from '../../core/ledger/counters.ts';
import { summarizePass } from '../../core/ledger/settled-pass.ts';
import { addToTimeline, type Timeline } from '../../core/ledger/timeline.ts';

const start = Date.parse('2026-01-02T22:00:00Z');
const [minute, day] = [60_000, 86_400_000];
const totalSegments = 2000;

/** A run of 2,000 segments that was stopped over a weekend, with names that try to be markup, seen a minute before its end. */
export function aLargePicture(): RunPicture {
  const checkpoints = Array.from({ length: totalSegments - 40 }, (_, segment) => aSegment(segment));
  const counters = checkpoints.reduce((sum, checkpoint) => addCounters(sum, checkpoint.counters), noCounters());
  const pass = summarizePass({ run: 'r1', pass: 1, sequence: 4 }, checkpoints, counters);
  return {
    run: {
      id: '20260102T220000000Z-abcdef',
      table: 'Orders',
      tableName: `orders-${'long-'.repeat(30)}name`,
      direction: 'up',
      steps: [{ sequence: 4, checksum: '1:a', prepares: false }],
      dryRun: false,
      prepareOnly: false,
      totalSegments,
      status: 'running',
      execution: 'arn:aws:states:eu-west-1:123456789012:execution:dynamodt-transform-table:Orders-up-20260102T220000Z',
      startedAt: new Date(start).toISOString(),
      counters,
    },
    control: undefined,
    counters,
    bill: undefined,
    passes: [{ ...pass, timeline: pass.timeline, checkpoints }],
    failures: [{ sequence: 4, segment: 7, name: 'TransformThrew', place: '<script>alert(1)</script>' }],
    withKeys: false,
    events: [
      { at: start + 5 * minute, name: 'throttled', detail: '20,000 → 9,000 write units/s, by user:ann' },
      { at: start + 21 * minute, name: 'paused', detail: 'by alarm:<b>Latency</b>' },
      { at: start + 2.5 * day + 19 * minute, name: 'resumed', detail: 'by user:ann' },
      { at: start + 2.5 * day + 26 * minute, name: 'redrive', detail: 'the execution was redriven' },
      { at: start + 2.5 * day + 26 * minute, name: 'new code', detail: 'of v4: the whole table is read with it' },
    ],
    underWay: { progress: undefined, itemCount: 50_000_000, waits: [] },
    missing: [],
    at: new Date(start + 3 * day).toISOString(),
  };
}

/** Segments follow each other through 50 workers; those after the thousandth came after the weekend. */
function aSegment(segment: number): Checkpoint {
  const from = start + Math.floor(segment / 50) * minute + (segment >= 1000 ? 2.5 * day : 0);
  const changed = 20_000 + ((segment * 7919) % 5000);
  const throttled = segment % 90 === 0 ? 4 : 0;
  const done = { scanned: changed + 300, changed, throttled, readUnits: 3000, writeUnits: 2 * changed };
  const timeline: Timeline = addToTimeline(undefined, from + (segment % 50) * 100, from + minute, done, 24);
  return {
    ...takeOver({ run: 'r1', pass: 1, segment }, { sequence: 4, checksum: '1:a' }, undefined),
    done: segment < totalSegments - 90,
    signedOff: true,
    counters: { ...noCounters(), ...done, unchanged: 300 - (segment === 7 ? 1 : 0), failed: segment === 7 ? 1 : 0 },
    timeline,
    attributes: [
      { name: 'total', set: changed, removed: 0 },
      { name: `<img src=x onerror=alert(1)>${'y'.repeat(60)}`, set: 300, removed: 0 },
      { name: '', set: 12, removed: 5 },
    ],
  };
}
