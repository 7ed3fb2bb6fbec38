import { defineTransformation, insert, NumberValue, remove, secret, type Transform } from 'dynamodt';
import { missing, upgrade } from 'dynamodt/item';
import fc from 'fast-check';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { afterUpdate } from '../../../../core/change/change.ts';
import { bindTransformation } from '../../../../core/change/decide-change.ts';
import { checkExports } from '../../../../core/transformation/check-exports.ts';
import { decodeImage, type Image, sameImage } from '../../../../core/values/attribute-value.ts';
import { encodeItem } from '../../../../core/values/encode-value.ts';
import * as insertUsers from '../../../../transformations/Users/v1_insert_users.ts';
import { imageWithoutKey } from '../../../support/arbitrary-image.ts';
import { contextFor } from '../../../support/transformations.ts';

interface User {
  id: string;
  fullName?: string;
  born?: string;
}

const names = defineTransformation<User>()({
  sequence: 1,
  adds: ['firstName'],
  transformUp: (user) => (user.fullName ? { ...user, firstName: user.fullName.split(' ')[0] ?? '' } : undefined),
});
const years = defineTransformation<{ id: string; born?: string | number }>()({
  sequence: 2,
  overwrites: ['born'],
  transformUp: (user) => ({ ...user, born: Number(user.born) }),
});
const clean = {
  sequence: 3,
  removes: ['fullName'],
  transformUp: ({ fullName, ...user }: { fullName?: string; firstName?: string }) => (user.firstName ? user : undefined),
};

