import type { Item } from '../../core/transformation/contract.ts';
import type { File } from '../support/transformations.ts';

/** The versions of the followed table: v1 adds and overwrites, v2 overwrites, v3 removes what old code writes and what v1 adds. */
export const followedFiles: Record<number, File> = {
  1: {
    adds: ['s'],
    overwrites: ['x'],
    transformUp: ({ s = 'new', ...item }: Item) =>
      isBad(item['a']) ? throwBad() : item['a'] === undefined ? { ...item, s } : { ...item, s, x: `of ${item['a']}` },
    transformDown: ({ s: _, ...item }: Item) => item,
  },
  2: {
    overwrites: ['y'],
    transformUp: (item: Item) => (item['x'] === undefined ? undefined : { ...item, y: `y ${item['x']}` }),
    transformDown: ({ y: _, ...item }: Item) => item,
  },
  3: {
    removes: ['a', 's'],
    transformUp: ({ a, s: _, ...item }: Item) => (isBad(a) ? undefined : item),
    // What old code has written stays as it is, so that no condition tells a late write of the follower from one in time.
    transformDown: (item: Item) =>
      item['a'] === undefined ? { ...item, a: String(item['x']).slice(3), s: item['s'] ?? 'new' } : undefined,
  },
};
export const sequences = [1, 2, 3];

function isBad(a: unknown): boolean {
  return String(a).startsWith('bad');
}

function throwBad(): never {
  throw new TypeError('bad');
}
