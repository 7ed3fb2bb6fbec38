import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterUpdate, type ItemDecision } from '../../../../core/change/change.ts';
import { bindTransformation } from '../../../../core/change/decide-change.ts';
import { ItemError } from '../../../../core/errors.ts';
import type { Direction, Item, Transform } from '../../../../core/transformation/contract.ts';
import { sourceLocation } from '../../../../core/transformation/thrown-error.ts';
import { decodeImage, type Image, sameImage } from '../../../../core/values/attribute-value.ts';
import type { TableShape } from '../../../../core/values/table-shape.ts';
import { imageWithoutKey } from '../../../support/arbitrary-image.ts';
import { growth, lessThanQuadratic } from '../../../support/growth.ts';
import { contextFor, type File, load, usersShape } from '../../../support/transformations.ts';

const id = { id: { S: 'u1' } };

function decide(file: File, image: Image, direction: Direction = 'up'): Promise<ItemDecision> {
  return Promise.resolve(bindTransformation(load(file), usersShape, contextFor(direction)).decide({ ...id, ...image }));
}

async function refusal(...args: Parameters<typeof decide>): Promise<ItemError> {
  const error: unknown = await decide(...args).then(
    () => new Error('It was not refused.'),
    (reason) => reason,
  );
  if (error instanceof ItemError) return error;
  throw error;
}

function update(set: Image, remove: string[] = [], differing = false): ItemDecision {
  return {
    outcome: 'changed',
    change: { item: { kind: 'update', set, remove }, inserts: [] },
    differing,
  };
}

const splitName: File = {
  adds: ['first', 'last'],
  transformUp: (user: { name?: string }) => {
    if (!user.name) return;
    const [first, ...rest] = user.name.split(' ');
    return { ...user, first, last: rest.join(' ') };
  },
};

describe('calling the function', () => {
  it('hands it the item and its context', async () => {
    let called: unknown[] = [];
    const up: Transform = (...args) => {
      called = args;
    };

    await decide({ transformUp: up }, { tags: { SS: ['a'] } });

    expect(called).toEqual([
      { id: 'u1', tags: new Set(['a']) },
      { ...contextFor('up'), tableNameOf: expect.any(Function), look: { self: expect.any(Object) } },
    ]);
  });

  it('calls transformUp on the way up and transformDown on the way down', async () => {
    const file: File = {
      adds: ['way'],
      transformUp: (item: Item) => ({ ...item, way: 'up' }),
      transformDown: ({ way: _, ...item }: Item) => item,
    };

    expect(await decide(file, {})).toEqual(update({ way: { S: 'up' } }));
    expect(await decide(file, { way: { S: 'up' } }, 'down')).toEqual(update({}, ['way']));
  });

  it('leaves the item where it returns nothing, also from a promise', async () => {
    expect(await decide({ transformUp: () => {} }, {})).toEqual({ outcome: 'unchanged' });
    expect(await decide({ transformUp: async () => {} }, {})).toEqual({ outcome: 'unchanged' });
  });

  it('waits for a promise of a result', async () => {
    expect(await decide({ adds: ['a'], transformUp: async (item: Item) => ({ ...item, a: 1 }) }, {})).toEqual(update({ a: { N: '1' } }));
  });

  it('takes a changed item that is returned, where the change is declared', async () => {
    const up: Transform = (item) => Object.assign(item, { a: 1 });

    expect(await decide({ adds: ['a'], transformUp: up }, {})).toEqual(update({ a: { N: '1' } }));
    expect((await refusal({ transformUp: up }, {})).name).toBe('UndeclaredChange');
  });

  it.each<[string, Transform<never>]>([
    ['an attribute that is added', (item) => void Object.assign(item, { a: 1 })],
    ['an attribute that is changed', (item) => void Object.assign(item, { name: 'x' })],
    ['an attribute that is removed', (item) => void Reflect.deleteProperty(item, 'name')],
    ['an attribute that is replaced by another', (item) => void (Reflect.deleteProperty(item, 'name') && Object.assign(item, { a: 1 }))],
    ['a nested list', (item: { list: unknown[] }) => void item.list.push(1)],
    ['a nested map', (item: { map: object }) => void Object.assign(item.map, { a: 1 })],
    ['a set', (item: { set: Set<string> }) => void item.set.add('b')],
    ['bytes in place', (item: { bytes: Uint8Array }) => void item.bytes.fill(7)],
    ['an attribute set to undefined', (item) => void Object.assign(item, { name: undefined })],
    ['an async function', async (item) => void Object.assign(item, { a: 1 })],
  ])('fails with ForgotReturn where it changes its item but returns nothing: %s', async (_, up) => {
    const image: Image = {
      name: { S: 'Grace' },
      list: { L: [] },
      map: { M: {} },
      set: { SS: ['a'] },
      bytes: { B: Uint8Array.of(1) },
    };

    expect(await refusal({ transformUp: up, adds: ['a'], overwrites: ['name', 'list'] }, image)).toMatchObject({
      name: 'ForgotReturn',
      message: expect.stringContaining('Return the item, or leave it untouched.'),
    });
  });

  it.each<[string, Transform]>([
    ['a text', () => 'item' as unknown as object],
    ['null', () => null as unknown as object],
    ['false', () => false as unknown as object],
    ['a class instance', () => new (class User {})()],
    ['a map', () => new Map()],
    ['an array of texts', () => ['item'] as unknown as object[]],
    ['an array of arrays', () => [[]]],
    ['an array with undefined', (item) => [item, undefined as unknown as object]],
  ])('fails with InvalidValue where it returns %s', async (_, up) => {
    expect(await refusal({ transformUp: up }, {})).toMatchObject({
      name: 'InvalidValue',
      message: 'The function returned something other than an item, an array of items, or undefined.',
    });
  });

  it('takes an item without prototype', async () => {
    expect(await decide({ adds: ['a'], transformUp: (item: Item) => Object.assign(Object.create(null), item, { a: 1 }) }, {})).toEqual(
      update({ a: { N: '1' } }),
    );
  });

  it('fails with InvalidValue where a result cannot be read', async () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    const unreadable = Object.defineProperty({ id: 'u1' }, 'name', {
      enumerable: true,
      get: () => {
        throw new Error('Grace Hopper');
      },
    });

    for (const result of [unreadable, { id: 'u1', name: proxy }]) {
      const error = await refusal({ transformUp: () => result, adds: ['name'] }, {});
      expect(error.name).toBe('InvalidValue');
      expect(error.message).not.toContain('Grace');
    }
  });
});

