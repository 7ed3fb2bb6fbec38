import { Metrics } from '@aws-lambda-powertools/metrics';
import type { BroughtUp } from '../../core/follow/follow-batch.ts';
import type { SegmentFigures } from '../../core/segment/segment-ports.ts';

const metrics = new Metrics({ namespace: 'dynamodt' });

/** Writes metrics as log lines in CloudWatch's embedded metric format, so that no worker waits for a metrics service. */
function publish(counts: Record<string, number>, dimensions: Record<string, string>): void {
  metrics.addDimensions(dimensions);
  for (const [name, count] of Object.entries(counts)) metrics.addMetric(name, 'Count', count);
  metrics.publishStoredMetrics();
}

/** Dimensions: table and sequence for the dashboard; without sequence for alarms, since an alarm cannot know sequences in advance. */
export function measureSegment({ table, sequence, attempt, counters, conflicts, throttles }: SegmentFigures): void {
  const watched = { Throttles: throttles, ItemsFailed: counters.failed, SegmentAttempts: attempt };
  const counts = {
    ItemsScanned: counters.scanned,
    ItemsChanged: counters.changed + counters.inserted,
    Conflicts: conflicts,
    ReadUnits: counters.readUnits,
    WriteUnits: counters.writeUnits,
  };
  publish({ ...counts, ...watched }, { table, sequence: String(sequence) });
  publish(watched, {});
}

/** What one batch of a followed stream led to: by version the curve of old-shape items, by table the work, and without dimensions what alarms watch. */
export function measureFollowing(table: string, records: number, { unchanged, conflicts, writeUnits, sequences, failed }: BroughtUp): void {
  const work = { FollowRecords: records, FollowUnchanged: unchanged, FollowConflicts: conflicts, FollowUnits: writeUnits };
  publish(work, { table });
  for (const { sequence, changed, failed: items } of sequences)
    publish({ OldShapeItems: changed, FollowFailed: items }, { table, sequence: String(sequence) });
  publish({ FollowFailed: failed.length }, {});
}

/** Counts a function that gave up on a service of AWS. Step Functions starts it again. */
export function measureAwsFault(): void {
  publish({ AwsUnavailable: 1 }, {});
}

/** Counts events that EventBridge did not take. */
export function measureEventsNotSent(count: number): void {
  publish({ EventsNotSent: count }, {});
}

/** Counts one event of a run. */
export function measureRun(table: string, event: 'RunsStarted' | 'RunsPaused' | 'RunsSucceeded' | 'RunsFailed'): void {
  publish({ [event]: 1 }, { table });
}
