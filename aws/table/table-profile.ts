import {
  DescribeContinuousBackupsCommand,
  DescribeKinesisStreamingDestinationCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import type { TableProfile, Throughput } from '../../core/plan/estimate/table-profile.ts';
import { detailsOf } from './table-details.ts';

/** A table with its backups, time to live and streams. @returns undefined if there is no such table */
export async function readTableProfile(client: DynamoDBClient, TableName: string): Promise<TableProfile | undefined> {
  const described = await client.send(new DescribeTableCommand({ TableName })).catch((error: unknown) => {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  });
  if (!described?.Table) return undefined;
  const [backups, timeToLive, kinesis] = await Promise.all([
    orUnknown(client.send(new DescribeContinuousBackupsCommand({ TableName }))),
    orUnknown(client.send(new DescribeTimeToLiveCommand({ TableName }))),
    orUnknown(client.send(new DescribeKinesisStreamingDestinationCommand({ TableName }))),
  ]);
  return {
    ...profileOf(TableName, described.Table),
    region: await client.config.region().catch(() => undefined),
    pointInTimeRecovery:
      backups === 'unknown'
        ? backups
        : backups.ContinuousBackupsDescription?.PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus === 'ENABLED',
    timeToLive:
      timeToLive === 'unknown'
        ? timeToLive
        : ['ENABLED', 'ENABLING'].includes(timeToLive.TimeToLiveDescription?.TimeToLiveStatus ?? '')
          ? timeToLive.TimeToLiveDescription?.AttributeName
          : undefined,
    kinesisStreams:
      kinesis === 'unknown'
        ? kinesis
        : (kinesis.KinesisDataStreamDestinations ?? []).filter(({ DestinationStatus }) => DestinationStatus === 'ACTIVE').length,
  };
}

/** Only for information: without the permission, or with a DynamoDB that lacks the operation, a plan is made all the same. */
function orUnknown<T>(answer: Promise<T>): Promise<T | 'unknown'> {
  return answer.catch(() => 'unknown' as const);
}

type Described = Omit<TableProfile, 'pointInTimeRecovery' | 'timeToLive' | 'kinesisStreams' | 'region'>;

function profileOf(tableName: string, table: TableDescription): Described {
  const { shape, otherIndexes, bytes, items, throughputs, replicaRegions, isStronglyConsistent, tableId, indexDetails } = detailsOf(
    tableName,
    table,
  );
  const isOnDemand = table.BillingModeSummary?.BillingMode === 'PAY_PER_REQUEST';
  const { ProvisionedThroughput: given, WarmThroughput: warm } = table;
  return {
    shape,
    otherIndexes,
    tableClass: table.TableClassSummary?.TableClass ?? 'STANDARD',
    bytes,
    items,
    throughputs,
    status: table.TableStatus ?? 'unknown',
    billing: isOnDemand ? 'onDemand' : 'provisioned',
    provisioned: isOnDemand ? undefined : throughput(given?.ReadCapacityUnits, given?.WriteCapacityUnits),
    warm: throughput(warm?.ReadUnitsPerSecond, warm?.WriteUnitsPerSecond),
    stream: table.StreamSpecification?.StreamEnabled ? (table.LatestStreamArn ?? 'enabled') : undefined,
    replicaRegions: (table.Replicas ?? []).map(({ RegionName = '' }) => RegionName),
    eventualRegions: replicaRegions,
    isStronglyConsistent,
    tableId,
    indexDetails,
  };
}

function throughput(readUnits: number | undefined, writeUnits: number | undefined): Throughput | undefined {
  return readUnits && writeUnits ? { readUnits, writeUnits } : undefined;
}
