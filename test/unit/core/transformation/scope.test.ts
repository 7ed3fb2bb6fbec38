import { describe, expect, it } from 'vitest';
import { RunError } from '../../../../core/errors.ts';
import { checkExports } from '../../../../core/transformation/check-exports.ts';
import type { KeyValue } from '../../../../core/transformation/look.ts';
import type { Only } from '../../../../core/transformation/only.ts';
import { refuseOnly } from '../../../../core/transformation/refuse-only.ts';
import { isFoundAgain, isInScope, partitionsOf, readingScope, recordedScope, scopeOf } from '../../../../core/transformation/scope.ts';
import { mayBeSameScope, withScope } from '../../../../core/transformation/scope-ref.ts';
import type { TableShape } from '../../../../core/values/table-shape.ts';
import { contextFor } from '../../../support/transformations.ts';

const shape: TableShape = {
  name: 'Orders',
  keys: [
    { name: 'pk', type: 'S' },
    { name: 'sk', type: 'S' },
  ],
  indexKeys: { tenant: 'N', at: 'N', a: 'S', b: 'S' },
  indexes: [
    { name: 'ByTenant', kind: 'global', keys: ['tenant', 'at'], projected: [] },
    { name: 'Wide', kind: 'global', keys: ['a', 'b'], partitionKeys: 2, projected: [] },
    { name: 'Local', kind: 'local', keys: ['pk', 'at'], projected: [] },
  ],
};
const unsorted: TableShape = { ...shape, keys: shape.keys.slice(0, 1) };

function versionOf(only: unknown, rest: object = {}) {
  return checkExports({ sequence: 3, transformUp: (item: object) => item, only, ...rest }, 'Orders/v3.ts');
}

function scopeBy(only: unknown, preparation?: unknown) {
  const scope = scopeOf(versionOf(only), shape, { ...contextFor('up'), preparation });
  if (!scope) throw new Error('It has no scope.');
  return scope;
}

function refusalOf(attempt: () => unknown): string {
  try {
    attempt();
  } catch (error) {
    if (error instanceof RunError) return `${error.name}: ${error.message}`;
    throw error;
  }
  return 'accepted';
}

describe('an export only', () => {
  it.each<[unknown, string]>([
    [[], 'must be an object'],
    [{}, 'must have partitions, an index, or both'],
    [{ partition: ['a'] }, 'has a field "partition", which means nothing'],
    [{ index: '' }, 'must name an index'],
    [{ index: 'ByTenant', sortKey: { equals: 1 } }, 'has sortKey and no partitions'],
    [{ partitions: 'a' }, 'an array of partition key values, or a function'],
    [{ partitions: ['a', 1] }, 'partitions of two types: number 2 of 2'],
    [{ partitions: ['a', null] }, 'no key value: number 2 of 2'],
    [{ partitions: [Number.NaN] }, 'no key value: number 1 of 1'],
    [{ partitions: Array.from({ length: 250_001 }, String) }, 'takes up to 250000'],
    [{ partitions: ['a'], sortKey: {} }, 'exactly one condition'],
    [{ partitions: ['a'], sortKey: { equals: 'a', atLeast: 'b' } }, 'exactly one condition'],
    [{ partitions: ['a'], sortKey: { startsWith: 'a' } }, '"startsWith", which is no condition'],
    [{ partitions: ['a'], sortKey: { between: ['a'] } }, 'an array of two values'],
    [{ partitions: ['a'], sortKey: { between: ['a', 1] } }, 'values of two types'],
    [{ partitions: ['a'], sortKey: { beginsWith: 1 } }, 'only text and binary begin'],
    [{ partitions: ['a'], sortKey: { equals: true } }, 'no key value'],
  ])('is refused when the file is loaded: %j', (only, problem) => {
    expect(refusalOf(() => versionOf(only))).toMatch(/^InvalidTransformation: .*export "only"/s);
    expect(refusalOf(() => versionOf(only))).toContain(problem);
  });

  it.each<[unknown, TableShape, string]>([
    [{ index: 'Missing' }, shape, 'which Orders does not have (it has "ByTenant", "Wide", "Local")'],
    [{ partitions: [1] }, shape, 'the partition key "pk" of the table is text'],
    [{ index: 'ByTenant', partitions: ['1'] }, shape, 'the partition key "tenant" of index "ByTenant" is a number'],
    [{ index: 'ByTenant', partitions: [1], sortKey: { atLeast: 'a' } }, shape, 'another type than the sort key "at"'],
    [{ index: 'Wide', partitions: ['a'] }, shape, 'whose partition key has several attributes'],
    [{ partitions: ['a'], sortKey: { equals: 'a' } }, unsorted, 'the table has no sort key'],
  ])('is refused for a table that does not have what it names: %j', (only, table, problem) => {
    expect(refusalOf(() => refuseOnly('Orders/v3.ts', versionOf(only), table))).toContain(problem);
  });

  it('is accepted if the table has what it names', () => {
    for (const only of [
      { index: 'Wide' },
      { index: 'Local', partitions: ['a'], sortKey: { between: [1, 2n] } },
      { partitions: () => ['a'], sortKey: { beginsWith: 'ORDER#' } },
    ])
      expect(refusalOf(() => refuseOnly('Orders/v3.ts', versionOf(only), shape))).toBe('accepted');
  });
});

