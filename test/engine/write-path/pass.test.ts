import type { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Item } from '../../../core/transformation/contract.ts';
import type { Image } from '../../../core/values/attribute-value.ts';
import { type Answer, type DynamoDbProxy, type ProxiedRequest, startDynamoDbProxy } from '../../support/dynamodb-proxy.ts';
import type { File } from '../../support/transformations.ts';
import { runPass } from './pass.ts';
import { clientOf, createScratchTable, onWire, removeScratchTables, type ScratchTable, type WireItem } from './scratch-table.ts';

let proxy: DynamoDbProxy;
let client: DynamoDBClient;
let scratch: ScratchTable;
let requests: ProxiedRequest[] = [];

beforeAll(async () => {
  proxy = await startDynamoDbProxy(process.env['DYNAMODB_URL'] ?? '');
  client = clientOf(proxy.url);
});
afterAll(async () => {
  client.destroy();
  await proxy.close();
  await removeScratchTables();
});
beforeEach(async () => {
  scratch = await createScratchTable();
  requests = [];
  proxy.before = (request) => void requests.push(request);
  proxy.after = () => {};
});

function key(n: number | string): Image {
  return { id: { S: `u${n}` } };
}

function user(n: number | string, more: Image = {}): Image {
  return { ...key(n), name: { S: `Grace ${n} Hopper` }, ...more };
}

function numbers(count: number) {
  return Array.from({ length: count }, (_, n) => n);
}

function idOf({ id }: WireItem = {}): string {
  return (id as { S: string }).S;
}

async function fill(images: readonly Image[]): Promise<void> {
  for (let n = 0; n < images.length; n += 50) await Promise.all(images.slice(n, n + 50).map((image) => scratch.put(image)));
}

function writes() {
  return requests.filter(({ operation }) => !['Scan', 'GetItem'].includes(operation)).map(({ operation }) => operation);
}

function isWrite({ operation }: ProxiedRequest): boolean {
  return operation !== 'Scan' && operation !== 'GetItem';
}

async function byId(): Promise<Record<string, WireItem>> {
  const items = await scratch.all();
  return Object.fromEntries(items.map((item) => [idOf(item), item]));
}

const splitName: File = {
  adds: ['first', 'last'],
  transformUp: (item: Item) => {
    if (typeof item['name'] !== 'string') return;
    const [first, ...rest] = item['name'].split(' ');
    return { ...item, first, last: rest.join(' ') };
  },
};
const touch: File = { adds: ['touched'], transformUp: (item: Item) => ({ ...item, touched: true }) };

/** Lets the application write once, after the scan and before the first write of ours. */
function interfere(write: () => Promise<unknown>): void {
  let done: Promise<unknown> | undefined;
  proxy.before = async (request) => {
    requests.push(request);
    if (!isWrite(request)) return;
    done ??= write();
    await done;
  };
}

describe('the requests of a pass', () => {
  it('are none that writes, where nothing changes', async () => {
    await fill(numbers(60).map((n) => user(n, { first: { S: 'x' }, last: { S: 'y' } })));

    const { counters, checkpoints } = await runPass(scratch, client, splitName);

    expect(counters).toMatchObject({ scanned: 60, kept: 60, differing: 60, writeUnits: 0 });
    expect(checkpoints[0]?.dirty).toBe(false);
    expect(writes()).toEqual([]);
  });

  it.each([
    [1, 1],
    [25, 1],
    [26, 2],
    [130, 6],
  ])('are one for 25 changes: for %i changes among unchanged items, %i', async (changes, expected) => {
    await fill([...numbers(changes).map((n) => user(n)), ...numbers(40).map((n) => ({ id: { S: `other ${n}` } }))]);

    const { counters } = await runPass(scratch, client, splitName);

    expect(counters).toMatchObject({ scanned: changes + 40, changed: changes, unchanged: 40 });
    expect(writes()).toEqual(Array(expected).fill('BatchExecuteStatement'));
    expect(await byId()).toMatchObject({ u0: { first: { S: 'Grace' }, last: { S: '0 Hopper' } } });
  });

  it('write each changed item once, in whatever segments and pages it is scanned', async () => {
    await fill(numbers(150).map((n) => user(n)));

    const { counters } = await runPass(scratch, client, splitName, { segments: 7, budget: { writeUnits: 4000, readUnits: 4000 } });

    expect(counters).toMatchObject({ scanned: 150, changed: 150 });
    const statements = requests.flatMap(({ body }) => (body['Statements'] ?? []) as unknown[]);
    expect(statements).toHaveLength(150);
  });

  it('are none in a dry run, which counts what it would do', async () => {
    await fill(numbers(30).map((n) => user(n)));

    const { counters } = await runPass(scratch, client, splitName, { dryRun: true });

    expect(counters).toMatchObject({ scanned: 30, changed: 30 });
    expect(writes()).toEqual([]);
  });
});

