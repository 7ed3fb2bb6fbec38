import type { RunEstimate } from './estimate-run.ts';
import { about, items } from './in-numbers.ts';
import type { Finding } from './table-plan.ts';
import type { TableProfile } from './table-profile.ts';

/** What else will feel a run over a table. @param changes items that are written, about, over all versions */
export function tableNotes(profile: TableProfile, changes: number, estimate: Pick<RunEstimate, 'indexUnits'>): Finding[] {
  const { shape, status, stream, kinesisStreams, replicaRegions, pointInTimeRecovery, billing, warm, provisioned } = profile;
  const notes: Finding[] = [];
  const note = (name: string, message: string): void => void notes.push({ name, message });
  if (status !== 'ACTIVE') note('TableStatus', `The table is ${status}.`);
  if (changes <= 0) return notes;
  if (stream)
    note(
      'Stream',
      `The table's stream gets about ${about(changes)} records, and all its consumers with it. DynamoDB does not tell how many there are: \`aws lambda list-event-source-mappings --event-source-arn ${stream}\`.`,
    );
  if (kinesisStreams !== 0 && kinesisStreams !== 'unknown')
    note('KinesisStream', `About ${about(changes)} records go to ${kinesisStreams} Kinesis data streams.`);
  for (const { name, kind } of shape.indexes) {
    const units = estimate.indexUnits[name];
    if (units === undefined) continue;
    const whose =
      kind === 'local'
        ? 'which count as the table’s own'
        : billing === 'provisioned'
          ? 'of its own capacity; where that is short, writes of the table are throttled, your application’s too'
          : 'beside those of the table';
    note('IndexWritten', `Index ${JSON.stringify(name)} takes about ${about(units)} write units, ${whose}.`);
  }
  if (replicaRegions.length > 0) note('Replicas', `Each of about ${items(changes)} written is replicated to ${replicaRegions.join(', ')}.`);
  if (pointInTimeRecovery === false)
    note('PointInTimeRecoveryOff', 'Point-in-time recovery is off: there is no way back to the second before the run but `down`.');
  if (!warm && !provisioned)
    note('ThroughputUnknown', 'DynamoDB does not tell what the table can take: give the run a budget with --write-units and --read-units.');
  return notes;
}
