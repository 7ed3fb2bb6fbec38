import { DescribeTableCommand, type DynamoDBClient, ResourceNotFoundException, UpdateTableCommand } from '@aws-sdk/client-dynamodb';
import * as z from 'zod';
import { localCredentials } from '../functions/function-credentials.ts';
import type { Json } from '../json.ts';
import { GoneFromStream, type StreamSource } from './stream-source.ts';

const Description = z.object({
  StreamDescription: z.object({
    Shards: z.array(z.object({ ShardId: z.string(), ParentShardId: z.string().optional() })),
    LastEvaluatedShardId: z.string().optional(),
  }),
});
const Iterator = z.object({ ShardIterator: z.string() });
const json: z.ZodType<Json> = z.json();
const Records = z.object({
  Records: z.array(
    z.object({ dynamodb: z.object({ SequenceNumber: z.string(), ApproximateCreationDateTime: z.number() }).catchall(json) }).catchall(json),
  ),
  NextShardIterator: z.string().nullish(),
});
const Refusal = z.object({ __type: z.string(), message: z.string().optional(), Message: z.string().optional() });

/** The stream of a table in a DynamoDB Local. A table that has none gets one, as the stack of the team would give it, with new images. */
export function dynamoDbStream(client: DynamoDBClient, url: string, region: string, table: string): StreamSource {
  const ask = (action: string, body: object): Promise<unknown> => askStreams(url, region, action, body);
  return {
    arn: async () => {
      const Table = await described(client, table);
      if (!Table || Table.StreamSpecification?.StreamEnabled) return Table?.LatestStreamArn;
      const StreamSpecification = { StreamEnabled: true, StreamViewType: 'NEW_IMAGE' } as const;
      const { TableDescription } = await client.send(new UpdateTableCommand({ TableName: table, StreamSpecification }));
      return TableDescription?.LatestStreamArn;
    },
    shards: async (arn) => {
      const shards = [];
      let from: string | undefined;
      do {
        const { StreamDescription } = Description.parse(await ask('DescribeStream', { StreamArn: arn, ExclusiveStartShardId: from }));
        shards.push(...StreamDescription.Shards.map(({ ShardId, ParentShardId }) => ({ id: ShardId, parent: ParentShardId })));
        from = StreamDescription.LastEvaluatedShardId;
      } while (from !== undefined);
      return shards;
    },
    iterator: async (arn, shard, start) => {
      const type =
        typeof start === 'object'
          ? { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: start.after }
          : { ShardIteratorType: start === 'oldest' ? 'TRIM_HORIZON' : 'LATEST' };
      return Iterator.parse(await ask('GetShardIterator', { StreamArn: arn, ShardId: shard, ...type })).ShardIterator;
    },
    read: async (iterator, limit) => {
      const { Records: records, NextShardIterator } = Records.parse(
        await ask('GetRecords', { ShardIterator: iterator, Limit: Math.min(limit, maxRead) }),
      );
      return { records, next: NextShardIterator ?? undefined };
    },
  };
}

/** Of GetRecords. */
const maxRead = 1000;

async function described(client: DynamoDBClient, TableName: string) {
  try {
    return (await client.send(new DescribeTableCommand({ TableName }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** DynamoDB Local checks no signature. Without `-sharedDb`, it has a database for each access key and region. */
async function askStreams(url: string, region: string, action: string, body: object): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-amz-json-1.0',
      'x-amz-target': `DynamoDBStreams_20120810.${action}`,
      authorization: `AWS4-HMAC-SHA256 Credential=${localCredentials.accessKeyId}/20260101/${region}/dynamodb/aws4_request, SignedHeaders=host, Signature=0`,
    },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(10_000),
  });
  const answer: unknown = await response.json();
  if (response.ok) return answer;
  const { __type, message, Message } = Refusal.parse(answer);
  const text = `${action}: ${__type.replace(/^.*#/, '')}: ${message ?? Message ?? ''}`;
  throw /ResourceNotFound|TrimmedData|ExpiredIterator|ValidationException/.test(__type) ? new GoneFromStream(text) : new Error(text);
}
