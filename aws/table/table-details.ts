import {
  DescribeTableCommand,
  type DynamoDBClient,
  type GlobalSecondaryIndexDescription,
  ResourceNotFoundException,
  type TableDescription,
} from '@aws-sdk/client-dynamodb';
import type { Throughput } from '../../core/ledger/budget.ts';
import type { IndexDetails } from '../../core/run/steps/step-scopes.ts';
import type { Index, KeyType, OtherIndex, TableShape } from '../../core/values/table-shape.ts';

/** A table as DescribeTable shows it. Sizes and counts are up to about six hours old. */
export interface TableDetails {
  shape: TableShape;
  /** Indexes of other kinds than global and local. What a write costs them is not known. */
  otherIndexes: OtherIndex[];
  /** DynamoDB gives each table that is made or restored a new one. */
  tableId: string | undefined;
  bytes: number;
  items: number;
  tableClass: string;
  /** Throughputs of the table and its global indexes, if DescribeTable tells them; DynamoDB Local does not. */
  throughputs: Throughput[];
  /** Regions with replicas that are eventually consistent. */
  replicaRegions: string[];
  /** Replicas are strongly consistent: DynamoDB allows no transaction on the table. */
  isStronglyConsistent: boolean;
  /** By the names of global and local indexes. */
  indexDetails: Record<string, IndexDetails>;
}

/** @returns undefined if there is no such table */
export async function readTableDetails(client: DynamoDBClient, tableName: string): Promise<TableDetails | undefined> {
  try {
    const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
    return Table && detailsOf(tableName, Table);
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** Reads keys, indexes, sizes, throughputs and replicas from DescribeTable's answer. */
export function detailsOf(name: string, table: TableDescription): TableDetails {
  const types = new Map(
    (table.AttributeDefinitions ?? []).map(({ AttributeName, AttributeType }) => [AttributeName, AttributeType as KeyType]),
  );
  const keysOf = (schema: TableDescription['KeySchema']) =>
    partitionKeyFirst(schema).map(({ AttributeName = '' }) => ({ name: AttributeName, type: types.get(AttributeName) ?? 'S' }));
  const { GlobalSecondaryIndexes: global = [], LocalSecondaryIndexes: local = [] } = table;
  const indexKeys = [...global, ...local].flatMap(({ KeySchema }) => keysOf(KeySchema)).map(({ name: key, type }) => [key, type] as const);
  const indexes = [...global.map((index) => indexOf(index, 'global')), ...local.map((index) => indexOf(index, 'local'))];
  const isStronglyConsistent = table.MultiRegionConsistency === 'STRONG';
  return {
    shape: { name, keys: keysOf(table.KeySchema), indexKeys: Object.fromEntries(indexKeys), indexes },
    otherIndexes: otherIndexesOf(table),
    tableId: tableIdOf(table),
    bytes: table.TableSizeBytes ?? 0,
    items: table.ItemCount ?? 0,
    tableClass: table.TableClassSummary?.TableClass ?? 'STANDARD',
    throughputs: [table, ...(table.GlobalSecondaryIndexes ?? [])].flatMap((resource) => throughputsOf(resource, keysOf)),
    replicaRegions: isStronglyConsistent ? [] : (table.Replicas ?? []).map(({ RegionName = '' }) => RegionName),
    isStronglyConsistent,
    indexDetails: Object.fromEntries([...global, ...local].map((index) => [index.IndexName ?? '', indexDetailsOf(index)])),
  };
}

function indexDetailsOf(index: GlobalSecondaryIndexDescription): IndexDetails {
  const { ItemCount = 0, IndexSizeBytes = 0, IndexStatus, Backfilling = false } = index;
  return { items: ItemCount, bytes: IndexSizeBytes, isIncomplete: Backfilling || IndexStatus === 'CREATING' || IndexStatus === 'DELETING' };
}

/** Throughputs of a table or of one of its indexes. Provisioned throughput is 0 on demand; a maximum is -1 if none is set. */
function throughputsOf(
  resource: TableDescription | GlobalSecondaryIndexDescription,
  keysOf: (schema: TableDescription['KeySchema']) => { name: string }[],
): Throughput[] {
  const { WarmThroughput: warm, ProvisionedThroughput: provisioned, OnDemandThroughput: maximum } = resource;
  const index = 'IndexName' in resource ? { name: resource.IndexName ?? '', attributes: attributesOf(resource, keysOf) } : undefined;
  const stated = [
    { of: 'warm' as const, readUnits: warm?.ReadUnitsPerSecond, writeUnits: warm?.WriteUnitsPerSecond },
    { of: 'provisioned' as const, readUnits: provisioned?.ReadCapacityUnits, writeUnits: provisioned?.WriteCapacityUnits },
    { of: 'maximum' as const, readUnits: maximum?.MaxReadRequestUnits, writeUnits: maximum?.MaxWriteRequestUnits },
  ];
  return stated.map(({ of, readUnits = 0, writeUnits = 0 }) => ({
    of,
    readUnits: Math.max(0, readUnits),
    writeUnits: Math.max(0, writeUnits),
    index,
  }));
}

function attributesOf(
  { Projection, KeySchema }: GlobalSecondaryIndexDescription,
  keysOf: (schema: TableDescription['KeySchema']) => { name: string }[],
): 'all' | string[] {
  return Projection?.ProjectionType === 'ALL'
    ? 'all'
    : [...keysOf(KeySchema).map(({ name }) => name), ...(Projection?.NonKeyAttributes ?? [])];
}

type IndexDescription = Pick<NonNullable<TableDescription['LocalSecondaryIndexes']>[number], 'IndexName' | 'KeySchema' | 'Projection'>;

function indexOf({ IndexName = '', KeySchema = [], Projection }: IndexDescription, kind: Index['kind']): Index {
  const partitionKeys = KeySchema.filter(({ KeyType }) => KeyType === 'HASH').length;
  return {
    name: IndexName,
    kind,
    keys: partitionKeyFirst(KeySchema).map(({ AttributeName = '' }) => AttributeName),
    ...(partitionKeys > 1 ? { partitionKeys } : {}),
    projected: Projection?.ProjectionType === 'ALL' ? 'all' : (Projection?.NonKeyAttributes ?? []),
  };
}

/** Keys can have up to four attributes of each kind: the order within a kind matters to DynamoDB. */
function partitionKeyFirst(schema: TableDescription['KeySchema'] = []) {
  const isPartitionKey = ({ KeyType }: { KeyType?: string | undefined }): boolean => KeyType === 'HASH';
  return [...schema.filter(isPartitionKey), ...schema.filter((element) => !isPartitionKey(element))];
}

const knownKinds = ['GlobalSecondaryIndexes', 'LocalSecondaryIndexes'];

/** All lists of indexes in a description count, also of kinds that DynamoDB may get in the future. */
function otherIndexesOf(table: TableDescription): OtherIndex[] {
  return Object.entries(table)
    .filter(([kind, list]) => kind.endsWith('Indexes') && !knownKinds.includes(kind) && Array.isArray(list))
    .flatMap(([kind, list]: [string, { IndexName?: string }[]]) => list.map(({ IndexName = '' }) => ({ name: IndexName, kind })));
}

/** The time at which the table was made stands for an id, if there is none. */
function tableIdOf({ TableId, CreationDateTime }: TableDescription): string | undefined {
  return TableId ?? (CreationDateTime && `created ${CreationDateTime.toISOString()}`);
}
