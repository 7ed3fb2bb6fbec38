import { describe, expect, it } from 'vitest';
import { check } from '../../../../core/change/check-transformation.ts';
import type { Declared, Direction, Item } from '../../../../core/transformation/contract.ts';
import { advice, noDeclarations } from '../../../../core/transformation/declarations.ts';
import { footprintOf } from '../../../../core/transformation/footprint.ts';

describe('the advice for an undeclared change', () => {
  const line = 'let the file say this in place of what it declares: ';

  it.each<[string, Partial<Declared>, Direction, Parameters<typeof advice>[1], string]>([
    ['adds, if nothing is declared', {}, 'up', 'adds', "add: export const adds = ['c'];"],
    ['adds, beside others', { adds: ['a'] }, 'up', 'adds', `${line}export const adds = ['a', 'c'];`],
    ['a removal of what is overwritten', { overwrites: ['c'] }, 'up', 'removes', "add: export const removes = ['c'];"],
    [
      'a removal of what is added',
      { adds: ['a', 'c'] },
      'up',
      'removes',
      `${line}export const adds = ['a']; export const overwrites = ['c']; export const removes = ['c'];`,
    ],
    ['an addition on the way down', {}, 'down', 'adds', "add: export const removes = ['c'];"],
    ['a removal on the way down', {}, 'down', 'removes', "add: export const adds = ['c'];"],
  ])('is the whole declaration: %s', (_, declared, direction, how, expected) => {
    expect(advice(footprintOf({ ...noDeclarations, ...declared }, direction), how, 'c')).toBe(`If that is meant, ${expected}`);
  });
});

it('a file that sets an attribute in some items and removes it in others declares it in overwrites and removes', async () => {
  const file = {
    sequence: 1,
    overwrites: ['state'],
    removes: ['state'],
    adds: ['was'],
    transformUp: (item: Item) => {
      if (item['was'] !== undefined) return undefined;
      const { state, ...rest } = item;
      return state === 'closed' ? { ...rest, was: state } : { ...rest, state: 'open', was: state };
    },
    transformDown: (item: Item) => {
      const { was, ...rest } = item;
      return was === undefined ? undefined : { ...rest, state: was };
    },
  };

  const checked = await check(file, [
    { id: '1', state: 'closed' },
    { id: '2', state: 'new' },
  ]);

  expect(checked.map(({ after }) => after)).toEqual([[{ id: '1', was: 'closed' }], [{ id: '2', state: 'open', was: 'new' }]]);
  await expect(check({ ...file, adds: ['was', 'state'] }, [])).rejects.toThrow(/declares "state" twice/);
});
