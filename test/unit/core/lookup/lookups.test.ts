import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bindTransformation } from '../../../../core/change/decide-change.ts';
import { seenThrough } from '../../../../core/change/seen-through.ts';
import { TeamFunctions } from '../../../../core/change/team-functions.ts';
import { ItemError } from '../../../../core/errors.ts';
import { KeptAnswers } from '../../../../core/lookup/kept-answers.ts';
import type { ReadBudget } from '../../../../core/lookup/lookup-port.ts';
import { Lookups } from '../../../../core/lookup/lookups.ts';
import type { Lookups as Declared, Look, QueryOptions } from '../../../../core/transformation/look.ts';
import type { Image } from '../../../../core/values/attribute-value.ts';
import { encodeItem } from '../../../../core/values/encode-value.ts';
import type { TableShape } from '../../../../core/values/table-shape.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { MemoryLookups } from '../../../support/memory-lookups.ts';
import { contextFor, type File, load, usersShape } from '../../../support/transformations.ts';

const prices: TableShape = { name: 'Prices', keys: [{ name: 'id', type: 'S' }], indexKeys: {}, indexes: [] };
const numbered: TableShape = { name: 'Numbered', keys: [{ name: 'n', type: 'N' }], indexKeys: {}, indexes: [] };
const entries: TableShape = {
  name: 'Entries',
  keys: [
    { name: 'list', type: 'S' },
    { name: 'at', type: 'N' },
  ],
  indexKeys: { kind: 'S', at: 'N' },
  indexes: [{ name: 'byKind', kind: 'global', keys: ['kind', 'at'], projected: 'all' }],
};
const own = { table: 'Users', shape: usersShape };
const declared: Declared = { prices: 'Prices', numbered: 'Numbered', entries: 'Entries' };

function start(budget?: ReadBudget) {
  const clock = new FakeClock();
  const tables = new MemoryLookups()
    .add(
      prices,
      Array.from({ length: 300 }, (_, n) => ({ id: `p${n}`, price: n })),
    )
    .add(numbered, [{ n: 1, name: 'one' }])
    .add(
      entries,
      Array.from({ length: 7 }, (_, at) => ({ list: 'a', at, kind: 'k' })),
    )
    .add(usersShape, [{ id: 'u1', name: 'Ada' }]);
  const lookups = new Lookups({ ...tables, port: tables, tableNameOf: tables.tableNameOf, clock });
  if (budget) lookups.paceBy(budget);
  const open = (of: Declared = declared): Look => lookups.opener(of, own).open().look;
  return { clock, tables, lookups, open };
}

function problemOf(error: unknown): string {
  if (error instanceof ItemError && error.name === 'TransformThrew') return error.message;
  throw error;
}

