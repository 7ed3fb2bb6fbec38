import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { afterUpdate } from '../../../../core/change/change.ts';
import { bindTransformation } from '../../../../core/change/decide-change.ts';
import { checkExports } from '../../../../core/transformation/check-exports.ts';
import type { Direction } from '../../../../core/transformation/contract.ts';
import type { Image } from '../../../../core/values/attribute-value.ts';
import type { TableShape } from '../../../../core/values/table-shape.ts';
import { packageRoot } from '../../../../infra/package-root.ts';

function S(text: string) {
  return { S: text };
}

const tables: Record<string, { shape: TableShape; images: Image[]; preparation?: unknown }> = {
  Users: {
    shape: { name: 'Users', keys: [{ name: 'id', type: 'S' }], indexKeys: {}, indexes: [] },
    images: [
      { id: S('u1'), fullName: S('Ada King Lovelace') },
      { id: S('u2') },
      { id: S('u3'), fullName: S('Plato'), firstName: S('Other') },
      { id: S('user-ada'), fullName: S('Ada Lovelace'), email: S('ada@example.com') },
    ],
  },
  Orders: {
    shape: {
      name: 'Orders',
      keys: [
        { name: 'pk', type: 'S' },
        { name: 'sk', type: 'S' },
      ],
      indexKeys: { GSI4PK: 'S', GSI4SK: 'S' },
      indexes: [],
    },
    images: [
      { pk: S('o1'), sk: S('ORDER#1'), GSI1PK: S('C#1'), tenantId: S('t'), state: S('open'), day: S('2026-01-02'), runner: S('r') },
      { pk: S('o1'), sk: S('ORDER#2'), GSI1PK: S('C#1'), courier: S('c'), runner: S('r') },
      { pk: S('o1'), sk: S('NOTE#7'), words: { SS: ['a'] } },
      { pk: S('o1'), sk: S('COUNTER#1'), views: { N: '3' } },
    ],
  },
  Authors: {
    shape: { name: 'Authors', keys: [{ name: 'id', type: 'S' }], indexKeys: {}, indexes: [] },
    images: [{ id: S('a1'), name: S('Ann') }, { id: S('a2'), name: S('Lee') }, { id: S('a3') }],
    preparation: { a1: true },
  },
  Cities: {
    shape: {
      name: 'Cities',
      keys: [
        { name: 'country', type: 'S' },
        { name: 'cityId', type: 'N' },
      ],
      indexKeys: { GSI1PK: 'S', GSI1SK: 'S' },
      indexes: [],
    },
    images: [
      {
        country: S('FR'),
        cityId: { N: '1' },
        name: S('Évry'),
        adminCode: S('11'),
        population: { N: '5' },
        loc: { M: { coordinates: { L: [{ N: '2.45' }, { N: '48.63' }] } } },
      },
      { country: S('FR'), cityId: { N: '2' } },
    ],
  },
};

const files = Object.keys(tables).flatMap((table) =>
  readdirSync(join(packageRoot, 'transformations', table)).map((name) => ({ table, file: `${table}/${name}` })),
);

/** What a sweep makes of a set of items, where every decision takes effect. */
async function sweep(
  images: readonly Image[],
  decide: ReturnType<typeof bindTransformation>['decide'],
): Promise<{ images: Image[]; changes: number }> {
  const after: Image[] = [];
  let changes = 0;
  for (const image of images) {
    const decision = await decide(image);
    if (decision.outcome !== 'changed') {
      after.push(image);
      continue;
    }
    changes++;
    const { item, inserts } = decision.change;
    after.push(...(item.kind === 'update' ? [afterUpdate(image, item.set, item.remove)] : []), ...inserts);
  }
  return { images: after, changes };
}

describe.each(files)('$file', ({ table, file }) => {
  it.each(['up', 'down'] as Direction[])('changes nothing when its pages are replayed %s', async (direction) => {
    const { shape, images, preparation } = tables[table] ?? { shape: { name: '', keys: [], indexKeys: {}, indexes: [] }, images: [] };
    const transformation = checkExports(await import(join(packageRoot, 'transformations', file)), file);
    const { sequence } = transformation;
    const context = {
      table,
      tableName: table,
      sequence,
      dryRun: false,
      preparation,
      parameters: {},
      startedAt: 0,
      tableNameOf: (name: string) => name,
      documentClient: undefined,
      log: () => {},
    };
    const bind = (to: Direction) => bindTransformation(transformation, shape, { ...context, direction: to }).decide;
    const start = direction === 'up' ? images : (await sweep(images, bind('up'))).images;

    const swept = await sweep(start, bind(direction));
    let replayed = swept.images;
    for (let times = 0; times < 3; times++) {
      const again = await sweep(replayed, bind(direction));
      expect(again).toEqual({ images: swept.images, changes: 0 });
      replayed = again.images;
    }
    if (!file.includes('insert_users')) expect(swept.changes).toBeGreaterThan(0);
  });
});
