import type { BatchGetItemInput, BatchGetItemOutput, QueryInput, QueryOutput, ScanInput, ScanOutput } from '@aws-sdk/client-dynamodb';
import type { Page, PageRequest, Place } from '../../core/segment/table-port.ts';
import { isInScope, partitionsOf, type Scope } from '../../core/transformation/scope.ts';
import type { AttributeValue, Image } from '../../core/values/attribute-value.ts';
import { isPredecessorItem, predecessorAttributes } from '../../core/values/predecessor-item.ts';
import { keyOf, keyText, type TableShape } from '../../core/values/table-shape.ts';
import { asImage, asSdkItem } from '../sdk-image.ts';
import { sortKeyCondition } from '../sort-key-condition.ts';
import { projectionOf } from './projection.ts';
import { WireError } from './wire.ts';

/** Reads of a table, as the SDK and the wire have them. */
export interface TableReads {
  scan(request: ScanInput): Promise<ScanOutput>;
  query(request: QueryInput): Promise<QueryOutput>;
  batchGet(request: BatchGetItemInput): Promise<BatchGetItemOutput>;
}

/** Partitions that are queried at the same time. */
const maxQueries = 25;
const firstQueries = 8;
/** A query that reaches its limit does not tell that its partition ends there. */
const minItemsPerQuery = 2;
/** Keys in a BatchGetItem: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html */
const maxKeys = 100;

/** What was found in the table or in an index, and the place behind each. */
interface Found extends Place {
  entries: { image: Image; place: Place }[];
  readUnits: number;
}

/**
 * Pages of the items of a scope.
 *
 * 1. Find entries: query several partitions at the same time, or scan a slice of the index. If a partition has more than one page, what
 *    was found in those after it is left for later, and the next page is of this partition alone.
 * 2. The entries of an index are only keys. Read the items from the table, strongly consistent: those that are gone, or not in the scope any
 *    more, are left out.
 */
export class ScopedPages {
  readonly #reads: TableReads;
  readonly #shape: TableShape;
  readonly #scope: Scope;
  readonly #attributes: readonly string[] | undefined;
  readonly #contains: (image: Image) => boolean;
  #queries = firstQueries;
  #list: { of: string; partitions: AttributeValue[] } | undefined;

  /** @param attributes the only attributes to read beside the key; undefined for whole items */
  constructor(reads: TableReads, shape: TableShape, scope: Scope, attributes: readonly string[] | undefined) {
    this.#reads = reads;
    this.#shape = shape;
    this.#scope = scope;
    this.#attributes = attributes;
    this.#contains = isInScope(scope);
  }