describe('a pass up and a pass down', () => {
  it('leave the table as it was, but for what the application changed meanwhile', async () => {
    const before = numbers(40).map((n) =>
      user(n, { tags: { SS: ['a', 'b'] }, big: { N: '12345678901234567890123456789012345678' }, no: { NULL: true } }),
    );
    await fill(before);
    await runPass(scratch, client, splitName);
    await scratch.put({ ...user(7), first: { S: 'Ada' }, last: { S: '7 Hopper' } });

    const { counters } = await runPass(scratch, client, splitName, { direction: 'down' });

    expect(counters).toMatchObject({ scanned: 40, changed: 40, differing: 1 });
    const after = await byId();
    expect(after['u7']).toEqual(onWire({ ...user(7), first: { S: 'Ada' } }));
    for (const image of before.filter((_, n) => n !== 7)) expect(after[idOf(image)]).toEqual(onWire(image));
  });
});

describe('an item near the limits', () => {
  const large = (bytes: number) => ({ text: { S: 'x'.repeat(bytes) } });

  it('of almost 400 KB is changed, and one whose result would be larger fails by itself', async () => {
    await fill([
      ...numbers(3).map((n) => user(n, large(409_000))),
      ...numbers(2).map((n) => user(`f${n}`, large(409_560))),
      ...numbers(30).map((n) => user(`s${n}`)),
    ]);

    const { counters, failures } = await runPass(scratch, client, splitName, { budget: { writeUnits: undefined } });

    expect(counters).toMatchObject({ scanned: 35, changed: 33, failed: 2 });
    expect(failures.map(({ error }) => error.name)).toEqual(Array(2).fill('InvalidValue'));
    expect(failures.map(({ key: failed }) => failed['id'])).toEqual(expect.arrayContaining(numbers(2).map((n) => ({ S: `uf${n}` }))));
    const after = await byId();
    expect(after['u0']).toMatchObject({ first: { S: 'Grace' } });
    expect(after['uf0']).not.toHaveProperty('first');
  });

  const wide = (count: number): Image => Object.fromEntries(numbers(count).map((n) => [`attribute ${n}`, { N: String(n) }] as const));

  it.each([
    [140, 'changed'],
    [150, 'failed'],
    [400, 'failed'],
  ])('with %i attributes is %s, and never compared in part', async (count, outcome) => {
    await fill([user(1, wide(count)), user(2)]);

    const { counters, failures } = await runPass(scratch, client, splitName);

    expect(counters).toMatchObject({ scanned: 2, [outcome]: outcome === 'changed' ? 2 : 1 });
    expect(failures.map(({ error }) => error.name)).toEqual(outcome === 'failed' ? ['TooWide'] : []);
  });

  it('with 400 attributes is changed where the file declares what it reads, also after a conflict', async () => {
    await fill([user(1, wide(400))]);
    interfere(() => scratch.put(user(1, { ...wide(400), name: { S: 'Ada Lovelace' }, 'attribute 7': { S: 'theirs' } })));

    const { counters } = await runPass(scratch, client, { ...splitName, reads: ['name'] });

    expect(counters).toMatchObject({ scanned: 1, changed: 1 });
    expect((await byId())['u1']).toEqual(
      onWire(
        user(1, {
          ...wide(400),
          name: { S: 'Ada Lovelace' },
          'attribute 7': { S: 'theirs' },
          first: { S: 'Ada' },
          last: { S: 'Lovelace' },
        }),
      ),
    );
  });

  it('with 400 attributes is changed where the application counts its versions', async () => {
    await fill([user(1, { ...wide(400), revision: { N: '7' } })]);

    expect((await runPass(scratch, client, { ...splitName, versionAttribute: 'revision' })).counters).toMatchObject({ changed: 1 });
  });

  it('that is read in part is not disturbed by what the application does to the rest', async () => {
    await fill([user(1, { visits: { N: '1' } })]);
    interfere(() => scratch.put(user(1, { visits: { N: '2' } })));

    await runPass(scratch, client, { ...splitName, reads: ['name'] });

    expect(writes()).toEqual(['BatchExecuteStatement']);
    expect((await byId())['u1']).toEqual(onWire(user(1, { visits: { N: '2' }, first: { S: 'Grace' }, last: { S: '1 Hopper' } })));
  });
});

