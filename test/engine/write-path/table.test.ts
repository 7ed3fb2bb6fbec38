import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Table } from '../../../aws/table/table.ts';
import type { Change } from '../../../core/change/change.ts';
import { equalsOf } from '../../../core/change/condition.ts';
import { Throttled, type Write, type WriteResult } from '../../../core/segment/table-port.ts';
import type { Image } from '../../../core/values/attribute-value.ts';
import { keyOf } from '../../../core/values/table-shape.ts';
import { type Answer, type DynamoDbProxy, type ProxiedRequest, startDynamoDbProxy } from '../../support/dynamodb-proxy.ts';
import { clientOf, createScratchTable, onWire, removeScratchTables, type ScratchTable } from './scratch-table.ts';

let proxy: DynamoDbProxy;
let client: DynamoDBClient;
let scratch: ScratchTable;
let table: Table;
let requests: ProxiedRequest[] = [];

beforeAll(async () => {
  proxy = await startDynamoDbProxy(process.env['DYNAMODB_URL'] ?? '');
  client = clientOf(proxy.url);
  scratch = await createScratchTable({ indexKeys: { email: 'S' } });
  table = scratch.open(client);
});
afterAll(async () => {
  client.destroy();
  await proxy.close();
  await removeScratchTables();
});
beforeEach(() => {
  requests = [];
  proxy.before = (request) => void requests.push(request);
  proxy.after = () => {};
});

function always() {
  return true;
}

function operations() {
  return requests.map(({ operation }) => operation);
}

function newKey(): Image {
  return { id: { S: crypto.randomUUID() } };
}

/** Writes one change to an item that is put into the table before. */
async function writeOf(
  change: Partial<Change>,
  { stored = {}, ...write }: Partial<Write> & { stored?: Image | 'nothing' } = {},
): Promise<Write> {
  const key = write.key ?? newKey();
  if (stored !== 'nothing') await scratch.put({ ...key, n: { N: '1' }, ...stored });
  return {
    key,
    change: { item: { kind: 'update', set: { n: { N: '2' } }, remove: [] }, inserts: [], ...change },
    condition: { equals: equalsOf({ n: { N: '1' } }), missing: ['m'] },
    units: 1,
    ...write,
  };
}

function set(image: Image): Change['item'] {
  return { kind: 'update', set: image, remove: [] };
}

function kinds(results: WriteResult[]) {
  return results.map(({ kind }) => kind);
}

function numbers(count: number) {
  return Array.from({ length: count }, (_, n) => n);
}

