import { readFile } from 'node:fs/promises';
import { runInThisContext } from 'node:vm';
import { check, type LookupFixtures } from 'dynamodt/testing';
import { describe, expect, it } from 'vitest';
import type { Look } from '../../../../core/transformation/look.ts';
import countItems from '../../../../examples/transformations/Inspections/v1_count_items.ts';

const rows = [
  { inspectionId: 'i1', position: 2, passed: false },
  { inspectionId: 'i1', position: 1, passed: true },
  { inspectionId: 'i2', position: 1, passed: true },
];
const items = [
  { id: 'i1', owner: 'ada' },
  { id: 'i3', owner: 'nobody' },
  { id: 'ada', name: 'Ada' },
];

function file(lookUp: (look: Look) => Promise<unknown> | undefined) {
  return {
    sequence: 1,
    adds: ['found'],
    lookups: { rows: 'Rows' },
    transformUp: async (item: object, { look }: { look: Look }) => ({ ...item, found: JSON.stringify(await lookUp(look)) }),
  };
}

async function found(lookUp: (look: Look) => Promise<unknown> | undefined, given: LookupFixtures): Promise<unknown> {
  const [checked] = await check(file(lookUp), [{ id: 'x' }], { lookups: given });
  return JSON.parse(String(checked?.after[0]?.['found']));
}

describe('check with fixtures of look-ups', () => {
  it('joins the example, whose own table has the fixtures themselves', async () => {
    const checked = await check(countItems, items, { lookups: { items: rows } });

    expect(checked.map(({ after }) => after[0])).toEqual([
      { id: 'i1', owner: 'ada', items: 2, failedItems: 1, ownerName: 'Ada' },
      { id: 'i3', owner: 'nobody', items: 0, failedItems: 0 },
      { id: 'ada', name: 'Ada' },
    ]);
  });

  it('accepts what docs/look-ups.md shows, with the fixtures that it shows', async () => {
    const page = await readFile('docs/look-ups.md', 'utf8');
    const [, shown = ''] = /```ts\n(export const sequence[^`]*)```/.exec(page) ?? [];
    const [, fixtures = ''] = /await check\(v1, (.*)\);\n/.exec(page) ?? [];
    const v1: object = await import(`data:text/javascript,${encodeURIComponent(shown)}`);

    const checked = await check(v1, ...(runInThisContext(`[${fixtures}]`) as [object[], object]));

    expect(checked.map(({ after }) => after[0])).toEqual([
      { id: 'i1', owner: 'ada', items: 1, ownerName: 'Ada' },
      { id: 'ada', name: 'Ada' },
    ]);
  });

  it.each([
    [undefined, 'look.self.get was called without "id": its value is undefined.'],
    [Number.NaN, 'look.self.get was called with a value for "id" that no item can have.'],
  ])('names the look-up, and not the result, if it asks for %s', async (id, message) => {
    await expect(
      check(
        file((look) => look.self.get({ id })),
        [{ id: 'x' }],
      ),
    ).rejects.toThrow(`TransformThrew: ${message}`);
    const query = file((look) => look['rows']?.query({ id }));
    await expect(check(query, [{ id: 'x' }], { lookups: { rows } })).rejects.toThrow(message.replace('self.get', 'rows.query'));
  });

  it('knows sort keys and indexes, if it is given the keys', async () => {
    const given = { rows: { rows, keys: ['inspectionId', 'position'], indexes: { byResult: ['passed', 'position'] } } };

    expect(await found((look) => look['rows']?.query({ inspectionId: 'i1' }), given)).toMatchObject([{ position: 1 }, { position: 2 }]);
    expect(await found((look) => look['rows']?.query({ inspectionId: 'i1' }, { reverse: true, limit: 1 }), given)).toMatchObject([
      { position: 2 },
    ]);
    expect(await found((look) => look['rows']?.query({ inspectionId: 'i1' }, { sortKey: { greaterThan: 1 } }), given)).toMatchObject([
      { position: 2 },
    ]);
    expect(await found((look) => look['rows']?.get({ inspectionId: 'i2', position: 1 }), given)).toMatchObject({ passed: true });
    await expect(
      check(
        file((look) => look['rows']?.get({ inspectionId: 'i2' })),
        [{ id: 'x' }],
        { lookups: given },
      ),
    ).rejects.toThrow(/item 0: TransformThrew: look\.rows\.get was called without "position"/);
  });

  it('sorts numbers that JavaScript cannot tell apart', async () => {
    const [lower, higher] = [9007199254740992n, 9007199254740993n];
    const ofOne = [
      { inspectionId: 'i1', position: higher },
      { inspectionId: 'i1', position: lower },
    ];
    const given = { rows: { rows: ofOne, keys: ['inspectionId', 'position'] } };
    const items = await found((look) => look['rows']?.query({ inspectionId: 'i1' }), given);
    expect(JSON.stringify(items, (_, value) => (typeof value === 'bigint' ? String(value) : value))).toMatch(/992.*993/);
    expect(await found((look) => look['rows']?.query({ inspectionId: 'i1' }, { sortKey: { atMost: lower } }), given)).toHaveLength(1);
  });

  it.each<[string, (look: Look) => Promise<unknown> | undefined, LookupFixtures, RegExp]>([
    ['has no rows', (look) => look['rows']?.get({ inspectionId: 'i1' }), {}, /look\.rows, for which check has no rows/],
    [
      'needs the keys',
      (look) => look['rows']?.query({ inspectionId: 'i1' }, { sortKey: { atMost: 1 } }),
      { rows },
      /condition on the sort key, which check does not know/,
    ],
    ['has rows for a table that the file does not declare', async () => [], { rows, others: [] }, /fixtures for look\.others/],
  ])('says that it %s', async (_, lookUp, given, message) => {
    await expect(check(file(lookUp), [{ id: 'x' }], { lookups: given })).rejects.toThrow(message);
  });
});