  /** @throws WireError: also if DynamoDB is busy */
  async readPage(request: PageRequest): Promise<Page> {
    const { index, partitions } = this.#scope;
    const limit = index ? Math.min(request.limit ?? maxKeys, maxKeys) : request.limit;
    const found = partitions ? await this.#query({ ...request, limit }) : await this.#scanIndex({ ...request, limit });
    const { position, partition, entries } = found;
    if (!index) {
      const own = entries.filter(({ image }) => !isPredecessorItem(this.#shape, image));
      return { ...pageOf(own), position, partition, readUnits: found.readUnits };
    }
    const { images, readUnits } = await this.#readItems(entries.map(({ image }) => keyOf(this.#shape, image)));
    const items = entries.flatMap(({ image, place }) => {
      const key = keyText(keyOf(this.#shape, image));
      const item = images.get(key);
      images.delete(key);
      return item && this.#contains(item) && !isPredecessorItem(this.#shape, item) ? [{ image: item, place }] : [];
    });
    return { ...pageOf(items), position, partition, readUnits: found.readUnits + readUnits };
  }

  async #query({ segment, totalSegments, position, partition = 0, limit }: PageRequest): Promise<Found> {
    const all = this.#partitionsOf(segment, totalSegments);
    const together = position ? 1 : Math.min(this.#queries, Math.max(1, limit ?? maxQueries));
    const chosen = all.slice(partition, partition + together);
    const perQuery = limit === undefined ? undefined : Math.max(minItemsPerQuery, Math.ceil(limit / Math.max(1, chosen.length)));
    const answers = await Promise.all(chosen.map((value, number) => this.#queryOne(value, number === 0 ? position : undefined, perQuery)));
    const cut = answers.findIndex(({ LastEvaluatedKey }) => LastEvaluatedKey !== undefined);
    this.#queries = cut === -1 ? Math.min(maxQueries, 2 * Math.max(1, chosen.length)) : 1;
    const taken = cut === -1 ? answers : answers.slice(0, cut + 1);
    const entries = taken.flatMap(({ Items = [] }, number) =>
      Items.map((item) => ({ image: asImage(item), place: { position: this.#positionOf(asImage(item)), partition: partition + number } })),
    );
    const rest = cut === -1 ? undefined : answers[cut]?.LastEvaluatedKey;
    const next = partition + chosen.length;
    const place: Place = rest
      ? { position: asImage(rest), partition: partition + cut }
      : { position: undefined, partition: next < all.length ? next : undefined };
    return { ...place, entries, readUnits: sum(answers.map(({ ConsumedCapacity }) => ConsumedCapacity?.CapacityUnits)) };
  }

  #queryOne(value: AttributeValue, ExclusiveStartKey: Image | undefined, Limit: number | undefined): Promise<QueryOutput> {
    const { index, keys, sortKey } = this.#scope;
    const names = keys.slice(0, sortKey ? 2 : 1).map(({ name }, number) => [`#k${number}`, name]);
    const operands = sortKey?.operands ?? [];
    const { ExpressionAttributeNames = {}, ...projection } = this.#projection();
    return this.#reads.query({
      TableName: this.#shape.name,
      IndexName: index?.name,
      ConsistentRead: index?.kind === 'local' ? true : undefined,
      KeyConditionExpression: ['#k0 = :k', ...(sortKey ? [sortKeyCondition(sortKey.by, '#k1')] : [])].join(' AND '),
      ExpressionAttributeValues: asSdkItem({
        ':k': value,
        ...Object.fromEntries(operands.map((operand, number) => [`:s${number}`, operand])),
      }),
      ExpressionAttributeNames: { ...ExpressionAttributeNames, ...Object.fromEntries(names) },
      ExclusiveStartKey: ExclusiveStartKey && asSdkItem(ExclusiveStartKey),
      Limit,
      ReturnConsumedCapacity: 'TOTAL',
      ...projection,
    });
  }

  async #scanIndex({ segment, totalSegments, position, limit }: PageRequest): Promise<Found> {
    const { index } = this.#scope;
    const {
      Items = [],
      LastEvaluatedKey,
      ConsumedCapacity,
    } = await this.#reads.scan({
      TableName: this.#shape.name,
      IndexName: index?.name,
      ConsistentRead: index?.kind === 'local' ? true : undefined,
      Segment: segment,
      TotalSegments: totalSegments,
      ExclusiveStartKey: position && asSdkItem(position),
      Limit: limit,
      ReturnConsumedCapacity: 'TOTAL',
      ...this.#projection(),
    });
    return {
      position: LastEvaluatedKey && asImage(LastEvaluatedKey),
      entries: Items.map((item) => ({ image: asImage(item), place: { position: this.#positionOf(asImage(item)) } })),
      readUnits: ConsumedCapacity?.CapacityUnits ?? 0,
    };
  }

  /** Items by their keys, as the table has them now. */
  async #readItems(keys: readonly Image[]): Promise<{ images: Map<string, Image>; readUnits: number }> {
    const images = new Map<string, Image>();
    const { name } = this.#shape;
    let left = [...new Map(keys.map((key) => [keyText(key), key])).values()];
    let readUnits = 0;
    while (left.length > 0) {
      const answer = await this.#reads.batchGet({
        RequestItems: {
          [name]: { Keys: left, ConsistentRead: true, ...projectionOf(this.#shape, this.#attributes, predecessorAttributes) },
        },
        ReturnConsumedCapacity: 'TOTAL',
      });
      for (const item of answer.Responses?.[name] ?? []) images.set(keyText(keyOf(this.#shape, asImage(item))), asImage(item));
      readUnits += sum((answer.ConsumedCapacity ?? []).map(({ CapacityUnits }) => CapacityUnits));
      const unprocessed = (answer.UnprocessedKeys?.[name]?.Keys ?? []).map((key) => asImage(key));
      if (unprocessed.length === left.length) throw new WireError('ThrottlingException', undefined, { message: 'The table is busy.' });
      left = unprocessed;
    }
    return { images, readUnits };
  }

  #partitionsOf(segment: number, totalSegments: number): AttributeValue[] {
    const of = `${segment} of ${totalSegments}`;
    if (this.#list?.of !== of) this.#list = { of, partitions: partitionsOf(this.#scope, segment, totalSegments) };
    return this.#list.partitions;
  }

  /** Of an index only keys are read, which each index has. */
  #projection(): { ExpressionAttributeNames?: Record<string, string>; ProjectionExpression?: string } {
    return this.#scope.index
      ? projectionOf(
          this.#shape,
          this.#scope.keys.map(({ name }) => name),
        )
      : projectionOf(this.#shape, this.#attributes, predecessorAttributes);
  }

  /** The position behind an entry: of an index, it has the keys of the index, too. */
  #positionOf(image: Image): Image {
    const key = keyOf(this.#shape, image);
    return this.#scope.index ? { ...key, ...keyOf({ ...this.#shape, keys: this.#scope.keys }, image) } : key;
  }
}

function pageOf(items: readonly { image: Image; place: Place }[]): Pick<Page, 'images' | 'places'> & { places: Place[] } {
  return { images: items.map(({ image }) => image), places: items.map(({ place }) => place) };
}

function sum(units: readonly (number | undefined)[]): number {
  return units.reduce((total: number, one) => total + (one ?? 0), 0);
}