describe('a batch', () => {
  it('is one request, and every write in it has its own condition and its own result', async () => {
    const good = await writeOf({});
    const removed = await writeOf({ item: { kind: 'delete' } });
    const changed = await writeOf({}, { stored: { n: { N: '7' } } });
    const gone = await writeOf({}, { stored: 'nothing' });

    const results = await table.writeBatch([good, removed, changed, gone], always);

    expect(results).toEqual([
      { kind: 'written', old: undefined, units: undefined },
      { kind: 'written', old: { ...removed.key, n: { N: '1' } }, units: undefined },
      { kind: 'conditionFailed', image: { ...changed.key, n: { N: '7' } } },
      { kind: 'conditionFailed', image: undefined },
    ]);
    expect(operations()).toEqual(['BatchExecuteStatement']);
    expect(await scratch.get(good.key)).toMatchObject({ n: { N: '2' } });
    expect(await scratch.get(gone.key)).toBeUndefined();
  });

  it('sends beside it, one by one, what PartiQL cannot say, and returns all results in their order', async () => {
    const writes = [];
    for (const n of numbers(6)) writes.push(await writeOf({ item: set({ [n % 2 === 0 ? 'plain' : '#hash']: { N: String(n) } }) }));
    const failing = await writeOf({ item: set({ '#hash': { N: '9' } }) }, { stored: { n: { N: '9' } } });

    const results = await table.writeBatch([...writes.slice(0, 3), failing, ...writes.slice(3)], always);

    expect(kinds(results)).toEqual(['written', 'written', 'written', 'conditionFailed', 'written', 'written', 'written']);
    expect(operations().toSorted()).toEqual(['BatchExecuteStatement', 'UpdateItem', 'UpdateItem', 'UpdateItem', 'UpdateItem']);
    for (const [n, { key }] of writes.entries())
      expect(await scratch.get(key)).toMatchObject({ [n % 2 === 0 ? 'plain' : '#hash']: { N: String(n) } });
  });

  it.each<[string, Change['item'], Image]>([
    ['39 digits', set({ n: { N: '1'.repeat(39) } }), {}],
    ['an empty set', set({ s: { SS: [] } }), {}],
    ['a set that holds a value twice', set({ s: { SS: ['a', 'a'] } }), {}],
    ['lists nested too deep', set({ l: numbers(40).reduce<Image[string]>((inner) => ({ L: [inner] }), { L: [] }) }), {}],
    ['an index key of another type', set({ email: { N: '1' } }), {}],
    ['an empty index key', set({ email: { S: '' } }), {}],
    ['an item over 400 KB', set({ big: { S: 'x'.repeat(200_000) } }), { other: { S: 'y'.repeat(250_000) } }],
  ])('with one bad write among good ones writes the good ones and refuses the bad one alone: %s', async (_, item, stored) => {
    for (const [count, place] of [
      [25, 0],
      [25, 17],
      [2, 1],
      [1, 0],
    ] as const) {
      const writes: Write[] = [];
      for (const n of numbers(count)) writes.push(n === place ? await writeOf({ item }, { stored }) : await writeOf({}));
      requests = [];

      const results = await table.writeBatch(writes, always);

      expect(kinds(results)).toEqual(numbers(count).map((n) => (n === place ? 'refused' : 'written')));
      for (const [n, { key }] of writes.entries()) expect(await scratch.get(key)).toMatchObject({ n: { N: n === place ? '1' : '2' } });
      expect(operations().length).toBeLessThanOrEqual(1 + 2 * Math.ceil(Math.log2(count)));
    }
  });

  it('with two writes of one item, which DynamoDB rejects as a whole, refuses none of them and applies one', async () => {
    const first = await writeOf({});
    const second = { ...first, change: { item: set({ n: { N: '3' } }), inserts: [] } };
    const other = await writeOf({});

    const results = await table.writeBatch([first, other, second], always);

    expect(kinds(results)).not.toContain('refused');
    expect([{ N: '2' }, { N: '3' }]).toContainEqual((await scratch.get(first.key))?.['n']);
    expect(await scratch.get(other.key)).toMatchObject({ n: { N: '2' } });
  });
});

describe('reading', () => {
  it('goes through every segment page by page to its end, and sees each item once', async () => {
    const own = await createScratchTable();
    const keys = numbers(40).map(newKey);
    for (const key of keys) await own.put(key);
    const seen: Image[] = [];
    for (const segment of numbers(4))
      for (let position: Image | undefined; ; ) {
        const page = await own.open(client).readPage({ segment, totalSegments: 4, position, limit: 3 });
        if ('kind' in page) return expect.fail('throttled');
        expect(page.images.length).toBeLessThanOrEqual(3);
        seen.push(...page.images);
        position = page.position;
        if (!position) break;
      }

    expect(seen.map((image) => JSON.stringify(image)).toSorted()).toEqual(keys.map((key) => JSON.stringify(key)).toSorted());
  });

  it('goes on after the key of any item, be it deleted meanwhile', async () => {
    const own = await createScratchTable();
    for (const key of numbers(10).map(newKey)) await own.put(key);
    const read = async (position?: Image) => {
      const page = await own.open(client).readPage({ segment: 0, totalSegments: 1, position, limit: undefined });
      return 'kind' in page ? [] : page.images;
    };
    const all = await read();
    await own.remove(all[4] ?? {});

    expect(await read(all[4])).toEqual(all.slice(5));
  });

  it('fetches only the attributes it is told, under whatever names, beside the key', async () => {
    const key = newKey();
    await scratch.put({ ...key, 'a.b': { S: 'x' }, '#': { S: 'y' }, size: { N: '1' }, other: { S: 'z' } });
    const seen = { ...key, 'a.b': { S: 'x' }, '#': { S: 'y' }, size: { N: '1' } };

    expect(await scratch.open(client, ['a.b', '#', 'size', 'missing', 'id']).readItem(key)).toEqual(seen);
  });

  it('shows no more of an item in a conflict than it shows when it reads it', async () => {
    const partial = scratch.open(client, ['n', 'm', '#']);
    const stored = { n: { N: '7' }, secret: { S: 'x' } };
    const single = await writeOf({ item: set({ '#': { N: '2' } }) }, { stored });

    const [byBatch] = await partial.writeBatch([await writeOf({}, { stored })], always);
    const [bySingle] = await partial.writeBatch([single], always);
    const byTransaction = await partial.writeTransaction(await writeOf({ inserts: [newKey()] }, { stored }), always);

    for (const result of [byBatch, bySingle, byTransaction])
      expect(result).toEqual({ kind: 'conditionFailed', image: { id: expect.anything(), n: { N: '7' } } });
  });

  it('of an item is strongly consistent', async () => {
    await table.readItem(newKey());

    expect(requests[0]).toMatchObject({ operation: 'GetItem', body: { ConsistentRead: true } });
  });
});

