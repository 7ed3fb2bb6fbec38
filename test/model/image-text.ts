import type { AttributeValue, Image } from '../../core/values/attribute-value.ts';

/** One text for all spellings of an item, so that two states can be compared without the code under test. */
export function imageText(image: Image | undefined): string {
  return image ? JSON.stringify(entriesOf(image)) : 'nothing';
}

function entriesOf(image: Image): unknown {
  return Object.entries(image)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => [name, plain(value)]);
}

function plain(value: AttributeValue): unknown {
  if ('N' in value) return { N: Number(value.N) };
  if ('SS' in value) return { SS: [...value.SS].sort() };
  if ('M' in value) return { M: entriesOf(value.M) };
  if ('L' in value) return { L: value.L.map(plain) };
  return value;
}

export function sameText(a: AttributeValue | undefined, b: AttributeValue | undefined): boolean {
  return a !== undefined && b !== undefined && JSON.stringify(plain(a)) === JSON.stringify(plain(b));
}
