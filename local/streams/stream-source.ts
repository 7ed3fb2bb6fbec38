import type { Json } from '../json.ts';

/** A record of a stream, as DynamoDB gives it and Lambda hands it on. */
export interface StreamRecord {
  [field: string]: Json;
  dynamodb: { [field: string]: Json; SequenceNumber: string; ApproximateCreationDateTime: number };
}

export interface Shard {
  id: string;
  /** The shard that this one continues, if it has one. */
  parent: string | undefined;
}

/** From where a shard is read: its oldest record, its next one, or the one after a sequence number. */
export type Start = 'oldest' | 'latest' | { after: string };

/** The stream of a table. */
export interface StreamSource {
  /** The ARN of the stream; undefined if there is no such table yet, or it has no stream. */
  arn(): Promise<string | undefined>;
  shards(arn: string): Promise<Shard[]>;
  /** @throws GoneFromStream: when the stream, the shard, or what is after the sequence number is gone */
  iterator(arn: string, shard: string, start: Start): Promise<string>;
  /**
   * @returns `next`: undefined at the end of a shard that is closed
   * @throws GoneFromStream: when the iterator has expired
   */
  read(iterator: string, limit: number): Promise<{ records: StreamRecord[]; next: string | undefined }>;
}

/** What was asked for is not in the stream any more. */
export class GoneFromStream extends Error {
  override readonly name = 'GoneFromStream';
}