describe('a transaction', () => {
  it('updates its source and inserts the others, all or nothing', async () => {
    const inserts = [
      { ...newKey(), a: { S: 'x' } },
      { ...newKey(), b: { L: [] } },
    ];
    const write = await writeOf({ inserts });

    expect(await table.writeTransaction(write, always)).toMatchObject({ kind: 'written' });

    expect(await scratch.get(write.key)).toMatchObject({ n: { N: '2' } });
    for (const insert of inserts) expect(await scratch.get(insert)).toEqual(onWire(insert));
  });

  it('moves its source to another key', async () => {
    const insert = { ...newKey(), n: { N: '1' } };
    const write = await writeOf({ item: { kind: 'delete' }, inserts: [insert] });

    expect((await table.writeTransaction(write, always)).kind).toBe('written');

    expect(await scratch.get(write.key)).toBeUndefined();
    expect(await scratch.get(insert)).toEqual(insert);
  });

  it('checks its source also where that itself does not change', async () => {
    const insert = newKey();
    const unchanged = set({});
    const stale = await writeOf({ item: unchanged, inserts: [insert] }, { stored: { n: { N: '7' } } });
    const fresh = await writeOf({ item: unchanged, inserts: [insert] });

    expect(await table.writeTransaction(stale, always)).toMatchObject({ kind: 'conditionFailed', image: { n: { N: '7' } } });
    expect(await scratch.get(insert)).toBeUndefined();
    expect((await table.writeTransaction(fresh, always)).kind).toBe('written');
    expect(await scratch.get(insert)).toEqual(insert);
  });

  it('writes nothing where a target exists, and returns what is there, in the order of the inserts', async () => {
    const taken = { ...newKey(), a: { S: 'theirs' } };
    await scratch.put(taken);
    const inserts = [newKey(), { ...taken, a: { S: 'ours' } }, newKey()];
    const write = await writeOf({ inserts });

    expect(await table.writeTransaction(write, always)).toEqual({ kind: 'targetExists', images: [undefined, taken, undefined] });

    expect(await scratch.get(write.key)).toMatchObject({ n: { N: '1' } });
    expect(await scratch.get(inserts[0] ?? {})).toBeUndefined();
    expect(await scratch.get(taken)).toEqual(taken);
  });

  it('names the change of its source before a taken target', async () => {
    const taken = newKey();
    await scratch.put(taken);

    const changed = await writeOf({ inserts: [taken] }, { stored: { n: { N: '7' } } });
    const gone = await writeOf({ inserts: [taken] }, { stored: 'nothing' });

    expect(await table.writeTransaction(changed, always)).toEqual({ kind: 'conditionFailed', image: { ...changed.key, n: { N: '7' } } });
    expect(await table.writeTransaction(gone, always)).toEqual({ kind: 'conditionFailed', image: undefined });
    expect(await scratch.get(gone.key)).toBeUndefined();
  });

  it('takes 99 inserts, and is refused with more', async () => {
    const most = await writeOf({ inserts: numbers(99).map(newKey) });
    const more = await writeOf({ inserts: numbers(100).map(newKey) });

    expect((await table.writeTransaction(most, always)).kind).toBe('written');
    expect((await table.writeTransaction(more, always)).kind).toBe('refused');
    expect(await scratch.get(more.key)).toMatchObject({ n: { N: '1' } });
  });

  it.each<[string, Image]>([
    ['a value that cannot be stored', { s: { SS: [] } }],
    ['an index key of another type', { email: { N: '1' } }],
    ['an item over 400 KB', { big: { S: 'x'.repeat(410_000) } }],
    ['an empty key', { id: { S: '' } }],
  ])('is refused with %s among its inserts', async (_, attributes) => {
    const write = await writeOf({ inserts: [{ ...newKey(), ...attributes }] });

    expect((await table.writeTransaction(write, always)).kind).toBe('refused');
    expect(await scratch.get(write.key)).toMatchObject({ n: { N: '1' } });
  });
});