describe('a function that throws', () => {
  const stack = (...frames: string[]) => ['TypeError: Grace Hopper', '    at secret/v9.ts:9', ...frames].join('\n');
  const refusalOf = (transformUp: Transform, file?: string) =>
    Promise.resolve(bindTransformation(load({ transformUp }, file), usersShape, contextFor('up')).decide(id)).then(
      () => Promise.reject(new Error('It was not refused.')),
      (reason: ItemError) => reason,
    );
  const thrown = (error: unknown, file?: string) => [
    refusalOf(() => {
      throw error;
    }, file),
    refusalOf(() => Promise.reject(error), file),
  ];

  it('fails the item with TransformThrew and the class of the error, at once or later, and never its message', async () => {
    for (const refused of thrown(new RangeError('Grace Hopper')))
      expect(await refused).toMatchObject({ name: 'TransformThrew', message: 'The function threw RangeError.' });
    for (const refused of [...thrown('Grace Hopper'), ...thrown(undefined), ...thrown({ name: 'Grace Hopper' })])
      expect(await refused).toMatchObject({
        name: 'TransformThrew',
        message: 'The function threw something that is no Error.',
        place: undefined,
      });
    for (const refused of thrown(Object.assign(new Error('x'), { name: 'Grace Hopper' })))
      expect((await refused).message).not.toContain('Grace');
  });

  it.each([
    ['    at transformUp (/var/task/transformations/Users/v3_split_name.ts:12:5)', 'Users/v3_split_name.ts:12'],
    ['    at file:///var/task/transformations/Users/v3.ts:7:1', 'Users/v3.ts:7'],
    ['    at async Object.up (C:\\app\\transformations\\Users\\v3_a-b.js:4:9)', 'Users/v3_a-b.js:4'],
    [
      '    at helper (/var/task/transformations/shared/names.ts:1:1)\n    at /var/task/transformations/My.Table-1/v3.mts:2:3',
      'My.Table-1/v3.mts:2',
    ],
    ['    at node:internal/process:1:1', undefined],
  ])('is found in its file by the frames of the stack: %s', async (frame, place) => {
    const error = new TypeError('Grace Hopper');
    error.stack = ['TypeError: Grace Hopper', frame].join('\n');

    for (const refused of thrown(error, place?.replace(/:.*/, ''))) expect((await refused).place).toBe(place);
  });

  it.each([
    'at Grace/Hopper (/app/Grace/v3_Hopper.ts:12:5)',
    'at /app/Users/v3_Hopper.ts:12:5',
    'at /app/Users/v3.ts:5551234567:1',
    'at /app/Users/v3.ts:12',
    'Grace Hopper /app/Users/v3.ts:12:5',
  ])('is found nowhere if the frame does not name a line and column of its own file: %s', async (frame) => {
    const error = new TypeError('x');
    error.stack = `TypeError: x\n    ${frame}`;

    for (const refused of thrown(error)) expect((await refused).place).toBeUndefined();
  });

  it('is named in one pass over its stack, however long a frame is', async () => {
    const frames = [
      (length: number) => 'a'.repeat(length),
      (length: number) => `a/v${'1'.repeat(length)}`,
      (length: number) => '/v1'.repeat(length / 3),
      (length: number) => ':1'.repeat(length / 2),
    ];
    const withFrame = (frame: string): Error => Object.assign(new TypeError('x'), { stack: `TypeError: x\n    at ${frame}` });

    for (const frame of frames) {
      for (const refused of thrown(withFrame(frame(80_000)))) expect((await refused).place).toBeUndefined();
      for (const size of [60, 6_000])
        expect(
          growth((length) => {
            const error = withFrame(frame(length));
            return () => sourceLocation(error, undefined);
          }, size),
          `${frame(10)}, ${size} characters`,
        ).toBeLessThan(lessThanQuadratic);
    }
  });

  it('fails the item, and not its segment, if reading the error throws', async () => {
    const unreadable = Object.defineProperties(new Error('x'), {
      stack: {
        get: () => {
          throw new Error('Grace Hopper');
        },
      },
      name: {
        get: () => {
          throw new Error('Grace Hopper');
        },
      },
    });

    for (const refused of thrown(unreadable))
      expect(await refused).toMatchObject({ name: 'TransformThrew', message: 'The function threw something that is no Error.' });
  });

  it.each(['Grace Hopper', `Grace${'x'.repeat(36)}`, '4711'])('is not called %s, which is no name of a class', async (name) => {
    for (const refused of thrown(Object.assign(new Error('x'), { name })))
      expect((await refused).message).toBe('The function threw something that is no Error.');
  });

  it('is never found in a message that looks like a frame', async () => {
    const error = new TypeError('Grace Hopper\n    at secret/v9.ts:9');
    error.stack = stack('    at transformUp (/app/Users/v3.ts:12:5)');

    for (const refused of thrown(error)) expect((await refused).place).toBe('Users/v3.ts:12');
  });

  it('is found at the line that throws', async () => {
    const { transformUp } = await import('../../../support/fixtures/Users/v3_throws.ts');

    expect((await refusalOf(transformUp, 'Users/v3_throws.ts')).place).toBe('Users/v3_throws.ts:3');
  });
});

