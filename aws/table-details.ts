import { DescribeTableCommand, type DynamoDBClient, ResourceNotFoundException, type TableDescription } from '@aws-sdk/client-dynamodb';
import type { KeyType, TableShape } from '../core/table-shape.ts';

/** A table as DescribeTable shows it; sizes are about six hours old. */
export interface TableDetails {
  shape: TableShape;
  bytes: number;
  /** Regions that hold replicas with eventual consistency. */
  replicaRegions: string[];
}

/** @returns undefined where there is no such table */
export const readTableDetails = async (client: DynamoDBClient, tableName: string): Promise<TableDetails | undefined> => {
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
    return Table && detailsOf(tableName, Table);
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
};

/** What DescribeTable's answer says of keys, size and replicas. */
export const detailsOf = (name: string, table: TableDescription): TableDetails => {
  const types = new Map(
    (table.AttributeDefinitions ?? []).map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType as KeyType]),
  );
  const keysOf = (schema: TableDescription['KeySchema']) =>
    [...(schema ?? [])]
      .sort((a) => (a.KeyType === 'HASH' ? -1 : 1))
      .map(({ AttributeName = '' }) => ({ name: AttributeName, type: types.get(AttributeName) ?? 'S' }));
  const indexes = [...(table.GlobalSecondaryIndexes ?? []), ...(table.LocalSecondaryIndexes ?? [])];
  const indexKeys = indexes.flatMap(({ KeySchema }) => keysOf(KeySchema)).map(({ name: key, type }) => [key, type] as const);
  const eventual = table.MultiRegionConsistency !== 'STRONG';
  return {
    shape: { name, keys: keysOf(table.KeySchema), indexKeys: Object.fromEntries(indexKeys) },
    bytes: table.TableSizeBytes ?? 0,
    replicaRegions: eventual ? (table.Replicas ?? []).map(({ RegionName = '' }) => RegionName) : [],
  };
};
