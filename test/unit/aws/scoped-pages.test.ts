import { describe, expect, it } from 'vitest';
import { asImage, asSdkItem } from '../../../aws/sdk-image.ts';
import { ScopedPages, type TableReads } from '../../../aws/table/scoped-pages.ts';
import { isEnd, type Place } from '../../../core/segment/table-port.ts';
import { checkExports } from '../../../core/transformation/check-exports.ts';
import { type Scope, scopeOf } from '../../../core/transformation/scope.ts';
import type { Image } from '../../../core/values/attribute-value.ts';
import { keyOf, keyText, type TableShape } from '../../../core/values/table-shape.ts';
import { contextFor } from '../../support/transformations.ts';

const shape: TableShape = {
  name: 'Orders',
  keys: [
    { name: 'pk', type: 'S' },
    { name: 'sk', type: 'S' },
  ],
  indexKeys: { open: 'S' },
  indexes: [{ name: 'Open', kind: 'global', keys: ['open'], projected: [] }],
};

function scopeBy(only: object): Scope {
  const version = checkExports({ sequence: 3, transformUp: () => undefined, only }, 'Orders/v3.ts');
  const scope = scopeOf(version, shape, contextFor('up'));
  if (!scope) throw new Error('It has no scope.');
  return scope;
}

function item(pk: string, sk: string, rest: Image = {}): Image {
  return { pk: { S: pk }, sk: { S: sk }, ...rest };
}

/** A table, and an index that shows what it was told, in memory. */
class Memory implements TableReads {
  readonly #items: Image[];
  index: Image[] = [];
  queries = 0;
  inFlight = 0;
  maxInFlight = 0;
  itemsRead = 0;

  constructor(items: Image[]) {
    this.#items = items;
  }

  async scan({ Limit = 1000, ExclusiveStartKey }: Parameters<TableReads['scan']>[0]) {
    const from = ExclusiveStartKey ? this.index.findIndex((entry) => keyText(entry) === keyText(asImage(ExclusiveStartKey))) + 1 : 0;
    const entries = this.index.slice(from, from + Limit);
    const last = from + entries.length < this.index.length ? entries.at(-1) : undefined;
    return {
      Items: entries.map(asSdkItem),
      ConsumedCapacity: { CapacityUnits: 0.5 },
      ...(last ? { LastEvaluatedKey: asSdkItem(last) } : {}),
    };
  }

  async query({ ExpressionAttributeValues = {}, ExclusiveStartKey, Limit = 1000 }: Parameters<TableReads['query']>[0]) {
    this.queries++;
    this.maxInFlight = Math.max(this.maxInFlight, ++this.inFlight);
    await Promise.resolve();
    this.inFlight--;
    const all = this.#items.filter(
      (one) => one['pk'] && keyText({ pk: one['pk'] }) === keyText({ pk: asImage(ExpressionAttributeValues)[':k'] ?? { S: '' } }),
    );
    const from = ExclusiveStartKey ? all.findIndex((one) => keyText(keyOf(shape, one)) === keyText(asImage(ExclusiveStartKey))) + 1 : 0;
    const page = all.slice(from, from + Limit);
    this.itemsRead += page.length;
    const last = page.at(-1);
    const more = page.length === Limit && last ? { LastEvaluatedKey: asSdkItem(keyOf(shape, last)) } : {};
    return { Items: page.map(asSdkItem), ConsumedCapacity: { CapacityUnits: 0.5 }, ...more };
  }

  async batchGet({ RequestItems = {} }: Parameters<TableReads['batchGet']>[0]) {
    const { Keys = [], ConsistentRead } = RequestItems['Orders'] ?? {};
    expect(ConsistentRead).toBe(true);
    const keys = new Set(Keys.map((key) => keyText(asImage(key))));
    expect(keys.size).toBe(Keys.length);
    const found = this.#items.filter((one) => keys.has(keyText(keyOf(shape, one))));
    return { Responses: { Orders: found.map(asSdkItem) }, ConsumedCapacity: [{ CapacityUnits: found.length }] };
  }
}

