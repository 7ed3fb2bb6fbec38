import { Metrics } from '@aws-lambda-powertools/metrics';
import type { SegmentFigures } from '../../core/segment/segment-ports.ts';

const metrics = new Metrics({ namespace: 'dynamodt' });

/** Counts, in CloudWatch's embedded format: lines of the log, so that no worker waits for a metrics service. */
function publish(counts: Record<string, number>, dimensions: Record<string, string>): void {
  metrics.addDimensions(dimensions);
  for (const [name, count] of Object.entries(counts)) metrics.addMetric(name, 'Count', count);
  metrics.publishStoredMetrics();
}

/** By table and sequence for the dashboard, and again what alarms look at, which cannot know sequences beforehand. */
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

/** One event in the life of a run. */
export function measureRun(table: string, event: 'RunsStarted' | 'RunsPaused' | 'RunsSucceeded' | 'RunsFailed'): void {
  publish({ [event]: 1 }, { table });
}
