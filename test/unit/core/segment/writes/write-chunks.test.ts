import { expect, it } from 'vitest';
import { equalsOf } from '../../../../../core/change/condition.ts';
import type { Write } from '../../../../../core/segment/table-port.ts';
import { chunksOf } from '../../../../../core/segment/writes/write-chunks.ts';
import type { Image } from '../../../../../core/values/attribute-value.ts';
import { usersShape } from '../../../../support/transformations.ts';

const image: Image = { id: { S: 'o1' }, lines: { N: '250' } };

function writeOf(children: number, bytes = 1): Write {
  const inserts = Array.from({ length: children }, (_, n): Image => ({ id: { S: `o1#${n}` }, text: { S: 'x'.repeat(bytes) } }));
  const item = { kind: 'update' as const, set: { split: { BOOL: true } }, remove: [] };
  const condition = { equals: equalsOf({ lines: { N: '250' } }), missing: ['split'] };
  return { key: { id: { S: 'o1' } }, change: { item, inserts }, condition, units: 1 };
}

it('leaves up to 99 children in one transaction', () => {
  const write = writeOf(99);

  expect(chunksOf(write, image, usersShape, 10)).toEqual([write]);
});

it('asks in each transaction that the parent is as it was read, and changes the parent in the last', () => {
  const write = writeOf(250);

  const chunks = chunksOf(write, image, usersShape, Number.POSITIVE_INFINITY);

  expect(chunks.map(({ change }) => change.inserts.length)).toEqual([99, 99, 52]);
  expect(chunks.flatMap(({ change }) => change.inserts)).toEqual(write.change.inserts);
  for (const { condition, key } of chunks) expect({ condition, key }).toEqual({ condition: write.condition, key: write.key });
  expect(chunks.map(({ change: { item } }) => (item.kind === 'update' ? Object.keys(item.set) : item))).toEqual([[], [], ['split']]);
});

it('makes transactions that the budget pays for, and that have less than 4 MB', () => {
  expect(Math.max(...chunksOf(writeOf(250), image, usersShape, 60).map(({ change }) => change.inserts.length))).toBeLessThanOrEqual(30);
  expect(chunksOf(writeOf(20, 300_000), image, usersShape, Number.POSITIVE_INFINITY).map(({ change }) => change.inserts.length)).toEqual([
    9, 9, 2,
  ]);
});
