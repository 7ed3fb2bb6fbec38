import { describe, expect, it } from 'vitest';
import { answeringTrials, tryingBy } from '../../../../../core/change/trial/trials-apart.ts';
import { type Link, trySample } from '../../../../../core/change/trial/try-sample.ts';
import { Lookups } from '../../../../../core/lookup/lookups.ts';
import type { Item } from '../../../../../core/transformation/contract.ts';
import type { Look } from '../../../../../core/transformation/look.ts';
import { insert } from '../../../../../core/transformation/other-items.ts';
import { scopeOf } from '../../../../../core/transformation/scope.ts';
import { encodeItem } from '../../../../../core/values/encode-value.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';
import { MemoryLookups } from '../../../../support/memory-lookups.ts';
import { contextFor, type File, load, usersShape } from '../../../../support/transformations.ts';

const items = [
  { id: 'u1', n: 1 },
  { id: 'u2', n: 2 },
];
const images = items.map((item) => encodeItem(item));

function chainOf(files: readonly File[]): Link[] {
  return files.map((file, index) => {
    const name = `Users/v${index + 1}.ts`;
    const exported = { ...file, sequence: index + 1 };
    const transformation = load(exported, name);
    const context = { ...contextFor('up'), parameters: { factor: 10 }, startedAt: 5 };
    return { file: name, transformation, context, scope: scopeOf(transformation, usersShape, context) };
  });
}

/** Tries files on all items: here, and as another process would, which is given copies of what is asked, and gives copies. */
async function triedHereAndApart(files: readonly File[]) {
  const chain = chainOf(files);
  const clock = new FakeClock();
  const memory = new MemoryLookups().add({ ...usersShape, name: 'Users' }, items).add(usersShape, items);
  const answer = answeringTrials('Users', {
    load: async ({ sequence }) => chain.find(({ transformation }) => transformation.sequence === sequence),
    contextOf: async (_, sequence, given) => ({ ...contextFor('up'), sequence, ...given }),
    lookups: new Lookups({ ...memory, clock }),
  });
  const tryApart = tryingBy(async (asked) => structuredClone(await answer(structuredClone(asked))));
  const options = { table: 'Users', clock, lookups: memory };
  const here = trySample(images, chain, usersShape, options);
  const apart = trySample(images, chain, usersShape, { ...options, tryApart });
  return clock.until(Promise.all([here, apart]));
}

/** Throws if an item is not as it is wanted. */
function wanting(wants: (look: Look) => Promise<boolean>, adds = 'seen'): File {
  return {
    adds: [adds],
    transformUp: async (item: Item, { look }: { look: Look }) => {
      if (!(await wants(look))) throw new TypeError('not seen');
      return { ...item, [adds]: true };
    },
  };
}

const nothingFailed = { failed: 0, inWords: '', apart: new Set() };

describe('a sample that is tried in another process', () => {
  it.each<[string, File[]]>([
    [
      'items of the table as the versions before make them',
      [
        { adds: ['m'], transformUp: (item: Item) => ({ ...item, m: 1 }) },
        wanting(async (look) => (await look.self.get({ id: 'u2' }))?.['m'] === 1),
      ],
    ],
    [
      'items that the versions before insert, each for its own',
      [
        {
          inserts: true,
          transformUp: (item: Item) => (item['n'] === undefined ? undefined : [item, insert({ id: `of-${String(item['id'])}` })]),
        },
        wanting(async (look) => (await look.self.get({ id: 'of-u2' })) !== undefined),
        wanting(async (look) => (await look.self.query({ id: 'of-u1' })).length === 1, 'again'),
      ],
    ],
    [
      'items that the version before is not about as they are',
      [
        { only: { partitions: ['u1'] }, adds: ['m'], transformUp: (item: Item) => ({ ...item, m: 1 }) },
        wanting(async (look) => {
          const [one, two] = await Promise.all([look.self.get({ id: 'u1' }), look.self.get({ id: 'u2' })]);
          return one?.['m'] === 1 && two?.['m'] === undefined;
        }),
      ],
    ],
  ])('sees %s', async (_, files) => {
    expect(await triedHereAndApart(files)).toEqual([nothingFailed, nothingFailed]);
  });

  it('gets parameters and the time of the start, and may merge by a function, which cannot be handed on', async () => {
    const merging: File = {
      inserts: true,
      transformUp: (item: Item, { parameters, startedAt }) => {
        if (item['n'] === undefined) return undefined;
        if (parameters['factor'] !== 10 || startedAt !== 5) throw new TypeError('other values');
        return [item, insert({ id: `of-${String(item['id'])}` }, { onExisting: (existing) => existing })];
      },
    };

    expect(await triedHereAndApart([merging])).toEqual([nothingFailed, nothingFailed]);
  });

  it('fails as it would fail here', async () => {
    const [here, apart] = await triedHereAndApart([wanting(async (look) => (await look.self.get({ id: 'u3' })) !== undefined)]);

    expect(here).toEqual({ failed: 2, inWords: expect.stringContaining('TransformThrew'), apart: new Set() });
    expect(apart).toEqual(here);
  });
});
