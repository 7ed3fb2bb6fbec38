import { eventsOfRun } from '../../cli/page/run-events.ts';
import type { RunPicture } from '../../cli/page/run-picture.ts';
import { type Checkpoint, takeOver } from '../../core/ledger/checkpoint.ts';
import type { ControlEvent } from '../../core/ledger/control-event.ts';
import { addCounters, noCounters } from '../../core/ledger/counters.ts';
import type { Run } from '../../core/ledger/run.ts';
import { summarizePass } from '../../core/ledger/settled-pass.ts';
import { addToTimeline, type Timeline } from '../../core/ledger/timeline.ts';
import { controlOf, runOf } from '../support/control-record.ts';

const start = Date.parse('2026-01-02T10:00:00Z');
const [second, minute] = [1000, 60_000];
const totalSegments = 8;
const checksum = '1:5f0c1b7a9e3d';

interface State {
  run?: Partial<Run>;
  failed?: boolean;
  /** Part of the table that is done, in minutes of work. */
  minutes: number;
  events?: readonly ControlEvent[];
  isPaused?: boolean;
  writes?: boolean;
}

const throttled: ControlEvent = {
  kind: 'throttled',
  at: at(1.5),
  by: 'user:ann',
  budget: { writeUnits: { from: 900, to: 400 } },
};
const rested: readonly ControlEvent[] = [
  throttled,
  { kind: 'paused', at: at(2), by: 'alarm:checkout-latency' },
  { kind: 'resumed', at: at(2.4), by: 'user:ann' },
];

/** A run of about 100,000 items in each state that a reader meets. */
export const pageStates: Readonly<Record<string, () => RunPicture>> = {
  running: () => picture({ minutes: 4, events: rested }),
  paused: () => picture({ minutes: 3, events: [throttled, { kind: 'paused', at: at(3), by: 'user:ann' }], isPaused: true }),
  failed: () =>
    picture({
      minutes: 5,
      failed: true,
      run: {
        status: 'failed',
        endedAt: at(5.1),
        error: {
          name: 'ItemsFailed',
          message: '4 items of Users v3 failed, the others are done. `dynamodt status Users --failures` lists them.',
        },
      },
    }),
  succeeded: () => picture({ minutes: 5, events: rested, run: { status: 'succeeded', endedAt: at(5.1) } }),
  'dry run': () => picture({ minutes: 5, writes: false, run: { status: 'succeeded', endedAt: at(5.1), dryRun: true } }),
};

function picture({ run: fields = {}, failed = false, minutes, events = [], isPaused = false, writes = true }: State): RunPicture {
  const checkpoints = Array.from({ length: totalSegments }, (_, segment) => aSegment(segment, minutes, { failed, writes }));
  const counters = checkpoints.reduce((sum, checkpoint) => addCounters(sum, checkpoint.counters), noCounters());
  const run = runOf({
    id: '20260102T100000000Z-abcdef',
    table: 'Users',
    tableName: 'users-prod',
    steps: [{ sequence: 3, checksum, prepares: false, file: 'Users/v3_split_name.ts' }],
    totalSegments,
    execution: 'arn:aws:states:eu-west-1:123456789012:execution:dynamodt-transform-table:Users-up-20260102T100000Z',
    startedAt: at(0),
    startedBy: 'arn:aws:sts::123456789012:assumed-role/Operator/ann',
    reason: 'first and last name for the new checkout, SHOP-4711',
    counters,
    ...fields,
  });
  const control = controlOf({
    totalSegments,
    checksum,
    budget: { writeUnits: events.length > 0 ? 400 : 900, readUnits: 600, maxConcurrency: 8 },
    marks: { events, ...(isPaused ? { paused: { by: 'user:ann', since: at(3) } } : {}) },
  });
  const pass = summarizePass({ run: run.id, pass: 1, sequence: 3 }, checkpoints, counters);
  const segmentsDone = checkpoints.filter(({ done }) => done).length;
  const share = counters.scanned / 100_000;
  const now = at(isPaused ? 7 : minutes);
  return {
    run,
    control,
    counters,
    bill: {
      ...{ onDemand: 0.14, writes: run.dryRun ? 0 : 0.12, reads: 0.02, provisioned: 0.05, lambda: 0.03, stepFunctions: 0.002, rest: 0.007 },
      ...{ estimated: ['lambda', 'stepFunctions', 'rest'], currency: 'USD', region: 'us-east-1', asOf: '2025-07-01' },
    },
    passes: [{ ...pass, timeline: pass.timeline, checkpoints }],
    failures: failed
      ? [0, 3, 5, 5].map((segment, index) => ({
          sequence: 3,
          segment,
          name: index === 3 ? 'UndeclaredChange' : 'TransformThrew',
          place: `Users/v3_split_name.ts:${12 + (index % 2)}`,
          key: { customerAndRegionOfTheCustomer: `customer#${4711 + index}#eu-central`, id: `u-2026-${index}-0000-1111-2222` },
        }))
      : [],
    withKeys: true,
    events: eventsOfRun(run, events, []),
    underWay:
      run.status === 'running'
        ? {
            progress: {
              ...{ sequence: 3, pass: 1, segmentsDone, totalSegments, scanned: counters.scanned, counters, share },
              ...(isPaused ? {} : { itemsPerSecond: 275, secondsLeft: 124 }),
            },
            itemCount: 100_000,
            waits: [],
          }
        : undefined,
    missing: run.dryRun ? ['This was a dry run: "changed" counts what a run would change, and no write units were consumed.'] : [],
    at: now,
  };
}

function at(minutes: number): string {
  return new Date(start + minutes * minute).toISOString();
}

/** Segments of unequal length, with a rest of 24 seconds in each. */
function aSegment(segment: number, minutes: number, { failed, writes }: { failed: boolean; writes: boolean }): Checkpoint {
  const ends = 2.6 + ((segment * 5) % 8) * 0.34;
  const works = Math.min(ends, minutes);
  const count = (items: number): number => Math.round(items * (0.9 + 0.02 * segment));
  let timeline: Timeline | undefined;
  let [scanned, changed, refused, read, written] = [0, 0, 0, 0, 0];
  for (let from = 0; from < works * minute; from += 4 * second) {
    const isResting = from >= 2 * minute && from < 2.4 * minute;
    if (isResting) continue;
    const rate = from < 1.5 * minute ? count(240) : count(120);
    const done = {
      scanned: rate,
      changed: Math.round(rate * 0.8),
      throttled: from === 40 * second ? 3 : 0,
      readUnits: Math.round(rate / 3),
      writeUnits: writes ? Math.round(rate * 1.6) : 0,
    };
    timeline = addToTimeline(timeline, start + from, start + from + 4 * second, done, 60);
    [scanned, changed, refused] = [scanned + done.scanned, changed + done.changed, refused + done.throttled];
    [read, written] = [read + done.readUnits, written + done.writeUnits];
  }
  const failures = failed ? ({ 0: 1, 3: 1, 5: 2 }[segment] ?? 0) : 0;
  return {
    ...takeOver({ run: 'r1', pass: 1, segment }, { sequence: 3, checksum }, undefined),
    done: ends <= minutes,
    signedOff: true,
    counters: {
      ...noCounters(),
      ...{ scanned, changed, unchanged: scanned - changed - failures, failed: failures },
      ...{ throttled: refused, readUnits: read, writeUnits: written },
    },
    timeline,
    attributes: [
      { name: 'firstName', set: changed, removed: 0 },
      { name: 'lastName', set: changed, removed: 0 },
      { name: 'name', set: 0, removed: changed },
    ],
  };
}
