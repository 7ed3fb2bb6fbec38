import { type DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb';
import type { Image } from '../../core/values/attribute-value.ts';
import { isPredecessorItem } from '../../core/values/predecessor-item.ts';
import type { TableShape } from '../../core/values/table-shape.ts';
import { asImage } from '../sdk-image.ts';

/** Places of the table from which a sample is taken. */
const places = 4;

/** Reads up to `count` items from several places of the table, eventually consistent. Costs up to a few hundred read units. */
export async function readSample(
  client: DynamoDBClient,
  shape: TableShape,
  count: number,
): Promise<{ images: Image[]; isWholeTable: boolean }> {
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
