import type { Throughput as StatedThroughput } from '../ledger/budget.ts';
import type { TableShape } from '../values/table-shape.ts';

/** Units a second. */
export interface Throughput {
  readUnits: number;
  writeUnits: number;
}

/** A table with what belongs to it, as far as whoever asks may see it: `unknown` where that was refused or does not exist here. */
export interface TableProfile {
  shape: TableShape;
  /** Differs from that of a table that had the name before; undefined if DynamoDB does not tell it. */
  tableId: string | undefined;
  status: string;
  /** About six hours old. */
  items: number;
  bytes: number;
  billing: 'onDemand' | 'provisioned';
  provisioned: Throughput | undefined;
  warm: Throughput | undefined;
  /** Of the table and its global indexes: what the default budget is a part of. */
  throughputs: readonly StatedThroughput[];
  /** ARN */
  stream: string | undefined;
  /** Kinesis data streams to which changes are sent. */
  kinesisStreams: number | 'unknown';
  replicaRegions: readonly string[];
  /** Of them, those where the last writer wins. */
  eventualRegions: readonly string[];
  /** Replicas are strongly consistent: DynamoDB allows no transaction on the table. */
  isStronglyConsistent: boolean;
  timeToLive: string | undefined | 'unknown';
  pointInTimeRecovery: boolean | 'unknown';
}