describe('putting an item back', () => {
  const image = (): Image => ({ ...newKey(), deep: { M: { a: { L: [{ NULL: true }] } } }, '#': { S: 'x' } });

  it('puts it where its key is free', async () => {
    const item = image();

    expect(await table.putBack(item, always)).toBe('written');

    expect(await scratch.get(item)).toEqual(onWire(item));
  });

  it('leaves what the application put there meanwhile', async () => {
    const item = image();
    const theirs = { ...keyOf(scratch.shape, item), theirs: { S: 'y' } };
    await scratch.put(theirs);

    expect(await table.putBack(item, always)).toBe('taken');

    expect(await scratch.get(item)).toEqual(theirs);
  });

  it('repeated because its answer was lost, does not bring back what the application deleted since', async () => {
    const item = image();
    proxy.after = () => 'lost';
    expect(await table.putBack(item, always)).toBe('unanswered');
    proxy.after = () => {};
    expect(await scratch.get(item)).toEqual(onWire(item));
    await scratch.remove(item);

    await table.putBack(item, always);

    expect(await scratch.get(item)).toBeUndefined();
  });
});

/** Every way to write, each one request. */
const ways: [string, (mayWrite: () => boolean, through?: Table) => Promise<string | undefined>][] = [
  ['a batch', async (mayWrite, through = table) => kindOf((await through.writeBatch([await writeOf({})], mayWrite))[0])],
  [
    'a batch of a delete',
    async (mayWrite, through = table) => kindOf((await through.writeBatch([await writeOf({ item: { kind: 'delete' } })], mayWrite))[0]),
  ],
  [
    'a single update',
    async (mayWrite, through = table) =>
      kindOf((await through.writeBatch([await writeOf({ item: set({ '#': { S: 'x' } }) })], mayWrite))[0]),
  ],
  [
    'a single delete',
    async (mayWrite, through = table) => {
      const write = await writeOf({ item: { kind: 'delete' } });
      return kindOf(
        (await through.writeBatch([{ ...write, condition: { equals: { names: [], values: [] }, missing: ['#'] } }], mayWrite))[0],
      );
    },
  ],
  [
    'a transaction',
    async (mayWrite, through = table) => kindOf(await through.writeTransaction(await writeOf({ inserts: [newKey()] }), mayWrite)),
  ],
  ['putting back', (mayWrite, through = table) => through.putBack(newKey(), mayWrite)],
];

describe.each(ways)('without permission to write, %s', (_, write) => {
  it('sends nothing, and may be tried again', async () => {
    expect(await write(() => false)).toBe('throttled');
    expect(requests).toEqual([]);
    expect(await write(always)).toBe('written');
  });

  it('sends nothing either where the permission ran out while the request was being signed', async () => {
    let mayWrite = true;
    const slow = clientOf(proxy.url);
    slow.config.credentials = async () => {
      mayWrite = false;
      return { accessKeyId: 'local', secretAccessKey: 'local' };
    };

    expect(await write(() => mayWrite, scratch.open(slow))).toBe('throttled');
    expect(requests).toEqual([]);
    slow.destroy();
  });
});

function failure(status: number, name: string): Answer {
  return {
    status,
    body: { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: 'x' },
  };
}

/** 'unanswered' says of any way to write that the request may still be applied later. */
function kindOf(result: WriteResult | undefined): string | undefined {
  return result?.kind === 'throttled' && result.isUnanswered ? 'unanswered' : result?.kind;
}

/** Answers of DynamoDB that say nothing against the request itself. */
const busy: [string, Answer][] = [
  ...['ThrottlingException', 'ProvisionedThroughputExceededException', 'RequestLimitExceeded', 'TransactionConflictException'].map(
    (name): [string, Answer] => [name, failure(400, name)],
  ),
  ['ReplicatedWriteConflictException', failure(400, 'ReplicatedWriteConflictException')],
  ['InternalServerError', failure(500, 'InternalServerError')],
  ['InternalFailure', failure(500, 'InternalFailure')],
  ['HTTP 503 of nobody in particular', { status: 503, body: {} }],
];