describe('a write of the application between our read and our write', () => {
  it('is kept, and the item gets the shape of what it is now', async () => {
    await fill(numbers(30).map((n) => user(n)));
    interfere(() => scratch.put({ ...user(5), name: { S: 'Ada Lovelace' }, visits: { N: '1' } }));

    const { counters } = await runPass(scratch, client, splitName);

    expect(counters).toMatchObject({ changed: 30 });
    expect((await byId())['u5']).toEqual(
      onWire({ ...user(5), name: { S: 'Ada Lovelace' }, visits: { N: '1' }, first: { S: 'Ada' }, last: { S: 'Lovelace' } }),
    );
  });

  it('is kept where it wrote the new shape already', async () => {
    await fill([user(1)]);
    interfere(() => scratch.put(user(1, { first: { S: 'Amazing' }, last: { S: 'Grace' } })));

    expect((await runPass(scratch, client, splitName)).counters).toMatchObject({ kept: 1, differing: 1 });
    expect((await byId())['u1']).toMatchObject({ first: { S: 'Amazing' }, last: { S: 'Grace' } });
  });

  it('is kept where it only removed or nulled what was read', async () => {
    await fill([user(1), user(2)]);
    interfere(async () => {
      await scratch.put(key(1));
      await scratch.put({ ...key(2), name: { NULL: true } });
    });

    expect((await runPass(scratch, client, splitName)).counters).toMatchObject({ unchanged: 2 });
    expect(await byId()).toEqual({ u1: onWire(key(1)), u2: onWire({ ...key(2), name: { NULL: true } }) });
  });

  it('that deletes the item is final', async () => {
    await fill([user(1), user(2)]);
    interfere(() => scratch.remove(key(1)));

    expect((await runPass(scratch, client, splitName)).counters).toMatchObject({ scanned: 2, changed: 1, vanished: 1 });
    expect(Object.keys(await byId())).toEqual(['u2']);
  });

  it('that deletes the item and creates it anew is transformed as what it is now', async () => {
    await fill([user(1), user(2)]);
    interfere(async () => {
      await scratch.remove(key(1));
      await scratch.put({ ...key(1), name: { S: 'Ada Lovelace' } });
      await scratch.remove(key(2));
      await scratch.put(user(2));
    });

    expect((await runPass(scratch, client, splitName)).counters).toMatchObject({ changed: 2 });
    expect(await byId()).toMatchObject({ u1: { first: { S: 'Ada' } }, u2: { first: { S: 'Grace' } } });
  });

  it('at every attempt leaves the item contended, with what the application wrote last', async () => {
    await fill([user(1, { visits: { N: '0' } }), user(2)]);
    let visits = 0;
    proxy.before = async (request) => {
      requests.push(request);
      if (isWrite(request)) await scratch.put(user(1, { visits: { N: String(++visits) } }));
    };

    const { counters, checkpoints } = await runPass(scratch, client, splitName);

    expect(counters).toMatchObject({ scanned: 2, changed: 1, contended: 1 });
    expect(checkpoints[0]).toMatchObject({ done: true, dirty: true });
    expect(visits).toBeGreaterThanOrEqual(11);
    expect((await byId())['u1']).toEqual(onWire(user(1, { visits: { N: String(visits) } })));
  });

  it.each<[string, Image]>([
    ['empty maps in lists', { list: { L: [{ M: {} }] } }],
    ['empty maps in maps', { map: { M: { a: { M: {} } } } }],
    [
      'every type',
      {
        s: { SS: ['b', 'a'] },
        n: { NS: ['2', '1'] },
        b: { BS: [Uint8Array.of(1)] },
        x: { B: Uint8Array.of(0) },
        l: { L: [{ NULL: true }] },
      },
    ],
  ])('does not keep an item with %s from getting its shape', async (_, more) => {
    await fill([user(1, { ...more, visits: { N: '0' } })]);
    interfere(() => scratch.put(user(1, { ...more, visits: { N: '1' } })));

    expect((await runPass(scratch, client, splitName)).counters).toMatchObject({ changed: 1 });
    expect((await byId())['u1']).toEqual(
      onWire(user(1, { ...sorted(more), visits: { N: '1' }, first: { S: 'Grace' }, last: { S: '1 Hopper' } })),
    );
  });

  /** As DynamoDB returns sets. */
  const sorted = (image: Image): Image =>
    Object.fromEntries(
      Object.entries(image).map(([name, value]) => {
        if ('SS' in value) return [name, { SS: value.SS.toSorted() }];
        return [name, 'NS' in value ? { NS: value.NS.toSorted() } : value];
      }),
    );
});