/** All pages of a segment, beginning at a place. */
async function read(
  memory: Memory,
  scope: Scope,
  {
    segment = 0,
    totalSegments = 1,
    limit = 100,
    from,
  }: { segment?: number; totalSegments?: number; limit?: number; from?: Place | undefined } = {},
) {
  const pages = new ScopedPages(memory, shape, scope, undefined);
  const found: { image: Image; after: Place }[] = [];
  for (let place: Place = from ?? { position: undefined }; ; ) {
    const page = await pages.readPage({ segment, totalSegments, limit, ...place });
    for (const [index, image] of page.images.entries()) found.push({ image, after: page.places?.[index] ?? { position: undefined } });
    if (isEnd(page)) return found;
    place = page;
  }
}

describe('pages of partitions', () => {
  it('hold each item once, in all segments together, whatever the sizes of the partitions', async () => {
    const items = [3, 0, 250, 1, 1, 40, 7, 0, 100].flatMap((count, p) => Array.from({ length: count }, (_, n) => item(`p${p}`, `s${n}`)));
    const scope = scopeBy({ partitions: Array.from({ length: 12 }, (_, p) => `p${p}`) });
    for (const totalSegments of [1, 2, 5])
      for (const limit of [1, 3, 100, 1000]) {
        const segments = await Promise.all(
          Array.from({ length: totalSegments }, (_, segment) => read(new Memory(items), scope, { segment, totalSegments, limit })),
        );
        const found = segments.flat().map(({ image }) => keyText(keyOf(shape, image)));
        expect(found.toSorted()).toEqual(items.map((one) => keyText(keyOf(shape, one))).toSorted());
      }
  });

  it('go on behind any item, as after a kill, without a gap and without a repetition', async () => {
    const items = [3, 0, 30, 1, 2].flatMap((count, p) => Array.from({ length: count }, (_, n) => item(`p${p}`, `s${n}`)));
    const scope = scopeBy({ partitions: ['p0', 'p1', 'p2', 'p3', 'p4'] });
    const all = await read(new Memory(items), scope, { limit: 8 });
    for (const [index, { after }] of all.entries()) {
      const rest = await read(new Memory(items), scope, { limit: 8, from: after });
      expect(rest.map(({ image }) => image)).toEqual(all.slice(index + 1).map(({ image }) => image));
    }
  });

  it('read 100,000 partitions with as many queries, 25 at a time, and hardly any item twice', async () => {
    const memory = new Memory([item('p7', 'a'), item('p99999', 'b')]);
    const scope = scopeBy({ partitions: () => Array.from({ length: 100_000 }, (_, p) => `p${p}`) });

    const found = await read(memory, scope, { limit: 1000 });

    expect(found.map(({ image }) => image['pk'])).toEqual([{ S: 'p7' }, { S: 'p99999' }]);
    expect(memory.queries).toBe(100_000);
    expect(memory.maxInFlight).toBe(25);
    expect(memory.itemsRead).toBe(2);
  });

  it('of an empty list are one page without items', async () => {
    expect(await read(new Memory([]), scopeBy({ partitions: [] }))).toEqual([]);
  });
});

describe('pages of an index', () => {
  it('hold what the table has now, and only items of the scope', async () => {
    const memory = new Memory([
      item('a', '1', { open: { S: 'y' }, price: { N: '1' } }),
      item('b', '1', { price: { N: '2' } }),
      item('d', '1', { open: { S: 'z' } }),
    ]);
    // The index lags: b has left it, c is gone, d moved within it and is shown twice.
    memory.index = [
      item('a', '1', { open: { S: 'y' } }),
      item('b', '1', { open: { S: 'y' } }),
      item('c', '1', { open: { S: 'y' } }),
      item('d', '1', { open: { S: 'y' } }),
      item('d', '1', { open: { S: 'z' } }),
    ];

    const found = await read(memory, scopeBy({ index: 'Open' }));

    expect(found.map(({ image }) => image)).toEqual([
      item('a', '1', { open: { S: 'y' }, price: { N: '1' } }),
      item('d', '1', { open: { S: 'z' } }),
    ]);
    expect(found[0]?.after.position).toEqual(item('a', '1', { open: { S: 'y' } }));
  });

  it('have at most as many items as one request for items takes', async () => {
    const items = Array.from({ length: 250 }, (_, n) => item(`p${n}`, 's', { open: { S: 'y' } }));
    const memory = new Memory(items);
    memory.index = items;
    const pages = new ScopedPages(memory, shape, scopeBy({ index: 'Open' }), undefined);

    const page = await pages.readPage({ segment: 0, totalSegments: 1, position: undefined, limit: 1000 });

    expect(page.images).toHaveLength(100);
    expect(page.readUnits).toBe(100.5);
  });
});