describe('a version that only adds', () => {
  it('sets what is missing and nothing else', async () => {
    expect(await decide(splitName, { name: { S: 'Grace Brewster Hopper' } })).toEqual(
      update({ first: { S: 'Grace' }, last: { S: 'Brewster Hopper' } }),
    );
    expect(await decide(splitName, {})).toEqual({ outcome: 'unchanged' });
  });

  it('keeps what exists and counts what differs', async () => {
    const name = { S: 'Grace Hopper' };

    expect(await decide(splitName, { name, first: { S: 'Grace' }, last: { S: 'Hopper' } })).toEqual({ outcome: 'kept', differing: false });
    expect(await decide(splitName, { name, first: { S: 'Ada' }, last: { S: 'Hopper' } })).toEqual({ outcome: 'kept', differing: true });
  });

  it('may use a function that never gives the same twice, as what is there wins', async () => {
    let calls = 0;
    const file: File = { adds: ['n'], transformUp: (item: Item) => ({ ...item, n: ++calls }) };

    expect(await decide(file, {})).toEqual(update({ n: { N: '1' } }));
    expect(await decide(file, { n: { N: '1' } })).toEqual({ outcome: 'kept', differing: true });
  });
});

describe('a version that does more than add', () => {
  it.each<[string, File, Image]>([
    ['overwrites', { overwrites: ['n'], transformUp: (item: { n: number }) => ({ ...item, n: item.n + 1 }) }, { n: { N: '1' } }],
    ['inserts', { inserts: true, transformUp: (item: { id: string }) => [item, { id: `${item.id}-copy` }] }, {}],
    [
      'inserts from what it inserted',
      {
        inserts: true,
        adds: ['copied'],
        transformUp: (item: { id: string; copied?: boolean; depth?: number }) =>
          item.copied ? undefined : [{ ...item, copied: true }, { id: `${item.id}-copy` }],
      },
      {},
    ],
    ['moves', { inserts: true, deletes: true, transformUp: (item: { id: string }) => [{ ...item, id: `new-${item.id}` }] }, {}],
    [
      'removes by turns',
      {
        removes: ['a', 'b'],
        overwrites: [],
        transformUp: ({ a, ...item }: Item) => (a === undefined ? (({ b: _, ...rest }) => rest)(item) : item),
      },
      { a: { S: 'x' }, b: { S: 'x' } },
    ],
    [
      'deletes what it just wrote',
      { deletes: true, overwrites: ['n'], transformUp: (item: { n: number }) => (item.n === 2 ? [] : { ...item, n: 2 }) },
      { n: { N: '1' } },
    ],
  ])('fails with NotIdempotent where its own result changes again: %s', async (_, file, image) => {
    expect(await refusal(file, image)).toMatchObject({
      name: 'NotIdempotent',
      message: expect.stringContaining('guard on an attribute that the first call sets'),
    });
  });

  it.each<[string, File, Image, object]>([
    [
      'overwrites',
      { overwrites: ['n'], transformUp: (item: { n: string }) => ({ ...item, n: String(item.n) }) },
      { n: { N: '1' } },
      { set: { n: { S: '1' } } },
    ],
    ['removes', { removes: ['old'], transformUp: ({ old: _, ...item }: Item) => item }, { old: { S: 'x' } }, { remove: ['old'] }],
    ['deletes', { deletes: true, transformUp: () => [] }, {}, { kind: 'delete' }],
    [
      'moves what has the old key',
      {
        inserts: true,
        deletes: true,
        transformUp: (item: { id: string }) => (item.id.startsWith('new-') ? undefined : [{ ...item, id: `new-${item.id}` }]),
      },
      {},
      { kind: 'delete' },
    ],
  ])('may change what its own result would not change again: %s', async (_, file, image, item) => {
    expect(await decide(file, image)).toMatchObject({ outcome: 'changed', change: { item } });
  });

  it('is tried on its own result only where it changes something', async () => {
    let calls = 0;
    const up: Transform = (item) => {
      calls++;
      return item;
    };

    await decide({ transformUp: up, overwrites: ['n'] }, { n: { N: '1' } });

    expect(calls).toBe(1);
  });

  it('must not change again on the way down either', async () => {
    const file: File = { overwrites: ['n'], transformDown: (item: { n: number }) => ({ ...item, n: item.n - 1 }) };

    expect((await refusal(file, { n: { N: '1' } }, 'down')).name).toBe('NotIdempotent');
  });

  it('must not change again on the way down where it only adds on the way up', async () => {
    const file: File = {
      adds: ['a', 'b'],
      transformDown: ({ a, b, ...rest }: Item) => (a === undefined ? rest : { ...rest, b }),
    };

    expect((await refusal(file, { a: { N: '1' }, b: { N: '1' } }, 'down')).name).toBe('NotIdempotent');
  });
});

