import { describe, expect, it } from 'vitest';
import type { FoundItem, ItemDecision } from '../../../../core/change/change.ts';
import { bindTransformation } from '../../../../core/change/decide-change.ts';
import { trialOf } from '../../../../core/change/trial/trial.ts';
import { isIrreversible } from '../../../../core/change/way-back.ts';
import { ItemError } from '../../../../core/errors.ts';
import type { Direction, Item } from '../../../../core/transformation/contract.ts';
import { insert, remove } from '../../../../core/transformation/other-items.ts';
import type { Image } from '../../../../core/values/attribute-value.ts';
import type { TableShape } from '../../../../core/values/table-shape.ts';
import { contextFor, type File, load, usersShape } from '../../../support/transformations.ts';

const shape: TableShape = {
  ...usersShape,
  others: { Emails: { name: 'stage-emails', keys: [{ name: 'address', type: 'S' }], indexKeys: {}, indexes: [] } },
};
const grace: Image = { id: { S: 'u1' }, email: { S: 'grace@navy.mil' } };
const email: Image = { id: { S: 'grace@navy.mil' }, of: { S: 'u1' } };
const others: Image = { id: { S: 'grace@navy.mil' }, of: { S: 'u2' } };

function isUser(item: Item): boolean {
  return item['email'] !== undefined;
}

const unique: File = {
  inserts: true,
  transformUp: (user: Item) => (isUser(user) ? [user, insert({ id: user['email'], of: user['id'] })] : undefined),
};
const moves: File = {
  writes: ['Emails'],
  deletes: true,
  transformUp: (user: Item) => (isUser(user) ? [remove(), insert({ address: user['email'] }, { table: 'Emails' })] : undefined),
};

async function decide(file: File, image: Image, found: readonly FoundItem[] = [], direction: Direction = 'up'): Promise<ItemDecision> {
  return bindTransformation(load(file), shape, contextFor(direction)).decide(image, undefined, found);
}