describe('a scope', () => {
  it('has each partition once, whatever its spelling, and each in one segment', () => {
    const scope = scopeBy({ index: 'ByTenant', partitions: [1, 2, 1n, 3, 2.0] });
    const segments = [0, 1].map((segment) => partitionsOf(scope, segment, 2));

    expect(scope.partitions).toEqual([{ N: '1' }, { N: '2' }, { N: '3' }]);
    expect(scope.ref).toMatchObject({ kind: 'partitions', index: 'ByTenant', partitions: 3, segments: 3, lagMs: 10_000 });
    expect(segments).toEqual([[{ N: '1' }, { N: '3' }], [{ N: '2' }]]);
  });

  it('gives partitions to a function of parameters, preparation and start, and asks it twice', () => {
    let asked = 0;
    const only: Only<string[]> = {
      partitions: ({ preparation, startedAt }) => {
        asked++;
        return [...preparation, String(startedAt)];
      },
    };

    expect(scopeBy(only, ['a', 'b']).partitions).toEqual([{ S: 'a' }, { S: 'b' }, { S: String(contextFor('up').startedAt) }]);
    expect(asked).toBe(2);
  });

  it.each<[string, () => unknown, string]>([
    ['throws', () => JSON.parse('{'), 'threw SyntaxError'],
    ['returns a promise', async () => ['a'], 'returned a promise'],
    ['returns nothing', () => undefined, 'returned no array'],
    ['returns numbers', () => [1], 'must be text, as the key "pk" is, and number 1 of 1 is not'],
    ['returns an empty key', () => ['a', ''], 'must not be empty, and number 2 of 2 is'],
    ['returns a long key', () => ['a'.repeat(2049)], 'may have 2048 bytes, and number 1 of 1 has 2049'],
    ['returns others each time', () => [String(Math.random())], 'others each time'],
  ])('is refused if the function %s', (_, partitions, problem) => {
    const refusal = refusalOf(() => scopeBy({ partitions }));
    expect(refusal).toMatch(/^InvalidScope: /);
    expect(refusal).toContain(problem);
  });

  it('is refused if the index is gone, instead of reading the table', () => {
    expect(refusalOf(() => scopeBy({ index: 'Gone' }))).toMatch(/^InvalidScope: .* names index "Gone", which Orders does not have/);
  });

  it('is the same for a worker, or the worker is refused', () => {
    const began = scopeBy({ partitions: ['a', 'b'] }).ref;
    const as = (only: unknown) => refusalOf(() => recordedScope(began, versionOf(only), shape, contextFor('up')));

    expect(as({ partitions: ['a', 'b', 'a'] })).toBe('accepted');
    expect(as({ partitions: ['b', 'a'] })).toMatch(/^ScopeChanged: .* 2 partitions/);
    expect(as({ partitions: ['ab'] })).toMatch(/^ScopeChanged/);
    expect(as({ partitions: ['a', 'b'], sortKey: { equals: 'x' } })).toMatch(/^ScopeChanged/);
  });

  it.each<[object, Record<string, KeyValue>, boolean]>([
    [{ partitions: ['a'] }, { pk: 'a', sk: 'x' }, true],
    [{ partitions: ['a'] }, { pk: 'b', sk: 'x' }, false],
    [{ partitions: ['a'], sortKey: { beginsWith: 'OR' } }, { pk: 'a', sk: 'ORDER' }, true],
    [{ partitions: ['a'], sortKey: { beginsWith: 'OR' } }, { pk: 'a', sk: 'O' }, false],
    [{ partitions: ['a'], sortKey: { lessThan: 'é' } }, { pk: 'a', sk: 'z' }, true],
    [{ partitions: ['a'], sortKey: { atMost: 'b' } }, { pk: 'a', sk: 'ba' }, false],
    [{ index: 'ByTenant' }, { pk: 'a', sk: 'x', tenant: 1, at: 2 }, true],
    [{ index: 'ByTenant' }, { pk: 'a', sk: 'x', tenant: 1 }, false],
    [{ index: 'ByTenant', partitions: [10], sortKey: { atLeast: 9 } }, { pk: 'a', sk: 'x', tenant: 10, at: 10 }, true],
    [{ index: 'ByTenant', partitions: [10], sortKey: { greaterThan: 10 } }, { pk: 'a', sk: 'x', tenant: 10, at: 10 }, false],
    [{ index: 'ByTenant', partitions: [10], sortKey: { between: [-2, 10] } }, { pk: 'a', sk: 'x', tenant: 10, at: -1 }, true],
    [{ index: 'ByTenant', partitions: [10], sortKey: { between: [-2, 10] } }, { pk: 'a', sk: 'x', tenant: 10, at: -3 }, false],
    [{ index: 'ByTenant', partitions: [10], sortKey: { equals: 5 } }, { pk: 'a', sk: 'x', tenant: 10, at: 5 }, true],
  ])('%j has %j: %s', (only, item, belongs) => {
    const image = Object.fromEntries(
      Object.entries(item).map(([name, value]) => [name, typeof value === 'string' ? { S: value } : { N: String(value) }]),
    );
    expect(isInScope(scopeBy(only))(image)).toBe(belongs);
  });

  it('has the keys of its index read, so that a change is conditional on them', () => {
    const version = versionOf({ index: 'ByTenant' }, { reads: ['price'] });
    expect(readingScope(version, scopeBy({ index: 'ByTenant' })).reads).toEqual(['price', 'tenant', 'at']);
    expect(readingScope(version, scopeBy({ partitions: ['a'] })).reads).toEqual(['price']);
  });
});