describe('a version that deletes', () => {
  const removeGuests: File = { deletes: true, transformUp: (item: Item) => (item['keep'] || item['name'] ? undefined : []) };

  it('deletes what it shall, one request for 25', async () => {
    await fill([...numbers(25).map((n) => key(`guest${n}`)), user(1)]);

    expect((await runPass(scratch, client, removeGuests)).counters).toMatchObject({ scanned: 26, changed: 25, deleted: 25, unchanged: 1 });
    expect(Object.keys(await byId())).toEqual(['u1']);
    expect(writes()).toEqual(['BatchExecuteStatement']);
  });

  it('keeps an attribute that the application adds in the very instant of the delete, and decides again', async () => {
    await fill([key('guest')]);
    interfere(() => scratch.put({ ...key('guest'), keep: { BOOL: true } }));

    expect((await runPass(scratch, client, removeGuests)).counters).toMatchObject({ unchanged: 1, changed: 0, deleted: 0 });
    expect(await byId()).toEqual({ uguest: onWire({ ...key('guest'), keep: { BOOL: true } }) });
  });

  it('counts what the application deleted first as vanished', async () => {
    await fill([key('guest')]);
    interfere(() => scratch.remove(key('guest')));

    expect((await runPass(scratch, client, removeGuests)).counters).toMatchObject({ vanished: 1, deleted: 0 });
  });

  it('never deletes what the application changed so that it should stay', async () => {
    await fill([{ ...key('guest'), visits: { N: '1' } }]);
    interfere(() => scratch.put(user('guest', { visits: { N: '1' } })));

    expect((await runPass(scratch, client, removeGuests)).counters).toMatchObject({ unchanged: 1, deleted: 0 });
    expect(await byId()).toEqual({ uguest: onWire(user('guest', { visits: { N: '1' } })) });
  });
});

describe('a version that inserts', () => {
  /** Gives each member an item of its team, whose content depends on the member or not. */
  const teams = (ofMember: (item: Item) => object): File => ({
    inserts: true,
    adds: ['team'],
    transformUp: (item: Item) =>
      item['name'] && !item['team']
        ? [
            { ...item, team: 'u-team' },
            { id: 'u-team', ...ofMember(item) },
          ]
        : undefined,
  });

  it('inserts one item that two items ask for, where both ask for the same', async () => {
    await fill([user(1), user(2)]);

    const { counters } = await runPass(
      scratch,
      client,
      teams(() => ({ kind: 'team' })),
    );

    expect(counters).toMatchObject({ changed: 2, inserted: 1, failed: 0 });
    expect(await byId()).toMatchObject({ u1: { team: { S: 'u-team' } }, u2: { team: { S: 'u-team' } }, 'u-team': { kind: { S: 'team' } } });
  });

  it('fails the second of two items that ask for different content under one key, and leaves it as it was', async () => {
    await fill([user(1), user(2)]);

    const { counters, failures } = await runPass(
      scratch,
      client,
      teams(({ name }) => ({ founder: name })),
    );

    expect(counters).toMatchObject({ changed: 1, inserted: 1, failed: 1 });
    expect(failures.map(({ error }) => error.name)).toEqual(['TargetExists']);
    const { 'u-team': team, ...members } = await byId();
    const failed = idOf(failures[0]?.key);
    expect(members[failed]).toEqual(onWire(user(failed.slice(1))));
    expect(team?.['founder']).not.toEqual(members[failed]?.['name']);
  });

  it('never overwrites what the application put under the key', async () => {
    await fill([user(1), { id: { S: 'u-team' }, kind: { S: 'theirs' } }]);

    expect(
      (
        await runPass(
          scratch,
          client,
          teams(() => ({ kind: 'team' })),
        )
      ).counters,
    ).toMatchObject({ failed: 1, changed: 0, inserted: 0 });
    expect(await byId()).toEqual({ u1: onWire(user(1)), 'u-team': { id: { S: 'u-team' }, kind: { S: 'theirs' } } });
  });

  it('inserts nothing for an item that is gone or changed meanwhile', async () => {
    await fill([user(1), user(2)]);
    interfere(async () => {
      await scratch.remove(key(1));
      await scratch.put(user(2, { team: { S: 'none' } }));
    });

    expect(
      (
        await runPass(
          scratch,
          client,
          teams(() => ({ kind: 'team' })),
        )
      ).counters,
    ).toMatchObject({ vanished: 1, changed: 0, inserted: 0 });
    expect(await byId()).toEqual({ u2: onWire(user(2, { team: { S: 'none' } })) });
  });

  it('does not insert again what the application deleted', async () => {
    const file = teams(() => ({ kind: 'team' }));
    await fill([user(1), user(2)]);
    await runPass(scratch, client, file);
    await scratch.remove({ id: { S: 'u-team' } });

    expect((await runPass(scratch, client, file, { pass: 2 })).counters).toMatchObject({ scanned: 2, changed: 0, inserted: 0 });
    expect(Object.keys(await byId()).toSorted()).toEqual(['u1', 'u2']);
  });

  it('moves items to other keys, and back', async () => {
    const move: File = {
      inserts: true,
      deletes: true,
      transformUp: (item: Item) => (String(item['id']).startsWith('u') ? { ...item, id: `moved ${item['id']}` } : undefined),
      transformDown: (item: Item) =>
        String(item['id']).startsWith('moved ') ? { ...item, id: String(item['id']).slice('moved '.length) } : undefined,
    };
    await fill(numbers(10).map((n) => user(n)));
    const before = await byId();

    expect((await runPass(scratch, client, move)).counters).toMatchObject({ changed: 10, inserted: 10, deleted: 10 });
    expect(Object.keys(await byId()).every((id) => id.startsWith('moved '))).toBe(true);
    expect((await runPass(scratch, client, move, { direction: 'down', pass: 2 })).counters).toMatchObject({ inserted: 10, deleted: 10 });
    expect(await byId()).toEqual(before);
  });
});

