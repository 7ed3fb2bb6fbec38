import { insert } from 'dynamodt';
import { check } from 'dynamodt/testing';
import { describe, expect, it } from 'vitest';
import type { Look } from '../../../../core/transformation/look.ts';
import * as splitName from '../../../../transformations/Users/v3_split_name.ts';

function version(exported: object) {
  return { sequence: 1, ...exported };
}

describe('check', () => {
  it('tells what became of each fixture', async () => {
    const checked = await check(splitName, [
      { id: '1', fullName: 'Ada King Lovelace' },
      { id: '2' },
      { id: '3', fullName: 'Plato', firstName: 'X', lastName: '' },
    ]);

    expect(checked.map(({ outcome }) => outcome)).toEqual(['changed', 'unchanged', 'kept']);
    expect(checked[0]?.after).toEqual([{ id: '1', fullName: 'Ada King Lovelace', firstName: 'Ada', lastName: 'King Lovelace' }]);
    expect(checked[2]?.after).toEqual([{ id: '3', fullName: 'Plato', firstName: 'X', lastName: '' }]);
  });

  it.each<[object, string]>([
    [{ key: ['id'] }, 'check has an option "key", which means nothing. There are keys, indexes,'],
    [{ writes: { Emails: { key: ['address'] } } }, 'check is given a table without its keys. Write `writes: { Emails: {'],
    [{ lookups: { prices: { row: [] } } }, 'check is given a table without its rows. Write `lookups: { prices: {'],
  ])('refuses an option that means nothing: %o', async (options, message) => {
    await expect(check(splitName, [{ id: '1' }], options)).rejects.toThrow(message);
  });

  it('lists every problem with the number of its item', async () => {
    const transformUp = (item: { n: number }) => ({ ...item, n: item.n + 1 });

    await expect(
      check(version({ overwrites: ['n'], transformUp }), [
        { id: 1, n: 1 },
        { id: 2, n: 2 },
      ]),
    ).rejects.toThrow(/2 problems:\nitem 0: NotIdempotent: .*\nitem 1: NotIdempotent: /);
  });

  it('finds a change that is not declared, and says the line to add', async () => {
    const transformUp = (item: object) => ({ ...item, extra: true });

    await expect(check(version({ transformUp }), [{ id: 1 }])).rejects.toThrow("export const adds = ['extra'];");
  });

  it('finds a way back that does not restore', async () => {
    const up = { removes: ['old'], transformUp: ({ old, ...rest }: { old?: string }) => rest };

    await expect(
      check(version({ ...up, transformDown: (item: object) => ({ ...item, old: 'wrong' }) }), [{ id: 1, old: 'right' }]),
    ).rejects.toThrow('item 0: down does not restore "old"');
    await expect(check(version(up), [{ id: 1, old: 'right' }])).resolves.toHaveLength(1);
  });

  it('finds a way back that changes an item which up leaves and does not give back', async () => {
    type Thing = { kind: string; old?: number; new?: number };
    const file = {
      adds: ['new'],
      removes: ['old'],
      transformUp: ({ old, ...rest }: Thing) => (rest.kind === 'user' && old !== undefined ? { ...rest, new: old } : undefined),
      transformDown: ({ new: value, ...rest }: Thing) => (value === undefined ? undefined : { ...rest, old: value }),
    };
    const robot = { id: 'r1', kind: 'robot', new: 2 };

    await expect(check(version(file), [robot])).rejects.toThrow('item 0: DownChangesMore: up leaves it, down would change it');
    await expect(check(version(file), [robot], { downMayChangeMore: true })).resolves.toMatchObject([{ outcome: 'unchanged' }]);
    await expect(check(version(file), [{ id: 'u1', kind: 'user', new: 2 }])).resolves.toHaveLength(1);
  });

  it('finds a way back that fails on an item which up leaves', async () => {
    const up = { overwrites: ['n'], transformUp: () => undefined };

    await expect(check(version({ ...up, transformDown: () => 3 }), [{ id: 1 }])).rejects.toThrow('item 0: InvalidValue');
  });

  it('follows items to other keys where the keys are named', async () => {
    const moves = {
      inserts: true,
      deletes: true,
      transformUp: (item: { id: string }) => (item.id.startsWith('new-') ? undefined : [{ ...item, id: `new-${item.id}` }]),
      transformDown: (item: { id: string }) => (item.id.startsWith('new-') ? [{ ...item, id: item.id.slice(4) }] : undefined),
    };

    const checked = await check(version(moves), [{ id: 'a', x: 1 }], { keys: ['id'] });

    expect(checked[0]?.after).toEqual([{ id: 'new-a', x: 1 }]);
  });

  it.each([
    ['a plain item', { id: 'b' }],
    ['insert()', insert({ id: 'b' })],
  ])('asks for the keys if a function returns its item and %s', async (_, other) => {
    const inserting = version({ inserts: true, transformUp: (item: object) => [item, other] });
    await expect(check(inserting, [{ id: 'a' }])).rejects.toThrow(/Give check the names of the table's key attributes/);
  });

  it('refuses a file as the engine does', async () => {
    await expect(check({ sequence: 1, transformUp: 3 }, [])).rejects.toMatchObject({ name: 'InvalidTransformation' });
    await expect(check({ transformUp: () => undefined }, [])).rejects.toMatchObject({ name: 'InvalidTransformation' });
  });

  it('names a table of `look` that the file does not declare, as a run does', async () => {
    const transformUp = async (item: object, { look }: { look: Look }) => ({ ...item, a: await look['prices']?.get({ id: 'p' }) });
    await expect(check(version({ adds: ['a'], lookups: { items: 'Items' }, transformUp }), [{ id: 'u' }])).rejects.toThrow(
      /^v\d+ has 1 problem:\nitem 0: TransformThrew: The function uses look\.prices, which its file does not declare: it has look\.self, look\.items/,
    );
  });

  it('asks for the partitions of a version about some items only, as far as they can be known', async () => {
    const scoped = (partitions: unknown, more: object = {}) => version({ transformUp: () => undefined, only: { partitions }, ...more });
    const byPreparation = scoped(({ preparation }: { preparation: { orphans: string[] } }) => preparation.orphans, { prepare: () => ({}) });

    await expect(
      check(
        scoped(() => [String(Math.random())]),
        [],
      ),
    ).rejects.toThrow(/only: InvalidScope: .* others each time/);
    await expect(
      check(
        scoped(() => 'a'),
        [],
      ),
    ).rejects.toThrow(/returned no array/);
    await expect(check(byPreparation, [], { context: { preparation: {} } })).rejects.toThrow(/returned no array/);
    await expect(check(byPreparation, [], { context: { preparation: { orphans: ['a'] } } })).resolves.toEqual([]);
    await expect(check(byPreparation, [])).resolves.toEqual([]);
  });

  it('calls the functions for the fixtures of a scope only, if it knows the keys by which a run finds them', async () => {
    const touching = { adds: ['touched'], transformUp: (item: object) => ({ ...item, touched: true }) };
    const changed = async (only: object, keys: string[], options: object = {}) =>
      (await check(version({ ...touching, only }), items, { keys, ...options })).map(({ outcome }) => outcome === 'changed');
    const items = [
      { pk: 1, sk: 'a', open: 'x' },
      { pk: 1, sk: 'b' },
      { pk: 2, sk: 'a', open: 'y' },
    ];

    expect(await changed({ partitions: [1] }, ['pk', 'sk'])).toEqual([true, true, false]);
    expect(await changed({ partitions: [1], sortKey: { atLeast: 'b' } }, ['pk', 'sk'])).toEqual([false, true, false]);
    expect(await changed({ index: 'Open' }, ['pk', 'sk'], { indexes: { Open: ['open'] } })).toEqual([true, false, true]);
    expect(await changed({ index: 'Open', partitions: ['y'] }, ['pk', 'sk'], { indexes: { Open: ['open'] } })).toEqual([
      false,
      false,
      true,
    ]);
    expect(await changed({ index: 'Open' }, ['pk', 'sk'])).toEqual([true, true, true]);
    await expect(changed({ partitions: ['1'] }, ['pk', 'sk'])).rejects.toThrow(/InvalidScope: .* must be a number/);
  });
});