describe('gets', () => {
  it('of several decisions travel together, each key once', async () => {
    const { clock, tables, open } = start();
    const asked = Array.from({ length: 250 }, (_, n) => open()['prices']?.get({ id: `p${n % 90}` }));

    const found = await clock.until(Promise.all(asked));

    expect(found.map((item) => item?.['price'])).toEqual(asked.map((_, n) => n % 90));
    expect(tables.gets.map(({ keys }) => keys.length)).toEqual([90]);
  });

  it('give nothing for a key that does not exist, and items that the caller may change', async () => {
    const { clock, open } = start();
    const look = open();

    expect(await clock.until(Promise.resolve(look['prices']?.get({ id: 'none' })))).toBeUndefined();
    const first = await clock.until(Promise.resolve(look['prices']?.get({ id: 'p1' })));
    if (first) first['price'] = 'changed';
    expect(await look['prices']?.get({ id: 'p1' })).toEqual({ id: 'p1', price: 1 });
  });

  it('find a number however it is written', async () => {
    const { clock, tables, open } = start();
    const look = open();

    const found = await clock.until(Promise.all([look['numbered']?.get({ n: 1 }), look['numbered']?.get({ n: 1n })]));

    expect(found).toEqual([
      { n: 1, name: 'one' },
      { n: 1, name: 'one' },
    ]);
    expect(tables.gets).toHaveLength(1);
  });

  it('are strongly consistent, unless the file or the call says otherwise', async () => {
    const { clock, tables, open } = start();

    await clock.until(Promise.resolve(open()['prices']?.get({ id: 'p1' })));
    await clock.until(Promise.resolve(open()['prices']?.get({ id: 'p1' }, { consistent: false })));
    await clock.until(Promise.resolve(open({ prices: { table: 'Prices', consistent: false } })['prices']?.get({ id: 'p1' })));

    expect(tables.gets.map(({ consistent }) => consistent)).toEqual([true, false, false]);
  });

  it('answer every key once, whatever DynamoDB leaves, refuses or throttles', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 300 }),
        fc.infiniteStream(fc.constantFrom('all', 'some', 'none', 'throttled')),
        async (numbers, moods) => {
          const { clock, tables, open } = start();
          let busy = 0;
          tables.answer = ({ ...request }) => {
            const mood = busy++ < 20 ? moods.next().value : 'all';
            if (!('keys' in request) || mood === 'all') return undefined;
            if (mood === 'throttled') return { kind: 'throttled' };
            const served = mood === 'none' ? 0 : Math.ceil(request.keys.length / 2);
            const images = request.keys.slice(0, served).flatMap((key) => {
              const id = key['id'] && 'S' in key['id'] ? Number(key['id'].S.slice(1)) : 0;
              return id < 300 ? [encodeItem({ id: `p${id}`, price: id })] : [];
            });
            return { kind: 'answered', images, unprocessed: request.keys.slice(served), size: 100, units: served };
          };
          const found = await clock.until(Promise.all(numbers.map((n) => open()['prices']?.get({ id: `p${n}` }))));

          expect(found.map((item) => item?.['price'])).toEqual(numbers.map((n) => (n < 300 ? n : undefined)));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('ask again for a key that DynamoDB leaves, in whatever order it names the attributes of the key', async () => {
    const { clock, tables, open } = start();
    tables.answer = (request) => {
      if (tables.gets.length > 1 || !('keys' in request)) return undefined;
      const unprocessed = request.keys.map((key): Image => Object.fromEntries(Object.entries(key).reverse()));
      return { kind: 'answered', images: [], unprocessed, size: 100, units: 0 };
    };

    expect(await clock.until(Promise.resolve(open()['entries']?.get({ list: 'a', at: 3 })))).toEqual({ list: 'a', at: 3, kind: 'k' });
  });

  it('that DynamoDB refuses fail alone', async () => {
    const { clock, tables, open } = start();
    tables.answer = (request) =>
      'keys' in request && request.keys.some((key) => key['id'] && 'S' in key['id'] && key['id'].S === 'bad')
        ? { kind: 'refused', code: 'ValidationException' }
        : undefined;

    const asked = ['p1', 'bad', 'p2', 'p3'].map((id) => open()['prices']?.get({ id }));
    const settled = await clock.until(Promise.allSettled(asked));

    expect(settled.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled', 'fulfilled']);
    expect(settled[1]).toMatchObject({ reason: { name: 'TransformThrew', message: expect.stringContaining('ValidationException') } });
  });

  it('are paid before they are sent, and corrected to what DynamoDB reports', async () => {
    const spent: [string, ...number[]][] = [];
    const { clock, open } = start({
      maxUnits: 40,
      pay: async (units) => void spent.push(['pay', units]),
      consumed: (...units) => void spent.push(['consumed', ...units]),
      throttled: () => {},
    });

    await clock.until(Promise.all(Array.from({ length: 60 }, (_, n) => open()['prices']?.get({ id: `p${n}` }, { consistent: false }))));

    expect(spent).toEqual([
      ['pay', 30],
      ['consumed', 30, 30],
    ]);
  });
});

describe('queries', () => {
  it('read all pages, up to a limit', async () => {
    const { clock, tables, open } = start();
    tables.itemsPerPage = 3;
    const look = open();

    const all = await clock.until(Promise.resolve(look['entries']?.query({ list: 'a' })));
    expect(all?.map(({ at }) => at)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(tables.queries).toHaveLength(3);

    const some = await clock.until(Promise.resolve(look['entries']?.query({ list: 'a' }, { limit: 4 })));
    expect(some).toHaveLength(4);
    expect(tables.queries.slice(3).map(({ limit }) => limit)).toEqual([4, 1]);
  });

  it('of one partition are made once, if several decisions ask at the same time', async () => {
    const { clock, tables, open } = start();

    await clock.until(Promise.all(Array.from({ length: 50 }, () => open()['entries']?.query({ list: 'a' }))));

    expect(tables.queries).toHaveLength(1);
  });

  it('of a global index are eventually consistent', async () => {
    const { clock, tables, open } = start();

    await clock.until(
      Promise.resolve(open()['entries']?.query({ kind: 'k' }, { index: 'byKind', sortKey: { between: [1, 2] }, reverse: true })),
    );

    expect(tables.queries).toMatchObject([
      {
        index: 'byKind',
        consistent: false,
        reverse: true,
        sortKey: { name: 'at', comparison: 'between', values: [{ N: '1' }, { N: '2' }] },
      },
    ]);
  });
});

describe('answers', () => {
  it('are kept for the decision on one item, so that its function is no other in the second call', async () => {
    const { clock, tables, lookups } = start();
    let price = 0;
    tables.answer = (request) =>
      'keys' in request
        ? { kind: 'answered', images: [encodeItem({ id: 'p1', price: price++ })], unprocessed: [], size: 1, units: 1 }
        : undefined;
    const file: File = {
      overwrites: ['price'],
      transformUp: async (item: object, { look }) => ({ ...item, price: (await look['prices']?.get({ id: 'p1' }))?.['price'] }),
    };
    const { decide } = bindTransformation(load(file), usersShape, { ...contextFor('up'), looks: lookups.opener(declared, own) });

    const first = await clock.until(Promise.resolve(decide(encodeItem({ id: 'u1' }))));
    const second = await clock.until(Promise.resolve(decide(encodeItem({ id: 'u1' }))));

    expect([first, second]).toMatchObject([
      { change: { item: { set: { price: { N: '0' } } } } },
      { change: { item: { set: { price: { N: '1' } } } } },
    ]);
    expect(tables.gets).toHaveLength(2);
  });

  it('are kept for the segment, if the file says so', async () => {
    const { clock, tables, open } = start();
    const kept: Declared = { prices: { table: 'Prices', cache: 'segment' } };

    for (let time = 0; time < 3; time++) await clock.until(Promise.resolve(open(kept)['prices']?.get({ id: 'p1' })));

    expect(tables.gets).toHaveLength(1);
  });

  it('show the own table as earlier versions will make it', async () => {
    const { clock, lookups } = start();
    const context = contextFor('up');
    const v1 = bindTransformation(
      load({ adds: ['first'], transformUp: (item: { name: string }) => ({ ...item, first: item.name }) }),
      usersShape,
      context,
    );
    const looks = lookups.opener(declared, own).seeing(seenThrough([v1.decide]));

    expect(await clock.until(looks.open().look.self.get({ id: 'u1' }))).toEqual({ id: 'u1', name: 'Ada', first: 'Ada' });
  });
});

describe('what earlier versions insert', () => {
  const entry = (list: string, at: number, more: object = {}) => encodeItem({ list, at, ...more });
  const inserted = [entry('b', 2, { kind: 'k' }), entry('a', 100, { kind: 'k' }), entry('a', 3, { isNewer: true }), entry('a', 2.5)];

  function seeing() {
    const { clock, lookups } = start();
    const { look } = lookups.opener({}, { table: 'Entries', shape: entries }, undefined, inserted).open();
    const ats = async (partition: object, options?: QueryOptions) =>
      (await clock.until(look.self.query<{ list: string; at: number; isNewer?: boolean }>(partition, options))).map(({ at }) => at);
    return { look: look.self, clock, ats };
  }

  it('is found by its key, and only if the table has nothing there', async () => {
    const { look, clock } = seeing();

    expect(await clock.until(look.get({ list: 'b', at: 2 }))).toEqual({ list: 'b', at: 2, kind: 'k' });
    expect(await clock.until(look.get({ list: 'a', at: 3 }))).toEqual({ list: 'a', at: 3, kind: 'k' });
    expect(await clock.until(look.get({ list: 'c', at: 3 }))).toBeUndefined();
  });

  it('is in its place among the items of a partition, also in an index, backwards, and within a limit and a condition', async () => {
    const { ats } = seeing();

    expect(await ats({ list: 'a' })).toEqual([0, 1, 2, 2.5, 3, 4, 5, 6, 100]);
    expect(await ats({ list: 'a' }, { reverse: true })).toEqual([100, 6, 5, 4, 3, 2.5, 2, 1, 0]);
    expect(await ats({ list: 'a' }, { limit: 4 })).toEqual([0, 1, 2, 2.5]);
    expect(await ats({ list: 'a' }, { sortKey: { between: [2, 3] } })).toEqual([2, 2.5, 3]);
    expect(await ats({ list: 'b' })).toEqual([2]);
    expect(await ats({ kind: 'k' }, { index: 'byKind', sortKey: { atLeast: 6 } })).toEqual([6, 100]);
  });

  it('is not in other tables', async () => {
    const { clock, lookups } = start();
    const { look } = lookups.opener({ others: 'Prices' }, own, undefined, [encodeItem({ id: 'p999' })]).open();

    expect(await clock.until(Promise.resolve(look['others']?.get({ id: 'p999' })))).toBeUndefined();
  });
});

describe('a wrong look-up', () => {
  it.each<[string, (look: Look) => Promise<unknown> | undefined, RegExp]>([
    [
      'a get without a key',
      (look) => look['entries']?.get({ list: 'a' }),
      /look\.entries\.get was called without "at"\. .* "list" and "at"/,
    ],
    ['a key of a wrong type', (look) => look['entries']?.get({ list: 'a', at: 'x' }), /"at" that is not a number/],
    ['an empty key', (look) => look['prices']?.get({ id: '' }), /"id" that is not a string that is not empty/],
    ['more than the key', (look) => look['prices']?.get({ id: 'p1', price: 1 }), /1 more than the key/],
    ['an unknown option', (look) => look['prices']?.get({ id: 'p1' }, JSON.parse('{"consistant":true}')), /unknown option "consistant"/],
    ['a query without its partition', (look) => look['entries']?.query({}), /look\.entries\.query was called without "list"/],
    ['a query by a sort key only', (look) => look['entries']?.query({ at: 1 }), /without "list"/],
    ['an unknown index', (look) => look['entries']?.query({ list: 'a' }, { index: 'byNone' }), /index "byNone".*"byKind"/],
    [
      'a consistent read of a global index',
      (look) => look['entries']?.query({ kind: 'k' }, { index: 'byKind', consistent: true }),
      /strongly consistent read of "byKind"/,
    ],
    ['an unknown condition', (look) => look['entries']?.query({ list: 'a' }, { sortKey: JSON.parse('{"after":1}') }), /none of { equals/],
    [
      'a prefix of a number',
      (look) => look['entries']?.query({ list: 'a' }, { sortKey: { beginsWith: '1' } }),
      /begins with, and it is a number/,
    ],
    ['a limit of nothing', (look) => look['entries']?.query({ list: 'a' }, { limit: 0 }), /limit/],
    [
      'an unknown table',
      async (look) => look['price']?.get({ id: 'p1' }),
      /look\.price, which its file does not declare.*look\.prices.*look\.self/,
    ],
  ])('%s is named, and nothing is read', async (_, lookUp, message) => {
    const { clock, tables, open } = start();

    const problem = await clock.until(Promise.resolve(lookUp(open())).then(() => 'none', problemOf));

    expect(problem).toMatch(message);
    expect([...tables.gets, ...tables.queries]).toEqual([]);
  });

  it('fails the item, also if the function catches the error', async () => {
    const { clock, lookups } = start();
    const transformUp = async (_: object, { look }: { look: Look }) => void (await look['prices']?.get({ id: 7 }).catch(() => undefined));
    const { decide } = bindTransformation(load({ transformUp }), usersShape, { ...contextFor('up'), looks: lookups.opener(declared, own) });

    const problem = await clock.until(Promise.resolve(decide(encodeItem({ id: 'u1' }))).then(() => 'none', problemOf));

    expect(problem).toMatch(/"id" that is not a string/);
  });

  it('ends the segment if DynamoDB refuses to read the table', async () => {
    const { clock, tables, lookups } = start();
    tables.answer = () => Promise.reject(Object.assign(new Error('denied'), { name: 'AccessDeniedException' }));
    const transformUp = async (_: object, { look }: { look: Look }) => void (await look['prices']?.get({ id: 'p' }).catch(() => undefined));
    const { decide } = bindTransformation(load({ transformUp }), usersShape, { ...contextFor('up'), looks: lookups.opener(declared, own) });

    await expect(clock.until(Promise.resolve(decide(encodeItem({ id: 'u1' }))))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  });
});

describe('functions that wait for look-ups', () => {
  it('leave their places to others, so that requests are full', async () => {
    const { clock, tables, lookups } = start();
    const functions = new TeamFunctions(clock);
    const opener = lookups.opener(declared, own);

    const found = Array.from({ length: 300 }, (_, n) =>
      functions.run(async (place) => (await opener.open(place).look['prices']?.get({ id: `p${n}` }))?.['price']),
    );

    expect(await clock.until(Promise.all(found))).toEqual(Array.from({ length: 300 }, (_, n) => n));
    expect(tables.gets).toHaveLength(3);
  });

  it('come back one after the other, within the limit', async () => {
    const { clock, lookups } = start();
    const functions = new TeamFunctions(clock);
    const opener = lookups.opener(declared, own);
    let active = 0;
    let most = 0;

    await clock.until(
      Promise.all(
        Array.from({ length: 100 }, (_, n) =>
          functions.run(async (place) => {
            await opener.open(place).look['prices']?.get({ id: `p${n}` });
            most = Math.max(most, ++active);
            await clock.sleep(5);
            active--;
          }),
        ),
      ),
    );

    expect(most).toBe(25);
  });

  it('are not given up while DynamoDB or the budget lets them wait', async () => {
    const { clock, lookups } = start({
      maxUnits: 100,
      pay: () => clock.sleep(60_000),
      consumed: () => {},
      throttled: () => {},
    });
    const functions = new TeamFunctions(clock);

    const found = functions.run(async (place) => lookups.opener(declared, own).open(place).look['prices']?.get({ id: 'p7' }));

    expect(await clock.until(Promise.resolve(found))).toEqual({ id: 'p7', price: 7 });
  });
});

it('what is kept for the segment is bounded', async () => {
  const kept = new KeptAnswers(1100);
  let asked = 0;
  const ask = async (): Promise<Image[]> => {
    asked++;
    return [{ id: { S: 'x'.repeat(400) } }];
  };

  for (const text of ['a', 'b', 'a', 'c', 'a', 'b']) await kept.get(text, ask);

  expect(asked).toBe(4);
});

it.each<[string, Declared, (look: Look) => Promise<unknown> | undefined, number]>([
  ['another table', { prices: 'Prices' }, (look) => look['prices']?.get({ id: 'p1' }), 0],
  ['the own table', {}, (look) => look.self.get({ id: 'u1' }), 1],
  ['the own table by a name of the file', { users: 'Users' }, (look) => look['users']?.query({ id: 'u1' }), 1],
])('tells of a look-up in the own table: %s', async (_, of, ask, told) => {
  const { clock, lookups, open } = start();
  let notes = 0;
  lookups.noteOwn(() => notes++);

  await clock.until(Promise.resolve(ask(open(of))));

  expect(notes).toBe(told);
});
