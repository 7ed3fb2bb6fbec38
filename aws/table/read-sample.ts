import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Scope } from '../../core/transformation/scope.ts';
import type { Image } from '../../core/values/attribute-value.ts';
import { isPredecessorItem } from '../../core/values/predecessor-item.ts';
import type { TableShape } from '../../core/values/table-shape.ts';
import { asImage } from '../sdk-image.ts';
import { readScopeSample } from './scope-sample.ts';

/** Places of the table from which a sample is taken. */
const places = 4;

/** Reads up to `count` items from several places of the table, or of a scope, eventually consistent. Costs up to a few hundred read units. */
export async function readSample(
  client: DynamoDBClient,
  shape: TableShape,
  count: number,
  scope?: Scope,
): Promise<{ images: Image[]; isWholeTable: boolean }> {
  if (scope) return readScopeSample(client, shape, count, scope);
  const pages = await Promise.all(
    Array.from({ length: places }, (_, Segment) =>
      client.send(new ScanCommand({ TableName: shape.name, Segment, TotalSegments: places, Limit: Math.ceil(count / places) })),
    ),
  );
  return {
    images: pages.flatMap(({ Items = [] }) => Items.map(asImage)).filter((image) => !isPredecessorItem(shape, image)),
    isWholeTable: pages.every(({ LastEvaluatedKey }) => LastEvaluatedKey === undefined),
  };
}