async function refusal(...parameters: Parameters<typeof decide>): Promise<ItemError> {
  try {
    await decide(...parameters);
  } catch (error) {
    if (error instanceof ItemError) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}

describe('an item that a function inserts by insert()', () => {
  it('is put where nothing is, and done where it is there and equal, although its source has no mark', async () => {
    expect(await decide(unique, grace)).toMatchObject({
      outcome: 'changed',
      change: { inserts: [], others: [{ kind: 'put', image: email }] },
    });
    expect(await decide(unique, grace, [{ image: email }])).toEqual({ outcome: 'unchanged' });
  });

  it('fails the source where something else is, by the key of that', async () => {
    const error = await refusal(unique, grace, [{ image: others }]);

    expect(error).toMatchObject({ name: 'TargetExists', target: { id: 'grace@navy.mil' }, targetTable: undefined });
  });

  it.each<[string, File]>([
    ['in the file', { ...unique, inserts: { onExisting: 'keep' } }],
    [
      'in the call',
      {
        ...unique,
        transformUp: (user: Item) =>
          isUser(user) ? [user, insert({ id: user['email'], of: user['id'] }, { onExisting: 'keep' })] : undefined,
      },
    ],
  ])('is kept as it is under `keep` %s', async (_, file) => {
    expect(await decide(file, grace, [{ image: others }])).toEqual({ outcome: 'kept', differing: true });
  });

  it('becomes what the function gives, of what is there and what is inserted, by an update of what differs', async () => {
    const merging: File = {
      ...unique,
      inserts: { onExisting: (there: Item, given: Item) => ({ ...there, also: given['of'] }) },
    };
    const existing = { ...others, count: { N: '3' } };

    expect(await decide(merging, grace, [{ image: existing }])).toMatchObject({
      change: { others: [{ kind: 'update', image: existing, set: { also: { S: 'u1' } }, remove: [] }] },
    });
    expect(await decide(merging, grace, [{ image: { ...existing, also: { S: 'u1' } } }])).toEqual({ outcome: 'unchanged' });
  });

  it.each<[string, (there: Item, given: Item) => unknown, string, string]>([
    [
      'changes its own result',
      (there) => ({ ...there, n: Number(there['n'] ?? 0) + 1 }),
      'NotIdempotent',
      'onExisting changes something again',
    ],
    ['gives another key', (there) => ({ ...there, id: 'x' }), 'InvalidValue', 'under another key'],
    ['gives no item', () => undefined, 'InvalidValue', 'no item'],
  ])('fails the source if onExisting %s', async (_, onExisting, name, text) => {
    const error = await refusal({ ...unique, inserts: { onExisting } as never }, grace, [{ image: others }]);

    expect(error).toMatchObject({ name, message: expect.stringContaining(text) });
  });

  it('must be asked for again as it is, or it is not idempotent', async () => {
    let number = 0;
    const random: File = {
      inserts: true,
      transformUp: (user: Item) => (isUser(user) ? [user, insert({ id: `e${number++}` })] : undefined),
    };
    const dated: File = {
      inserts: true,
      transformUp: (user: Item) => (isUser(user) ? [user, insert({ id: 'e', n: number++ }, { onExisting: 'keep' })] : undefined),
    };

    expect(await refusal(random, grace)).toMatchObject({ name: 'NotIdempotent' });
    expect(await decide(dated, grace)).toMatchObject({ outcome: 'changed' });
  });

  it('needs a mark if it is a plain element, also under `onExisting`', async () => {
    const plain: File = {
      inserts: { onExisting: 'keep' },
      adds: ['done'],
      transformUp: (user: Item) => (isUser(user) ? [{ ...user, done: true }, { id: user['email'] as string }] : undefined),
    };

    expect(await refusal(plain, grace)).toMatchObject({ name: 'NotIdempotent' });
    const marked: File = { ...plain, transformUp: (user, context) => (user['done'] ? undefined : plain.transformUp?.(user, context)) };
    expect(await decide(marked, grace, [{ image: others }])).toMatchObject({
      outcome: 'changed',
      change: { item: { set: { done: { BOOL: true } } } },
      differing: true,
    });
  });
});

describe('a move to another table', () => {
  it('deletes the item and puts the other one, each under its table’s key', async () => {
    expect(await decide(moves, grace)).toEqual({
      outcome: 'changed',
      change: {
        item: { kind: 'delete' },
        inserts: [],
        others: [{ kind: 'put', table: 'Emails', image: { address: { S: 'grace@navy.mil' } } }],
      },
      differing: false,
    });
  });

  it('asks that the other one is still there, if it was there before', async () => {
    const there = { table: 'Emails', image: { address: { S: 'grace@navy.mil' } } };

    expect(await decide(moves, grace, [there])).toMatchObject({
      change: { item: { kind: 'delete' }, others: [{ kind: 'check', ...there }] },
    });
  });

  it('cannot be taken back by a run of the table that it left', () => {
    expect(isIrreversible(load({ ...moves, transformDown: (item: Item) => item }))).toBe(true);
    expect(isIrreversible(load({ ...moves, deletes: false }))).toBe(false);
  });
});

describe('the way back', () => {
  const reversible: File = { ...unique, inserts: { onExisting: 'fail' } };

  it.each<[string, File]>([
    ['without a transformDown', reversible],
    ['with one', { ...unique, transformDown: () => undefined }],
  ])('deletes what is as up inserts it, and keeps what is not, %s', async (_, file) => {
    expect(await decide(file, grace, [{ image: email }], 'down')).toMatchObject({
      outcome: 'changed',
      change: { item: { set: {}, remove: [] }, others: [{ kind: 'delete', image: email }] },
    });
    expect(await decide(file, grace, [{ image: { ...email, since: { N: '1' } } }], 'down')).toEqual({ outcome: 'kept', differing: true });
    expect(await decide(file, grace, [], 'down')).toEqual({ outcome: 'unchanged' });
  });

  it('takes back what up inserts for the item as down leaves it', async () => {
    const file: File = {
      inserts: true,
      overwrites: ['email'],
      transformUp: (user: Item) =>
        isUser(user)
          ? [{ ...user, email: String(user['email']).toLowerCase() }, insert({ id: String(user['email']).toLowerCase() })]
          : undefined,
      transformDown: (user: Item) => (isUser(user) ? { ...user, email: String(user['email']).toUpperCase() } : undefined),
    };

    expect(await decide(file, { ...grace }, [{ image: { id: { S: 'grace@navy.mil' } } }], 'down')).toMatchObject({
      change: { item: { set: { email: { S: 'GRACE@NAVY.MIL' } } }, others: [{ kind: 'delete' }] },
    });
  });
});

describe('a result that insert() and remove() do not allow', () => {
  const giving = (...results: object[]): File => ({
    ...unique,
    transformUp: (item: Item) => (isUser(item) ? results.map((made) => (made === own ? item : made)) : undefined),
  });
  const own = {};

  it.each<[string, File, string, string]>([
    [
      'an insert that is not declared',
      { ...giving(own, insert({ id: 'x' })), inserts: false },
      'UndeclaredChange',
      'export const inserts = true;',
    ],
    [
      'a table that is not declared',
      giving(own, insert({ id: 'x' }, { table: 'Other' })),
      'UndeclaredChange',
      "export const writes = ['Other'];",
    ],
    [
      'a key of the wrong type in another table, which it names',
      { ...giving(own, insert({ address: 1 }, { table: 'Emails' })), writes: ['Emails'] },
      'InvalidValue',
      'The attribute "address" of the item for the table "Emails" is a key of that table',
    ],
    ['a missing key', giving(own, insert({ of: 'u1' })), 'InvalidValue', 'The attribute "id" of the returned item is a key of the table'],
    ['the own key', giving(own, insert({ id: 'u1', other: 1 })), 'InvalidValue', "the function's own item"],
    ['remove() together with the item', { ...giving(own, remove()), deletes: true }, 'InvalidValue', 'together with remove()'],
    ['remove() that is not declared', giving(remove()), 'UndeclaredChange', 'export const deletes = true;'],
    ['one key twice', giving(own, insert({ id: 'x' }), insert({ id: 'x', n: 1 })), 'InvalidValue', 'two items under one key'],
    [
      'a wrong onExisting',
      giving(own, insert({ id: 'x' }, { onExisting: 'skip' as never })),
      'InvalidValue',
      "must be 'fail', 'keep', or a function",
    ],
    [
      'an unknown option',
      giving(own, insert({ id: 'x' }, { tabel: 'Emails' } as never)),
      'InvalidValue',
      'it takes "table" and "onExisting"',
    ],
    ['no item', giving(own, insert('x' as never)), 'InvalidValue', 'no item'],
    [
      'remove() inside a value',
      { ...giving({ id: 'u1', email: [remove()] }), overwrites: ['email'] },
      'InvalidValue',
      'insert() or remove()',
    ],
  ])('fails the item: %s', async (_, file, name, text) => {
    expect(await refusal(file, grace)).toMatchObject({ name, message: expect.stringContaining(text) });
  });
});

describe('an attribute that some items get and others lose', () => {
  const file: File = {
    overwrites: ['nick'],
    transformUp: (user: Item) => ({ ...user, nick: user['formal'] ? remove() : `${String(user['id'])}!` }),
  };

  it('needs one declaration, and remove() as its value', async () => {
    expect(await decide(file, { id: { S: 'u1' }, nick: { S: 'x' } })).toMatchObject({ change: { item: { set: { nick: { S: 'u1!' } } } } });
    expect(await decide(file, { id: { S: 'u1' }, nick: { S: 'x' }, formal: { BOOL: true } })).toMatchObject({
      change: { item: { remove: ['nick'] } },
    });
    expect(await decide(file, { id: { S: 'u1' }, formal: { BOOL: true } })).toEqual({ outcome: 'unchanged' });
    expect(
      await refusal({ ...file, overwrites: [], adds: ['nick'] }, { id: { S: 'u1' }, nick: { S: 'x' }, formal: { BOOL: true } }),
    ).toMatchObject({
      name: 'UndeclaredChange',
    });
  });
});

it('is inserted in a trial that knows nothing of what is there', async () => {
  const trial = await trialOf(load(unique), shape, contextFor('up'))(grace);

  expect(trial.images).toEqual([grace, email]);
});