describe.each(busy)('a table that answers %s', (name, answer) => {
  beforeEach(() => {
    proxy.before = (request) => {
      requests.push(request);
      return answer;
    };
  });

  it.each(ways)('lets %s be tried again, without retrying by itself', async (__, write) => {
    expect(await write(always)).toBe(name === 'HTTP 503 of nobody in particular' ? 'unanswered' : 'throttled');
    expect(requests).toHaveLength(1);
  });

  it('lets a read be tried again', async () => {
    expect(await table.readPage({ segment: 0, totalSegments: 1, position: undefined, limit: 1 })).toEqual({ kind: 'throttled' });
    await expect(table.readItem(newKey())).rejects.toThrow(Throttled);
  });
});

describe('a connection that breaks', () => {
  it.each(ways)('lets %s be tried again, as nobody knows what became of it', async (_, write) => {
    proxy.after = () => 'lost';

    expect(await write(always)).toBe('unanswered');
  });
});

describe('an answer of a batch', () => {
  const answered = (...codes: (string | undefined)[]): Answer => ({
    status: 200,
    body: { Responses: codes.map((Code) => (Code ? { Error: { Code, Message: 'x' } } : { TableName: scratch.shape.name })) },
  });

  it.each([
    'ThrottlingError',
    'ProvisionedThroughputExceeded',
    'RequestLimitExceeded',
    'InternalServerError',
    'TransactionConflict',
    'ReplicatedWriteConflict',
  ])('with %s for one write, inside HTTP 200, is that of a table that is busy, for that write', async (code) => {
    proxy.before = () => answered(undefined, code, undefined);

    expect(kinds(await table.writeBatch([await writeOf({}), await writeOf({}), await writeOf({})], always))).toEqual([
      'written',
      'throttled',
      'written',
    ]);
  });

  it.each(['ValidationError', 'ItemCollectionSizeLimitExceeded', 'DuplicateItem'])(
    'with %s for one write refuses that write',
    async (code) => {
      proxy.before = () => answered(undefined, code);

      expect(await table.writeBatch([await writeOf({}), await writeOf({})], always)).toEqual([
        { kind: 'written', old: undefined, units: undefined },
        { kind: 'refused', code },
      ]);
    },
  );

  it.each(['AccessDenied', 'ResourceNotFound'])('with %s for one write ends the segment', async (code) => {
    proxy.before = () => answered(undefined, code);

    await expect(table.writeBatch([await writeOf({}), await writeOf({})], always)).rejects.toMatchObject({ name: code });
  });

  it('that is too short leaves the rest to be tried again', async () => {
    proxy.before = () => answered(undefined);

    expect(kinds(await table.writeBatch([await writeOf({}), await writeOf({})], always))).toEqual(['written', 'throttled']);
  });
});

describe.each([
  'AccessDeniedException',
  'ResourceNotFoundException',
  'UnrecognizedClientException',
  'ExpiredTokenException',
  'InvalidSignatureException',
])('a table that answers %s', (name) => {
  it.each(ways)('ends the segment at %s, in one request and without a split', async (_, write) => {
    proxy.before = (request) => {
      requests.push(request);
      return failure(400, name);
    };

    await expect(write(always)).rejects.toMatchObject({ name });
    expect(requests).toHaveLength(1);
  });

  it('ends the segment at a read', async () => {
    proxy.before = () => failure(400, name);

    await expect(table.readPage({ segment: 0, totalSegments: 1, position: undefined, limit: 1 })).rejects.toMatchObject({ name });
    await expect(table.readItem(newKey())).rejects.toMatchObject({ name });
  });
});

describe('a transaction that is cancelled', () => {
  it.each([
    ['TransactionConflict', 'throttled'],
    ['ThrottlingError', 'throttled'],
    ['ProvisionedThroughputExceeded', 'throttled'],
    ['ItemCollectionSizeLimitExceeded', 'refused'],
    ['ValidationError', 'refused'],
  ])('by %s of one of its items is %s', async (Code, kind) => {
    for (const reasons of [
      [{ Code }, { Code: 'None' }],
      [{ Code: 'None' }, { Code }],
    ]) {
      proxy.before = () => ({
        ...failure(400, 'TransactionCanceledException'),
        body: { ...failure(400, 'TransactionCanceledException').body, CancellationReasons: reasons },
      });

      expect((await table.writeTransaction(await writeOf({ inserts: [newKey()] }), always)).kind).toBe(kind);
    }
  });
});