describe('a function of the team', () => {
  const withFate = (fates: readonly string[]): Image[] => fates.map((fate, n) => user(n, { fate: { S: fate } }));

  it('fails only the items that it fails for, each by its own name', async () => {
    await fill(withFate(['ok', 'mutate', 'throw', 'reject', 'other key', 'undeclared', 'unstorable', 'undefined', 'ok']));
    const file: File = {
      adds: ['touched'],
      transformUp: async (item: Item) => {
        switch (item['fate']) {
          case 'mutate':
            item['touched'] = true;
            return;
          case 'throw':
            throw new RangeError(String(item['name']));
          case 'reject':
            return Promise.reject(String(item['name']));
          case 'other key':
            return { ...item, id: 'u0' };
          case 'undeclared':
            return { ...item, name: 'Ada' };
          case 'unstorable':
            return { ...item, touched: Number.NaN };
          case 'undefined':
            return { ...item, touched: undefined };
          default:
            return { ...item, touched: true };
        }
      },
    };

    const { counters, failures } = await runPass(scratch, client, file);

    expect(counters).toMatchObject({ scanned: 9, changed: 2, failed: 7 });
    const names = Object.fromEntries(failures.map(({ key: failed, error }) => [idOf(failed), error.name]));
    expect(names).toEqual({
      u1: 'ForgotReturn',
      u2: 'TransformThrew',
      u3: 'TransformThrew',
      u4: 'UndeclaredChange',
      u5: 'UndeclaredChange',
      u6: 'InvalidValue',
      u7: 'InvalidValue',
    });
    for (const { error } of failures) expect(error.message).not.toMatch(/Grace|Hopper|Ada/);
    const after = await byId();
    for (const [id, item] of Object.entries(after)) expect('touched' in item, id).toBe(!(id in names));
  });

  it('that takes long for one item holds up nothing but the request it could fill', async () => {
    await fill(numbers(51).map((n) => user(n)));
    const others = Promise.withResolvers<void>();
    let isDecided = false;
    const slow: File = {
      ...touch,
      transformUp: async (item: Item) => {
        if (item['id'] === 'u0') {
          await others.promise;
          isDecided = true;
        }
        return { ...item, touched: true };
      },
    };
    const sentAfterIt: boolean[] = [];
    proxy.before = (request) => {
      if (!isWrite(request)) return;
      sentAfterIt.push(isDecided);
      // It returns only now: a worker that holds up the other items for it would never get here.
      if (sentAfterIt.length === 2) others.resolve();
    };

    expect((await runPass(scratch, client, slow)).counters).toMatchObject({ changed: 51 });

    expect(sentAfterIt).toEqual([false, false, true]);
  });

  it('whose item the application changes while it is thinking decides again', async () => {
    await fill([user(1)]);
    let calls = 0;
    const file: File = {
      adds: ['first'],
      transformUp: async (item: Item) => {
        if (calls++ === 0) await scratch.put(user(1, { name: { S: 'Ada Lovelace' } }));
        return { ...item, first: String(item['name']).split(' ')[0] };
      },
    };

    expect((await runPass(scratch, client, file)).counters).toMatchObject({ changed: 1 });
    expect((await byId())['u1']).toEqual(onWire(user(1, { name: { S: 'Ada Lovelace' }, first: { S: 'Ada' } })));
  });
});

