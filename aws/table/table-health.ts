import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  type DynamoDBClient,
  ResourceNotFoundException,
} from '@aws-sdk/client-dynamodb';

/** Settings of a table that decide how safe a run is. A setting is `unknown` if the caller may not read it, or it does not exist here. */
export interface TableHealth {
  /** As DynamoDB names it: `ACTIVE`. */
  status: string;
  deletionProtection: boolean | 'unknown';
  pointInTimeRecovery: { isOn: boolean; days?: number | undefined; since?: string | undefined } | 'unknown';
  /** The attribute by which items expire; undefined for none. */
  timeToLive: string | undefined | 'unknown';
  hasStream: boolean;
  replicaRegions: readonly string[];
  /** Write units a second that the table can take at once. */
  warmWriteUnits: number | undefined;
  indexes: readonly { name: string; status: string }[];
}

/** @returns undefined if there is no such table */
export async function readTableHealth(client: DynamoDBClient, TableName: string): Promise<TableHealth | undefined> {
  const described = await client.send(new DescribeTableCommand({ TableName })).catch((error: unknown) => {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  });
  const table = described?.Table;
  if (!table) return undefined;
  const [backups, expiry] = await Promise.all([
    client.send(new DescribeContinuousBackupsCommand({ TableName })).catch(() => undefined),
    client.send(new DescribeTimeToLiveCommand({ TableName })).catch(() => undefined),
  ]);
  const recovery = backups?.ContinuousBackupsDescription?.PointInTimeRecoveryDescription;
  const { AttributeName, TimeToLiveStatus = '' } = expiry?.TimeToLiveDescription ?? {};
  return {
    status: table.TableStatus ?? 'unknown',
    deletionProtection: table.DeletionProtectionEnabled ?? 'unknown',
    pointInTimeRecovery: recovery
      ? {
          isOn: recovery.PointInTimeRecoveryStatus === 'ENABLED',
          days: recovery.RecoveryPeriodInDays,
          since: recovery.EarliestRestorableDateTime?.toISOString(),
        }
      : 'unknown',
    timeToLive: expiry ? (['ENABLED', 'ENABLING'].includes(TimeToLiveStatus) ? AttributeName : undefined) : 'unknown',
    hasStream: table.StreamSpecification?.StreamEnabled === true,
    replicaRegions: (table.Replicas ?? []).map(({ RegionName = '' }) => RegionName),
    warmWriteUnits: table.WarmThroughput?.WriteUnitsPerSecond,
    indexes: (table.GlobalSecondaryIndexes ?? []).map(({ IndexName = '', IndexStatus = 'unknown' }) => ({
      name: IndexName,
      status: IndexStatus,
    })),
  };
}
