import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { trialOf } from '../../../../core/change/trial/trial.ts';
import { trySample } from '../../../../core/change/trial/try-sample.ts';
import { ItemError } from '../../../../core/errors.ts';
import { imageAsRead } from '../../../../core/transformation/attributes-read.ts';
import type { Item } from '../../../../core/transformation/contract.ts';
import { refuseForTable } from '../../../../core/transformation/load-transformation.ts';
import type { Image } from '../../../../core/values/attribute-value.ts';
import { encodeItem } from '../../../../core/values/encode-value.ts';
import type { TableShape } from '../../../../core/values/table-shape.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { MemorySegment } from '../../../support/memory-segment.ts';
import { contextFor, type File, load, usersShape } from '../../../support/transformations.ts';

const shape: TableShape = {
  ...usersShape,
  indexKeys: { team: 'S', rank: 'S', area: 'S', zone: 'S' },
  indexes: [
    { name: 'byTeam', kind: 'global', keys: ['team', 'rank'], projected: 'all' },
    { name: 'byPlace', kind: 'global', keys: ['area', 'zone'], partitionKeys: 2, projected: 'all' },
  ],
};

async function refusal(file: File, item: object, of: TableShape = shape): Promise<string> {
  const trial = trialOf(load(file), of, contextFor('up'));
  try {
    await trial(encodeItem({ id: 'u1', ...item }));
    return 'passed';
  } catch (error) {
    if (error instanceof ItemError) return `${error.name}: ${error.message}`;
    throw error;
  }
}

function named(count: number, length: number): string[] {
  return Array.from({ length: count }, (_, n) => `a${n}`.padEnd(length, '_'));
}

describe('a change that DynamoDB would refuse is known before it is sent, with figure and limit', () => {
  const inserting = (count: number, bytes: number): File => ({
    inserts: true,
    adds: ['done'],
    transformUp: (item: Item) =>
      item['done'] || item['of']
        ? undefined
        : [{ ...item, done: true }, ...Array.from({ length: count }, (_, n) => ({ id: `n${n}`, of: 'u1', text: 'x'.repeat(bytes) }))],
  });
  const setting = (name: string, value: unknown): File => ({ adds: [name], transformUp: (item: Item) => ({ ...item, [name]: value }) });

  it.each<[string, File, object, string | RegExp]>([
    ['99 inserts', inserting(99, 1), {}, 'passed'],
    ['250 inserts, which go in several transactions', inserting(250, 1), {}, 'passed'],
    ['inserts over 4 MB, which go in several transactions', inserting(20, 300_000), {}, 'passed'],
    ['an insert over 400 KB', inserting(1, 420_000), {}, /An item that the function inserts has 411 KB/],
    ['an item over 400 KB', setting('text', 'x'.repeat(410_000)), {}, /has 401 KB.*400 KB.*"text" with 401 KB/],
    ['a partition key of 2,048 bytes', setting('team', 'x'.repeat(2048)), { rank: '1' }, 'passed'],
    [
      'a partition key of 2,049 bytes',
      setting('team', 'x'.repeat(2049)),
      { rank: '1' },
      /"team" .* 2049 bytes.*partition key of index "byTeam".* 2048/,
    ],
    [
      'a sort key of 1,025 bytes',
      setting('rank', 'é'.repeat(513)),
      { team: 't' },
      /"rank" .* 1026 bytes.*sort key of index "byTeam".* 1024/,
    ],
    ['a long second attribute of a partition key', setting('zone', 'x'.repeat(2000)), { area: 'a' }, 'passed'],
    ['a long value in a key of an index that does not hold the item', setting('rank', 'x'.repeat(2000)), {}, 'passed'],
    ['120 short reads that the item lacks', { ...setting('b', 1), reads: named(120, 10) }, {}, 'passed'],
    [
      '145 long reads that the item lacks',
      { ...setting('b', 1), reads: named(145, 60) },
      {},
      /^TooWide: .* \d{4} bytes, and DynamoDB takes 4096.*absence of 146/,
    ],
    ['160 attributes', setting('b', 1), Object.fromEntries(named(160, 8).map((name) => [name, 1])), /^TooWide: .*160 attributes.*reads/],
    [
      '160 attributes of which few are read',
      { ...setting('b', 1), reads: ['a1'] },
      Object.fromEntries(named(160, 8).map((name) => [name, 1])),
      'passed',
    ],
  ])('%s', async (_, file, item, expected) => {
    expect(await refusal(file, item)).toMatch(expected);
  });

  it('a seed over 400 KB, by its number', () => {
    const seed = [{ id: 's1' }, { id: 's2', text: 'x'.repeat(420_000) }];
    expect(() => refuseForTable('Users/v3.ts', load({ seed }), shape)).toThrow(
      /Users\/v3\.ts has a seed that cannot be stored\. Seed number 2 has 411 KB/,
    );
  });
});