describe('a way back that is left out', () => {
  it('removes an added attribute where it is what transformUp gives for the item without it', async () => {
    const image: Image = { name: { S: 'Grace Hopper' }, first: { S: 'Grace' }, last: { S: 'Hopper' } };

    expect(await decide(splitName, image, 'down')).toEqual(update({}, ['first', 'last']));
  });

  it('keeps what the application changed since, and counts it as differing', async () => {
    const name = { S: 'Grace Hopper' };

    expect(await decide(splitName, { name, first: { S: 'Ada' }, last: { S: 'Lovelace' } }, 'down')).toEqual({
      outcome: 'kept',
      differing: true,
    });
    expect(await decide(splitName, { name, first: { S: 'Ada' }, last: { S: 'Hopper' } }, 'down')).toEqual(update({}, ['last'], true));
  });

  it('keeps what transformUp would not give at all', async () => {
    expect(await decide(splitName, { first: { S: 'Ada' } }, 'down')).toEqual({ outcome: 'kept', differing: true });
  });

  it('leaves an item that has none of the added attributes, without calling the function', async () => {
    const up: Transform = () => {
      throw new Error('called');
    };

    expect(await decide({ adds: ['first'], transformUp: up }, { name: { S: 'Grace' } }, 'down')).toEqual({ outcome: 'unchanged' });
  });

  it('fails the item where transformUp fails for it', async () => {
    const up: Transform = () => {
      throw new Error('x');
    };

    expect((await refusal({ adds: ['first'], transformUp: up }, { first: { S: 'x' } }, 'down')).name).toBe('TransformThrew');
  });

  it('restores any image that the version changed', async () => {
    await fc.assert(
      fc.asyncProperty(imageWithoutKey(), imageWithoutKey(), async (image, more) => {
        const added = Object.fromEntries(Object.entries(decodeImage(more)).filter(([name]) => !Object.hasOwn(image, name)));
        const file: File = { adds: Object.keys(added), transformUp: (item: Item) => ({ ...item, ...added }) };

        const up = await decide(file, image);
        const after =
          up.outcome === 'changed' && up.change.item.kind === 'update'
            ? afterUpdate({ ...id, ...image }, up.change.item.set, [])
            : { ...id, ...image };
        const down = await decide(file, after, 'down');
        const back =
          down.outcome === 'changed' && down.change.item.kind === 'update' ? afterUpdate(after, {}, down.change.item.remove) : after;
        expect(sameImage(back, { ...id, ...image })).toBe(true);
      }),
    );
  });
});

