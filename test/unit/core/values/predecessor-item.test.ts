import { describe, expect, it } from 'vitest';
import type { Image } from '../../../../core/values/attribute-value.ts';
import { executedByPredecessor, isPredecessorItem, predecessorRecords } from '../../../../core/values/predecessor-item.ts';
import type { KeyType, TableShape } from '../../../../core/values/table-shape.ts';

function shape(...keys: [name: string, type: KeyType][]): TableShape {
  return {
    name: 'Users',
    keys: keys.map(([name, type]) => ({ name, type })),
    indexKeys: {},
    indexes: [],
  };
}

const ours = { S: 'DataTransformations' };

describe('the item of dynamo-data-transform', () => {
  it.each<[string, TableShape, Image, boolean]>([
    ['by its partition key', shape(['id', 'S']), { id: ours, executionState: { L: [] } }, true],
    ['where only its key was read', shape(['id', 'S']), { id: ours }, true],
    ['by both keys', shape(['pk', 'S'], ['sk', 'S']), { pk: ours, sk: ours }, true],
    ['not by one of two keys, which the application may use', shape(['pk', 'S'], ['sk', 'S']), { pk: ours, sk: { S: 'a' } }, false],
    ['not by another name', shape(['id', 'S']), { id: { S: 'dataTransformations' } }, false],
    ['not by another attribute', shape(['id', 'S']), { id: { S: 'a' }, name: ours }, false],
    ['by the key and the attribute of its first versions', shape(['id', 'S']), { id: { S: 'Migrations' }, Batches: { M: {} } }, true],
    ['by those of the versions after them', shape(['id', 'S']), { id: { S: 'DataMigrations' }, executionState: { L: [] } }, true],
    ['not by an old key alone, which the application may use', shape(['id', 'S']), { id: { S: 'Migrations' }, n: { N: '1' } }, false],
    ['not where a key is a number', shape(['pk', 'S'], ['sk', 'N']), { pk: ours, sk: { N: '1' } }, false],
    ['not where a key is binary', shape(['id', 'B']), { id: { B: new TextEncoder().encode('DataTransformations') } }, false],
  ])('is known %s', (_, table, image, expected) => {
    expect(isPredecessorItem(table, image)).toBe(expected);
  });

  it('has one of three keys where all keys are strings', () => {
    expect(predecessorRecords(shape(['pk', 'S'], ['sk', 'S']))).toEqual([
      { key: { pk: ours, sk: ours }, attribute: undefined },
      { key: { pk: { S: 'DataMigrations' }, sk: { S: 'DataMigrations' } }, attribute: 'executionState' },
      { key: { pk: { S: 'Migrations' }, sk: { S: 'Migrations' } }, attribute: 'Batches' },
    ]);
    expect(predecessorRecords(shape(['pk', 'S'], ['sk', 'N']))).toEqual([]);
  });

  it('gives the numbers that were applied and not rolled back, each once, as numbers', () => {
    const state = { L: [{ N: '10' }, { N: '1' }, { N: '2' }, { N: '1' }] };
    expect(executedByPredecessor([{ id: ours, executionState: state }])).toEqual([1, 2, 10]);
    expect(executedByPredecessor([{ id: ours }])).toEqual([]);
  });

  it('gives the numbers of the batches of its first versions, as well', () => {
    const batches = { M: { '1': { L: [{ N: '1' }, { N: '2' }] }, '2': { L: [{ N: '4' }] } } };
    expect(executedByPredecessor([{ id: { S: 'Migrations' }, Batches: batches }])).toEqual([1, 2, 4]);
    expect(() => executedByPredecessor([{ id: { S: 'Migrations' }, Batches: { M: { '1': { S: '1' } } } }])).toThrow(/Batches.*--to/);
  });

  it.each<Image[string]>([{ S: '1' }, { L: [{ S: 'one' }] }, { L: [{ N: '1.5' }] }, { L: [{ N: '0' }] }])(
    'is refused with %j',
    (executionState) => {
      expect(() => executedByPredecessor([{ id: ours, executionState }])).toThrow(/executionState.*--to/);
    },
  );
});