describe('the way back', () => {
  it.each<[string, object, object, boolean]>([
    ['partitions', { partitions: ['a'] }, { overwrites: ['price'] }, true],
    ['an index', { index: 'ByTenant' }, { overwrites: ['price'] }, true],
    ['an index whose key is removed', { index: 'ByTenant' }, { removes: ['tenant'] }, false],
    ['an index whose sort key is changed', { index: 'ByTenant' }, { overwrites: ['at'] }, false],
    ['partitions and inserts', { partitions: ['a'] }, { inserts: true }, false],
    ['partitions and deletes', { partitions: ['a'] }, { deletes: true }, false],
    ['partitions and seeds', { partitions: ['a'] }, { seed: [] }, false],
  ])('finds the items again by %s: %#', (_, only, declared, found) => {
    expect(isFoundAgain(versionOf(only, declared), shape)).toBe(found);
  });

  it('remembers whether runs up had one scope', () => {
    const [some, others] = [scopeBy({ partitions: ['a'] }).ref, scopeBy({ partitions: ['b'] }).ref];
    const once = withScope(undefined, some);

    expect(withScope({}, undefined)).toBeUndefined();
    expect(once).toHaveLength(1);
    expect(withScope({ scopes: once }, some)).toEqual(once);
    expect(withScope({ scopes: once }, others)).toHaveLength(2);
    expect(withScope({}, some)).toHaveLength(2);
    expect(withScope({ scopes: once }, undefined)).toHaveLength(2);
  });

  it('lets a run go on only with the scope with which it began', () => {
    const [some, others] = [scopeBy({ partitions: ['a'] }).ref, scopeBy({ partitions: ['b'] }).ref];
    expect(mayBeSameScope(some, some)).toBe(true);
    expect(mayBeSameScope(some, others)).toBe(false);
    expect(mayBeSameScope(some, undefined)).toBe(false);
    expect(mayBeSameScope(undefined, undefined)).toBe(true);
    expect(mayBeSameScope(some, { kind: 'partitions', segments: 4 })).toBe(true);
  });
});
