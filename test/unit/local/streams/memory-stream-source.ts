import { GoneFromStream, type Shard, type StreamRecord, type StreamSource } from '../../../../local/streams/stream-source.ts';

/** Records with the sequence numbers from `first` to `last`. */
export function streamRecords(first: number, last: number, at = 0): StreamRecord[] {
  return Array.from({ length: last - first + 1 }, (_, index) => ({
    eventName: 'MODIFY',
    dynamodb: { SequenceNumber: String(first + index), ApproximateCreationDateTime: at },
  }));
}

interface MemoryShard extends Shard {
  records: StreamRecord[];
  isClosed: boolean;
}

/** A stream in memory, whose shards a test writes, closes and splits. */
export class MemoryStreamSource implements StreamSource {
  readonly #shards: MemoryShard[] = [];
  currentArn: string | undefined = 'arn:stream';
  /** Iterators that were given: `<shard>|<index of the next record>`. */
  expired = new Set<string>();
  reads = 0;

  open(id: string, parent?: string): void {
    this.#shards.push({ id, parent, records: [], isClosed: false });
  }

  write(id: string, records: StreamRecord[]): void {
    this.#shard(id).records.push(...records);
  }

  closeShard(id: string): void {
    this.#shard(id).isClosed = true;
  }

  /** As DynamoDB does after 24 hours. */
  forget(id: string): void {
    this.#shards.splice(this.#shards.indexOf(this.#shard(id)), 1);
  }

  async arn(): Promise<string | undefined> {
    return this.currentArn;
  }

  async shards(): Promise<Shard[]> {
    return this.#shards.map(({ id, parent }) => ({ id, parent }));
  }

  async iterator(_arn: string, id: string, start: 'oldest' | 'latest' | { after: string }): Promise<string> {
    const { records } = this.#shard(id);
    if (start === 'oldest') return `${id}|0`;
    if (start === 'latest') return `${id}|${records.length}`;
    const index = records.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === start.after);
    if (index === -1) throw new GoneFromStream(start.after);
    return `${id}|${index + 1}`;
  }

  async read(iterator: string, limit: number): Promise<{ records: StreamRecord[]; next: string | undefined }> {
    this.reads++;
    if (this.expired.delete(iterator)) throw new GoneFromStream(iterator);
    const [id = '', from] = iterator.split('|');
    const { records, isClosed } = this.#shard(id);
    const read = records.slice(Number(from), Number(from) + limit);
    const end = Number(from) + read.length;
    return { records: read, next: isClosed && end === records.length ? undefined : `${id}|${end}` };
  }

  #shard(id: string): MemoryShard {
    const found = this.#shards.find((shard) => shard.id === id);
    if (!found) throw new GoneFromStream(id);
    return found;
  }
}
