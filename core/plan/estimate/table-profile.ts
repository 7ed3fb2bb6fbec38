import type { Throughput as StatedThroughput } from '../../ledger/budget.ts';
import type { IndexDetails } from '../../run/steps/step-scopes.ts';
import type { OtherIndex, TableShape } from '../../values/table-shape.ts';

/** Capacity units a second. */
export interface Throughput {
  readUnits: number;
  writeUnits: number;
}

/** A table and its settings. A setting is `unknown` if the user may not read it, or it does not exist here. */
export interface TableProfile {
  shape: TableShape;
  /** Indexes whose writes are not counted. */
  otherIndexes: readonly OtherIndex[];
  /** The region of the table, such as `eu-west-1`; undefined if it stands only in the SDK's own settings. */
  region: string | undefined;
  /** As DynamoDB names it: `STANDARD`, `STANDARD_INFREQUENT_ACCESS`. */
  tableClass: string;
  /** Differs from that of a table that had the name before; undefined if DynamoDB does not tell it. */
  tableId: string | undefined;
  status: string;
  /** Figures of DynamoDB, up to about six hours old. */
  items: number;
  bytes: number;
  billing: 'onDemand' | 'provisioned';
  provisioned: Throughput | undefined;
  warm: Throughput | undefined;
  /** Throughput of the table and its global indexes, on which the default budget is based. */
  throughputs: readonly StatedThroughput[];
  /** ARN */
  stream: string | undefined;
  /** Kinesis data streams to which changes are sent. */
  kinesisStreams: number | 'unknown';
  replicaRegions: readonly string[];
  /** Those of the replicas for which the last writer wins. */
  eventualRegions: readonly string[];
  /** Replicas are strongly consistent: DynamoDB allows no transaction on the table. */
  isStronglyConsistent: boolean;
  timeToLive: string | undefined | 'unknown';
  pointInTimeRecovery: boolean | 'unknown';
  /** By the names of indexes. */
  indexDetails?: Readonly<Record<string, IndexDetails>> | undefined;
}