describe('a table that is busy', () => {
  const throttling: Answer = { status: 400, body: { __type: 'com.amazonaws.dynamodb.v20120810#ThrottlingException', message: 'x' } };

  it('is read and written until all is done, and counted once', async () => {
    await fill(numbers(60).map((n) => user(n)));
    let asked = 0;
    proxy.before = (request) => {
      requests.push(request);
      return asked++ % 2 === 0 ? throttling : undefined;
    };

    expect((await runPass(scratch, client, splitName)).counters).toMatchObject({ scanned: 60, changed: 60, writeUnits: 60 });
    expect(Object.values(await byId()).every((item) => 'first' in item)).toBe(true);
  });

  it('is written until all is done where it is busy for some items of a request, inside HTTP 200', async () => {
    await fill(numbers(30).map((n) => user(n)));
    let asked = 0;
    proxy.before = ({ operation, body }) => {
      if (operation !== 'BatchExecuteStatement' || asked++ > 3) return;
      const statements = body['Statements'] as unknown[];
      return {
        status: 200,
        body: { Responses: statements.map(() => ({ Error: { Code: 'ProvisionedThroughputExceeded', Message: 'x' } })) },
      };
    };

    expect((await runPass(scratch, client, splitName)).counters).toMatchObject({ scanned: 30, changed: 30, failed: 0 });
  });

  it('and reads an item again that it did not show in a conflict', async () => {
    await fill([user(1, { list: { NULL: true } })]);
    let reads = 0;
    interfere(() => scratch.put(user(1, { list: { L: [{ M: {} }] } })));
    const { before } = proxy;
    proxy.before = (request) => (request.operation === 'GetItem' && reads++ < 2 ? throttling : before(request));

    expect((await runPass(scratch, client, splitName)).counters).toMatchObject({ changed: 1 });
    expect(reads).toBeGreaterThanOrEqual(2);
  });
});

describe('an answer that is lost', () => {
  it('of writes that happened is found out, and each counts as changed once', async () => {
    await fill(numbers(60).map((n) => user(n)));
    let lost = 0;
    proxy.after = (request) => (isWrite(request) && lost++ < 2 ? 'lost' : undefined);

    expect((await runPass(scratch, client, splitName)).counters).toMatchObject({ scanned: 60, changed: 60, kept: 0 });
    expect(lost).toBeGreaterThan(2);
  });

  it('of a delete that happened does not delete what the application created since', async () => {
    const removeAll: File = { deletes: true, transformUp: (item: Item) => (item['name'] ? undefined : []) };
    await fill([key('guest')]);
    let lost = false;
    proxy.after = async (request) => {
      if (!isWrite(request) || lost) return;
      lost = true;
      await scratch.put(user('guest'));
      return 'lost';
    };

    expect((await runPass(scratch, client, removeAll)).counters).toMatchObject({ scanned: 1, unchanged: 1 });
    expect(await byId()).toEqual({ uguest: onWire(user('guest')) });
  });
});

describe('a table out of reach', () => {
  it.each(['AccessDeniedException', 'ResourceNotFoundException'])('ends the segment at once, with its name: %s', async (name) => {
    await fill(numbers(60).map((n) => user(n)));
    proxy.before = (request) => {
      requests.push(request);
      return isWrite(request) ? { status: 400, body: { __type: `com.amazonaws.dynamodb.v20120810#${name}`, message: 'x' } } : undefined;
    };

    await expect(runPass(scratch, client, splitName)).rejects.toMatchObject({ name });

    expect(writes().length).toBeLessThanOrEqual(3);
    expect(Object.values(await byId()).some((item) => 'first' in item)).toBe(false);
  });
});
