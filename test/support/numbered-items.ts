import type { RawItem } from './service.ts';

/** `i0` with `n` 0, `i1` with `n` 1 … */
export function numberedItems(count: number): RawItem[] {
  return Array.from({ length: count }, (_, n) => ({ id: { S: `i${n}` }, n: { N: String(n) } }));
}

/** A transformation file that adds an attribute to each item, by default a copy of `n`. */
export function adding(sequence: number, name: string, value = 'item.n'): string {
  return `export const sequence = ${sequence};
export const adds = ['${name}'];
export const transformUp = (item) => ({ ...item, ${name}: ${value} });
`;
}

/** A whole table, as `readAll` reads it, whose items have a copy of `n` under each of the names. */
export function withCopies(items: readonly RawItem[], ...names: string[]): Map<string, RawItem> {
  const copies = ({ n }: RawItem) => Object.fromEntries(names.map((name) => [name, n ?? { NULL: true }]));
  return new Map(items.map((item) => [JSON.stringify(item['id']), { ...item, ...copies(item) }]));
}