it('the sample of a start reads wide items as a run would', async () => {
  const images = [encodeItem({ id: 'u1', ...Object.fromEntries(named(160, 8).map((name) => [name, 1])) })];
  const transformation = load({ adds: ['b'], reads: ['a1'], transformUp: (item: Item) => ({ ...item, b: 1 }) });
  const chain = [{ file: 'Users/v3.ts', transformation, context: contextFor('up') }];

  expect(await trySample(images, chain, usersShape, { table: 'Users', clock: new FakeClock() })).toEqual({
    failed: 0,
    inWords: '',
    apart: new Set(),
  });
});

/** Files of all kinds: what they add, overwrite or remove, and what their function does by the item. */
const anyFile = fc.record({
  adds: fc.subarray(['a', 'b']),
  overwrites: fc.subarray(['c', 'team']),
  removes: fc.subarray(['d']),
  reads: fc.option(fc.subarray(['c', 'e', 'f']), { nil: undefined }),
  versionAttribute: fc.constantFrom(undefined, 'version'),
  gives: fc.dictionary(
    fc.constantFrom('a', 'b', 'c', 'd', 'e'),
    fc.oneof(fc.integer(), fc.constantFrom('', 'x', 'x'.repeat(450_000)), fc.constant(Number.NaN)),
  ),
  leaves: fc.boolean(),
});
const anyItem = fc.dictionary(
  fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f', 'version'),
  fc.oneof(fc.integer(), fc.constantFrom('y', 'y'.repeat(1000))),
);

it('the worker fails no item that the trial passes, and passes none that the trial fails', async () => {
  await fc.assert(
    fc.asyncProperty(
      anyFile,
      fc.array(anyItem, { maxLength: 4 }),
      async ({ gives, leaves, reads, versionAttribute, ...declared }, items) => {
        const file: File = {
          ...declared,
          ...(reads ? { reads } : {}),
          ...(versionAttribute ? { versionAttribute } : {}),
          transformUp: (item: Item) => (leaves && item['c'] ? undefined : { ...item, ...gives }),
        };
        const images = items.map((item, n) => encodeItem({ id: `u${n}`, ...item }));
        const trial = trialOf(load(file), usersShape, contextFor('up'));
        const tried = await Promise.all(
          images.map(async (image) => {
            try {
              return (await trial(image)).decision.outcome;
            } catch (error) {
              if (error instanceof ItemError) return error.name;
              throw error;
            }
          }),
        );
        const segment = new MemorySegment(images);
        const { table } = segment;
        const asRead = (image: Image): Image => imageAsRead(image, load(file), 'up', usersShape);
        await segment.work(file, {
          openTable: () => ({
            ...table,
            readPage: async (from) => {
              const page = await table.readPage(from);
              return 'images' in page ? { ...page, images: page.images.map(asRead) } : page;
            },
          }),
        });

        expect(segment.failures.map(({ error }) => error.name).sort()).toEqual(tried.filter((outcome) => /^[A-Z]/.test(outcome)).sort());
        expect(segment.checkpoint?.counters.changed).toBe(tried.filter((outcome) => outcome === 'changed').length);
      },
    ),
    { numRuns: 300 },
  );
});
