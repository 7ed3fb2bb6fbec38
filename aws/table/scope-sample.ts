import { BatchGetItemCommand, type DynamoDBClient, QueryCommand, ScanCommand } from '@aws-sdk/client-dynamodb';
import { isEnd } from '../../core/segment/table-port.ts';
import { partitionsOf, type Scope } from '../../core/transformation/scope.ts';
import type { TableShape } from '../../core/values/table-shape.ts';
import type { RandomSample } from './random-sample.ts';
import { ScopedPages, type TableReads } from './scoped-pages.ts';

/** Places of an index, or groups of partitions, from which a sample is taken. */
const indexPlaces = 4;
const maxGroups = 40;
const requestsAtATime = 4;

/** Items of a scope, and the part of its partitions that was read, from 0 to 1. */
export type ScopeSample = RandomSample & { share: number };

/** Reads up to about `count` items of a scope, from several of its places. */
export async function readScopeSample(client: DynamoDBClient, shape: TableShape, count: number, scope: Scope): Promise<ScopeSample> {
  const totalSegments = scope.partitions ? Math.max(1, Math.min(maxGroups, scope.partitions.length)) : indexPlaces;
  const limit = Math.max(2, Math.ceil(count / totalSegments));
  const found: RandomSample = { images: [], places: 0, isWholeTable: true, readUnits: 0 };
  let partitions = 0;
  const segments = Array.from({ length: totalSegments }, (_, segment) => segment);
  while (segments.length > 0 && found.images.length < count) {
    const pages = await Promise.all(
      segments.splice(0, requestsAtATime).map(async (segment) => {
        const reader = new ScopedPages(readsBy(client), shape, scope, undefined);
        return { segment, page: await reader.readPage({ segment, totalSegments, position: undefined, limit }) };
      }),
    );
    for (const { segment, page } of pages) {
      found.images.push(...page.images);
      found.readUnits += page.readUnits;
      if (page.images.length > 0) found.places++;
      found.isWholeTable &&= isEnd(page);
      partitions += isEnd(page) ? partitionsOf(scope, segment, totalSegments).length : Math.max(1, page.partition ?? 0);
    }
  }
  const isWholeTable = found.isWholeTable && segments.length === 0;
  const share = scope.partitions ? partitions / Math.max(1, scope.partitions.length) : isWholeTable ? 1 : 0;
  return { ...found, isWholeTable, share };
}

/** The SDK's client sends a request again if DynamoDB is busy. */
function readsBy(client: DynamoDBClient): TableReads {
  return {
    scan: (request) => client.send(new ScanCommand(request)),
    query: (request) => client.send(new QueryCommand(request)),
    batchGet: (request) => client.send(new BatchGetItemCommand(request)),
  };
}
