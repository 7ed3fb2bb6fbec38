import { defineTransformation, type Transform } from 'dynamodt';
import { expectTypeOf, it } from 'vitest';

interface User {
  id: string;
  fullName?: string;
  age?: number;
}

const define = defineTransformation<User>();

it('types what functions get', () => {
  define({
    sequence: 3,
    adds: ['firstName', 'lastName'],
    prepare: async ({ scan, table }) => {
      expectTypeOf(table).toEqualTypeOf<string>();
      for await (const item of scan(['id'])) item['id'];
      return { cities: ['a'], n: 1 };
    },
    transformUp(user, { preparation, direction }) {
      expectTypeOf(user).toEqualTypeOf<User>();
      expectTypeOf(direction).toEqualTypeOf<'up' | 'down'>();
      expectTypeOf(preparation).toEqualTypeOf<{ readonly cities: readonly string[]; readonly n: number }>();
      if (!user.fullName) return;
      const [firstName, ...rest] = user.fullName.split(' ');
      return { ...user, firstName, lastName: rest.join(' ') };
    },
    transformDown({ firstName, lastName, ...user }, { preparation }) {
      expectTypeOf(lastName).toEqualTypeOf<string | undefined>();
      expectTypeOf(preparation.n).toEqualTypeOf<number>();
      return user;
    },
  });
});

it('takes what a file declares', () => {
  define({
    sequence: 1,
    removes: ['fullName'],
    transformUp: ({ fullName, ...user }) => (user.age === undefined ? undefined : user),
    transformDown: (user) => ({ ...user, fullName: 'x' }),
  });
  define({
    sequence: 1,
    overwrites: ['age'],
    transformUp: (user) => ({ ...user, age: String(user.age) }),
    transformDown: (user) => ({ ...user, age: Number(user.age) }),
  });
  define({ sequence: 1, inserts: true, deletes: true, transformUp: (user) => [{ ...user, id: `new-${user.id}` }] });
  define({ sequence: 1, deletes: true, transformUp: (user) => (user.age ? [] : undefined) });
  define({ sequence: 1, adds: ['a'], transformUp: async (user) => ({ ...user, a: 1 }) });
  define({ sequence: 1, seed: [{ id: '1' }] });
  defineTransformation()({ sequence: 1, adds: ['a'], transformUp: (item) => ({ ...item, a: 1 }), transformDown: ({ a, ...item }) => item });
});

interface Robot {
  id: string;
  kind: 'robot';
  model: string;
}
interface Person {
  id: string;
  kind: 'person';
  name: string;
}

it('takes items of several kinds, functions from elsewhere, and results of any type', () => {
  const kinds = defineTransformation<Person | Robot>();
  kinds({
    sequence: 1,
    adds: ['short'],
    transformUp: (item) => (item.kind === 'person' ? { ...item, short: item.name.slice(0, 3) } : { ...item, short: item.model }),
    transformDown: ({ short, ...item }) => item,
  });
  const elsewhere: Transform<User> = (user) => ({ ...user, a: 1 });
  define({ sequence: 1, adds: ['a'], transformUp: elsewhere, transformDown: elsewhere });
  define({ sequence: 1, adds: ['a'], transformUp: (user) => JSON.parse(JSON.stringify(user)) });
  define({ sequence: 1, adds: ['a'], transformUp: (user): object | undefined => ({ ...user, a: 1 }) });
  define({ sequence: 1, adds: ['a'], transformUp: (user) => Object.fromEntries(Object.entries(user)) });
  define({
    sequence: 1,
    overwrites: ['age'],
    transformUp(user) {
      user.age = 1;
      return user;
    },
  });
  const names: string[] = ['a'];
  define({ sequence: 1, adds: names, transformUp: (user) => ({ ...user, a: 1 }) });
});