describe('upgrade', () => {
  it('gives the newest shape by all versions in the order of their sequences, whatever their form and their order', () => {
    const old = { id: '1', fullName: 'Ada Lovelace', born: '1815' };

    expect(upgrade(old, [clean, years, { default: names }])).toEqual({ id: '1', firstName: 'Ada', born: 1815 });
    expect(old).toEqual({ id: '1', fullName: 'Ada Lovelace', born: '1815' });
  });

  it('gives the item itself if no version changes it', () => {
    const user = { id: '1', firstName: 'Ada', born: 1815 };

    expect(upgrade(user, [names, years, clean])).toBe(user);
    expect(upgrade(user, [])).toBe(user);
  });

  it('leaves what the application has written in the place of what a version adds', () => {
    expect(upgrade({ id: '1', fullName: 'Ada Lovelace', firstName: 'Augusta' }, [names])).toEqual({
      id: '1',
      fullName: 'Ada Lovelace',
      firstName: 'Augusta',
    });
  });

  it('neither changes the item that it is given, nor copies what no version changes', () => {
    const inPlace = {
      sequence: 1,
      overwrites: ['list'],
      transformUp: (item: { list: { n: number }[] }) => {
        for (const element of item.list) element.n += 1;
        return item;
      },
    };
    const item = { id: '1', list: [{ n: 1 }], bytes: new Uint8Array([1]), tags: new Set(['a']), at: new Date(0), nothing: undefined };
    const frozen = Object.freeze({ ...item, list: Object.freeze([Object.freeze({ n: 1 })]) });

    const upgraded = upgrade(frozen, [inPlace]);

    expect(upgraded).toEqual({ ...item, list: [{ n: 2 }] });
    expect(frozen.list).toEqual([{ n: 1 }]);
    expect(upgraded).toMatchObject({ bytes: expect.toSatisfy((bytes) => bytes === item.bytes) });
  });

  it('shows functions numbers as a run does, and leaves those of the application as they are', () => {
    const seen: unknown[] = [];
    const looking = { sequence: 1, transformUp: (item: { n: unknown[] }) => void seen.push(...item.n) };
    const big = NumberValue.from('12345678901234567890');
    const item = { n: [1n, NumberValue.from('2'), big] };

    expect(upgrade(item, [looking])).toBe(item);
    expect(seen).toEqual([1, 2, big]);
  });

  it('gives a promise if a function is async, and only then', async () => {
    const slow = defineTransformation<{ id: string; firstName?: string }>()({
      sequence: 4,
      adds: ['length'],
      transformUp: async (user) => ({ ...user, length: user.firstName?.length ?? 0 }),
    });
    const later = upgrade({ id: '1', fullName: 'Ada Lovelace' }, [names, slow]);

    expect(later).toBeInstanceOf(Promise);
    await expect(later).resolves.toEqual({ id: '1', fullName: 'Ada Lovelace', firstName: 'Ada', length: 3 });
    await expect(missing({ id: '1' }, [names, slow])).resolves.toEqual([4]);
  });

  it('hands on what a function throws', () => {
    const throwing = { sequence: 1, transformUp: () => fail() };
    const fail = (): never => {
      throw new RangeError('mine');
    };

    expect(() => upgrade({ id: '1' }, [throwing])).toThrow(new RangeError('mine'));
  });

  it('decides as a run does, for any item, result and declaration', async () => {
    const attribute = fc.constantFrom('a', 'b', 'c', 'd');
    const outcomes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(
        fc.tuple(imageWithoutKey(), imageWithoutKey()),
        fc.dictionary(attribute, fc.constantFrom('adds', 'overwrites', 'removes')),
        fc.array(fc.tuple(attribute, fc.constantFrom('set', 'remove', 'mark')), { maxLength: 3 }),
        async ([stored, other], kinds, acts) => {
          const image: Image = { id: { S: '1' }, ...renamed(stored) };
          const declared = (wanted: string) => Object.keys(kinds).filter((name) => kinds[name] === wanted);
          const file = {
            sequence: 1,
            ...{ adds: declared('adds'), overwrites: declared('overwrites'), removes: declared('removes') },
            transformUp: (item: { [name: string]: unknown }) => {
              const result = { ...item };
              for (const [name, act] of acts)
                if (act === 'remove') delete result[name];
                else result[name] = act === 'mark' ? remove() : (decodeImage(renamed(other))[name] ?? undefined);
              return result;
            },
          };
          const decided = await byEngine(file, image);
          const upgraded = await Promise.resolve()
            .then(() => upgrade(decodeImage(image), [file]))
            .then(encodeItem, nameOf);

          outcomes.add(typeof decided === 'string' ? decided : String(sameImage(decided, image)));
          if (typeof decided === 'string' || typeof upgraded === 'string') expect(upgraded).toEqual(decided);
          else expect(sameImage(upgraded, decided)).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
    expect([...outcomes].sort()).toEqual(['InvalidValue', 'UndeclaredChange', 'false', 'true']);
  });

  it.each([
    ['deletes the item', { deletes: true, transformUp: () => [] }, 'v1 deletes the item, so it has no newer shape.'],
    ['says that the item shall not stay', { deletes: true, transformUp: () => remove() }, 'v1 deletes the item'],
    ['returns several items', { inserts: true, transformUp: (item: object) => [item, { id: '2' }] }, 'v1 returned 2 items'],
    ['returns no item', { transformUp: () => 'text' }, 'v1: The function returned something other than an item'],
    [
      'changes what is not declared',
      { transformUp: () => ({ id: '2' }) },
      'v1: The function changes "id", which its file does not declare.',
    ],
    ['is about some items', { only: { index: 'i' }, transformUp: () => undefined }, '`{ only: { 1: (item) => … } }`'],
  ])('refuses a version that %s, and says why', (_, file, message) => {
    expect(() => upgrade({ id: '1' }, [{ sequence: 1, ...file }])).toThrow(message);
  });

  it.each([
    ['of the type undefined', undefined],
    ['null', null],
    ['a list', [{ id: '1' }]],
    ['of the type string', '{"name":"secret"}'],
  ])('says that there is no item, and nothing of what it gets, if that is %s', (name, item) => {
    const version = { sequence: 1, adds: ['x'], transformUp: (user: object) => ({ ...user, x: 1 }) };
    const given = item as unknown as object;
    const problem = `An item is an object with its attributes, and not ${name}. Where`;
    expect(() => upgrade(given, [version])).toThrow(problem);
    expect(() => missing(given, [version])).toThrow(problem);
  });

  it('leaves out what a version inserts beside the item', () => {
    const file = { sequence: 1, inserts: true, adds: ['n'], transformUp: (item: object) => [{ ...item, n: 1 }, insert({ id: '2' })] };

    expect(upgrade({ id: '1' }, [file])).toEqual({ id: '1', n: 1 });
  });

  it('leaves items that a version is not about', () => {
    const file = { sequence: 1, only: { partitions: ['1'] }, adds: ['n'], transformUp: (item: object) => ({ ...item, n: 1 }) };
    const only = { 1: ({ id }: { id: string }) => id === '1' };

    expect(upgrade({ id: '1' }, [file], { only })).toEqual({ id: '1', n: 1 });
    expect(upgrade({ id: '2' }, [file], { only })).toEqual({ id: '2' });
  });

  it.each([
    ['no file', [{}], 'One of the given versions is no transformation file.'],
    ['a file twice', [names, { default: names }], 'Two of the given versions have the sequence 1.'],
  ])('refuses %s', (_, versions, message) => {
    expect(() => upgrade({ id: '1' }, versions)).toThrow(message);
  });
});

describe('the context of upgrade', () => {
  const file = (use: (context: { [name: string]: never }) => unknown, fields: object = {}) => ({
    sequence: 3,
    adds: ['used'],
    ...fields,
    transformUp: (item: object, context: { [name: string]: never }) => ({ ...item, used: use(context) }),
  });

  it('has the parameters and preparations that it is given, and the defaults of the file', () => {
    const parameters = { days: 14, text: 'a', token: secret('s') };
    const using = file(({ parameters, preparation }) => [parameters, preparation], { parameters, prepare: () => 1 });
    const options = { parameters: { 3: { days: 30 } }, preparation: { 3: [1] } };

    expect(upgrade({ id: '1' }, [using], options)).toEqual({ id: '1', used: [{ days: 30, text: 'a', token: 's' }, [1]] });
  });

  it.each([
    ['a preparation', file(({ preparation }) => preparation, { prepare: () => 1 }), '`{ preparation: { 3: … } }`'],
    [
      'a parameter without a default',
      file(({ parameters }) => parameters?.['token'], { parameters: { token: secret() } }),
      'v3 uses context.parameters.token, which is not known outside of a run. Give it in the options: `{ parameters: { 3: { token: … } } }`.',
    ],
    ['look-ups', file(({ look }) => look), '`{ context: { look: … } }`'],
    ['the start of the run', file(({ startedAt }) => startedAt), '`{ context: { startedAt: … } }`'],
  ])('says what is not given when a function uses it: %s', (_, version, message) => {
    expect(() => upgrade({ id: '1' }, [version])).toThrow(message);
  });

  it('has what it is given for all versions, and says nothing of what no function uses', () => {
    const using = file(({ startedAt, direction, log, ...rest }) => [startedAt, direction, typeof log, Object.keys(rest).length > 0]);

    expect(upgrade({ id: '1' }, [using], { context: { startedAt: 5 } })).toEqual({ id: '1', used: [5, 'up', 'function', true] });
  });
});

describe('missing', () => {
  it('tells by which versions an item would be changed, so which shape it has', () => {
    const versions = [names, years, clean];

    expect(missing({ id: '1', fullName: 'Ada Lovelace', born: '1815' }, versions)).toEqual([1, 2, 3]);
    expect(missing({ id: '1', fullName: 'Ada Lovelace', firstName: 'Ada', born: 1815 }, versions)).toEqual([3]);
    expect(missing({ id: '1', firstName: 'Ada', born: 1815 }, versions)).toEqual([]);
  });
});

describe('the types of upgrade', () => {
  const old: User = { id: '1', fullName: 'Ada Lovelace', born: '1815' };

  it('are those of the results of the functions', () => {
    expectTypeOf(upgrade(old, [names])).toEqualTypeOf<{ id: string; fullName?: string; born?: string; firstName?: string }>();
    expectTypeOf(upgrade(old, [names, years]).born).toEqualTypeOf<number>();
    expectTypeOf(upgrade(old, [{ default: names }]).firstName).toEqualTypeOf<string | undefined>();
    expectTypeOf(upgrade(old, [insertUsers])).toEqualTypeOf<User>();
    expectTypeOf(missing(old, [names, years])).toEqualTypeOf<number[]>();
  });

  it('have what a version removes only if it may leave the item', () => {
    const always = { sequence: 3, removes: ['fullName'], transformUp: ({ fullName, ...user }: { id: string; fullName?: string }) => user };

    expectTypeOf(upgrade(old, [always])).toEqualTypeOf<{ id: string; born?: string }>();
    expectTypeOf(upgrade(old, [clean]).fullName).toEqualTypeOf<string | undefined>();
  });

  it('are a promise if a function is async, and may be one if its type does not say', () => {
    const slow = { sequence: 4, adds: ['n'], transformUp: async (user: User) => ({ ...user, n: 1 }) };
    const unknown: { sequence: number; transformUp: Transform<User> } = { sequence: 2, transformUp: () => undefined };

    expectTypeOf(upgrade(old, [names, slow])).toExtend<Promise<{ n: number }>>();
    expectTypeOf(missing(old, [unknown])).toEqualTypeOf<number[] | Promise<number[]>>();
    expectTypeOf(upgrade<{ whole: true }>(old, [unknown])).toEqualTypeOf<{ whole: true } | Promise<{ whole: true }>>();
  });
});

function renamed(image: Image): Image {
  return Object.fromEntries(Object.values(image).flatMap((value, index) => ('abcd'[index] ? [['abcd'[index], value]] : [])));
}

/** What a run makes of an image, or the name of the error. */
async function byEngine(file: object, image: Image): Promise<Image | string> {
  const shape = { name: 'T', keys: [], indexKeys: {}, indexes: [] };
  const bound = bindTransformation(checkExports(file, 'T/v1.ts'), shape, contextFor('up'));
  try {
    const decision = await bound.decide(image);
    const item = decision.outcome === 'changed' ? decision.change.item : undefined;
    return item?.kind === 'update' ? afterUpdate(image, item.set, item.remove) : image;
  } catch (error) {
    return nameOf(error);
  }
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : '';
}