describe('seeds on the way down', () => {
  const seed = [{ id: 'u1', role: 'admin', at: 1 }];

  it('are deleted where they still are as they were inserted, in any spelling', async () => {
    expect(await decide({ seed }, { role: { S: 'admin' }, at: { N: '1.0' } }, 'down')).toEqual({
      outcome: 'changed',
      change: { item: { kind: 'delete' }, inserts: [] },
      differing: false,
    });
  });

  it('are found by their keys in any spelling of a number', async () => {
    const shape: TableShape = { ...usersShape, keys: [{ name: 'n', type: 'N' }] };
    const { decide: down } = bindTransformation(load({ seed: [{ n: 1e-7 }] }), shape, contextFor('down'));

    expect(await down({ n: { N: '0.0000001' } })).toMatchObject({ change: { item: { kind: 'delete' } } });
  });

  it('are kept where the application changed them, and counted as differing', async () => {
    for (const image of [
      { role: { S: 'user' }, at: { N: '1' } },
      { role: { S: 'admin' } },
      { role: { S: 'admin' }, at: { N: '1' }, more: { NULL: true } },
    ])
      expect(await decide({ seed }, image, 'down')).toEqual({ outcome: 'kept', differing: true });
  });

  it('are deleted at once where the version also transformed them, unless the application changed them', async () => {
    const file: File = { seed: [{ id: 'u1', v: 1 }], adds: ['n'], transformUp: (item: Item) => ({ ...item, n: 1 }) };
    const deleted = { outcome: 'changed', change: { item: { kind: 'delete' }, inserts: [] }, differing: false };

    expect(await decide(file, { v: { N: '1' }, n: { N: '1' } }, 'down')).toEqual(deleted);
    expect(await decide(file, { v: { N: '2' }, n: { N: '1' } }, 'down')).toEqual(update({}, ['n']));
    expect(await decide(file, { v: { N: '1' }, n: { N: '2' } }, 'down')).toEqual({ outcome: 'kept', differing: true });
  });

  it('leave other items alone, and what the version did to them is undone', async () => {
    const file: File = { seed: [{ id: 'u2' }], adds: ['n'], transformUp: (item: Item) => ({ ...item, n: 1 }) };

    expect(await decide({ seed: [{ id: 'u2' }] }, {}, 'down')).toEqual({ outcome: 'unchanged' });
    expect(await decide(file, { n: { N: '1' } }, 'down')).toEqual(update({}, ['n']));
  });
});

describe('a look-up that is answered differently from call to call', () => {
  function lookingUp(answers: readonly number[]): File {
    let calls = 0;
    return {
      overwrites: ['total'],
      transformUp: async (item: Item) => {
        const total = answers[Math.min(calls++, answers.length - 1)];
        return item['total'] === total ? undefined : { ...item, total };
      },
    };
  }

  it('makes the function decide again, and is not its fault', async () => {
    expect(await decide(lookingUp([1, 2]), {})).toMatchObject({ outcome: 'changed', change: { item: { set: { total: { N: '2' } } } } });
  });

  it('is its fault if it never decides the same twice', async () => {
    expect(await refusal(lookingUp(Array.from({ length: 50 }, (_, n) => n)), {})).toMatchObject({ name: 'NotIdempotent' });
  });
});