it('refuses what it does not declare', () => {
  // @ts-expect-error: it adds firstName
  define({ sequence: 1, transformUp: (user) => ({ ...user, firstName: 'x' }) });
  // @ts-expect-error: it adds b
  define({ sequence: 1, adds: ['a'], transformUp: (user) => (user.age ? { ...user, a: 1 } : { ...user, b: 1 }) });
  // @ts-expect-error: it removes fullName
  define({ sequence: 1, transformUp: ({ fullName, ...user }) => user });
  // @ts-expect-error: it changes age
  define({ sequence: 1, transformUp: (user) => ({ ...user, age: String(user.age) }) });
  // @ts-expect-error: DynamoDB holds no Date
  define({ sequence: 1, adds: ['at'], transformUp: (user) => ({ ...user, at: new Date() }) });
  // @ts-expect-error: it deletes
  define({ sequence: 1, transformUp: (user) => (user.age ? [] : undefined) });
  // @ts-expect-error: the id is lost
  define({ sequence: 1, transformUp: () => ({ fullName: 'x' }) });
  // @ts-expect-error: down adds an attribute that is not in removes
  define({ sequence: 1, adds: ['a'], transformUp: (user) => ({ ...user, a: 1 }), transformDown: ({ a, ...user }) => ({ ...user, b: 1 }) });
  // @ts-expect-error: a text is no item
  define({ sequence: 1, transformUp: (user) => user.id });
  // @ts-expect-error: null is no item
  define({ sequence: 1, transformUp: (user) => (user.age ? null : user) });
  // @ts-expect-error: a number is no item
  define({ sequence: 1, transformUp: async (user) => user.id.length });
});

it('refuses wrong fields', () => {
  // @ts-expect-error: misspelt
  define({ sequence: 1, add: ['a'], transformUp: (user) => user });
  // @ts-expect-error: no list
  define({ sequence: 1, adds: 'a', transformUp: (user) => user });
  // @ts-expect-error: no flag
  define({ sequence: 1, deletes: 'yes', transformUp: (user) => user });
  // @ts-expect-error: no number
  define({ sequence: '1', transformUp: (user) => user });
  // @ts-expect-error: no sequence
  define({ transformUp: (user) => user });
  // @ts-expect-error: no such attribute
  define({ sequence: 1, transformUp: (user) => ({ ...user, id: user.name }) });
  define({
    sequence: 1,
    adds: ['a'],
    transformUp(user) {
      // @ts-expect-error: functions have no this
      return this.adds ? user : undefined;
    },
  });
});

it('knows the names of look-ups in the functions and in prepare', () => {
  defineTransformation<User>()({
    sequence: 3,
    adds: ['price'],
    lookups: { prices: 'Prices', users: { table: 'Users', cache: 'segment' } },
    prepare: async ({ look }) => (await look.prices.query({ id: 'a' })).length,
    transformUp: async (user, { look, preparation }) => {
      expectTypeOf(preparation).toEqualTypeOf<number>();
      expectTypeOf(await look.prices.get<{ price: number }>({ id: 'a' })).toEqualTypeOf<{ price: number } | undefined>();
      await look.self.query({ id: user.id }, { sortKey: { beginsWith: 'a' }, limit: 1 });
      // @ts-expect-error: no such look-up is declared
      await look.costs?.get({ id: 'a' });
      return { ...user, price: 1 };
    },
  });
});

it('knows what the partitions of a version may depend on', () => {
  defineTransformation<{ id: string }>()({
    sequence: 3,
    adds: ['flag'],
    parameters: { tenant: 'a' },
    prepare: () => ({ orphans: ['u1', 'u2'] }),
    only: {
      partitions: ({ preparation, parameters, startedAt }) => {
        expectTypeOf(preparation.orphans).toEqualTypeOf<readonly string[]>();
        expectTypeOf(parameters.tenant).toEqualTypeOf<string>();
        expectTypeOf(startedAt).toEqualTypeOf<number>();
        return [...preparation.orphans, parameters.tenant];
      },
      sortKey: { between: [1, 2] },
    },
    transformUp: (item) => ({ ...item, flag: true }),
  });
  // @ts-expect-error a condition on the sort key holds within partitions
  defineTransformation()({ sequence: 3, only: { index: 'a', sortKey: { equals: 1 } } });
  // @ts-expect-error one condition only
  defineTransformation()({ sequence: 3, only: { partitions: ['a'], sortKey: { equals: 1, atLeast: 2 } } });
  // @ts-expect-error partitions or an index
  defineTransformation()({ sequence: 3, only: {} });
});
