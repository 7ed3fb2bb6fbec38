import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterUpdate, type ItemDecision, namesIn } from '../../../../core/change/change.ts';
import { type Condition, conditionFor } from '../../../../core/change/condition.ts';
import { bindTransformation } from '../../../../core/change/decide-change.ts';
import { bindRewrite, readingAll } from '../../../../core/change/rewrite.ts';
import type { Item } from '../../../../core/transformation/contract.ts';
import { decodeImage, type Image, sameImage } from '../../../../core/values/attribute-value.ts';
import { encodeItem } from '../../../../core/values/encode-value.ts';
import { contextFor, type File, load, usersShape } from '../../../support/transformations.ts';

/** What an item has that the version does not add, what it may add, and what it overwrites. */
const sources = ['a', 'b', 'o'] as const;
const added = ['x', 'y', 'z'] as const;
const overwritten = 'o';
const key = { id: 'u1' };

/** Gives an attribute from another one, to some items only. */
interface Rule {
  name: (typeof added)[number];
  from: (typeof sources)[number];
  plus: number;
  /** Not to items with this value. */
  except: number | undefined;
}

/** A random code of the version. A guard leaves items that have an attribute, as real files do that are called twice. */
interface Code {
  rules: Rule[];
  guard: string | undefined;
  overwrites: boolean;
  isAsync: boolean;
  reads: boolean;
}

const small = fc.integer({ min: 0, max: 2 });
const rule = fc.record({
  name: fc.constantFrom(...added),
  from: fc.constantFrom(...sources),
  plus: small,
  except: fc.option(small, { nil: undefined }),
});
const code: fc.Arbitrary<Code> = fc
  .record({
    rules: fc.uniqueArray(rule, { selector: ({ name }) => name, minLength: 1, maxLength: 3 }),
    guard: fc.option(fc.constantFrom<string>(...added, ...sources), { nil: undefined }),
    overwrites: fc.boolean(),
    isAsync: fc.boolean(),
    reads: fc.boolean(),
  })
  .map((random) => (random.overwrites ? { ...random, ...withoutOverwritten(random) } : random));
const baseItem = fc.dictionary(fc.constantFrom(...sources, 'other'), small).map((item) => ({ ...item }));
/** Writes of the application: a value, or undefined to remove the attribute. */
const writes = fc.dictionary(fc.constantFrom(...sources, ...added, 'other'), fc.option(small, { nil: undefined }), {
  maxKeys: 3,
});

/** A function that looks at what it overwrites would not be idempotent. */
function withoutOverwritten({ rules, guard }: Code): Pick<Code, 'rules' | 'guard'> {
  return {
    rules: rules.map((each) => (each.from === overwritten ? { ...each, from: 'a' } : each)),
    guard: guard === overwritten ? undefined : guard,
  };
}

type Values = Record<string, number>;

function result({ rules, guard, overwrites }: Code, item: Values): Values | undefined {
  if (guard !== undefined && item[guard] === 1) return undefined;
  const given = { ...item };
  for (const { name, from, plus, except } of rules) {
    const value = item[from];
    if (value !== undefined && value !== except) given[name] = value + plus;
  }
  if (overwrites && item[overwritten] !== undefined)
    given[overwritten] = item[overwritten] > 5 ? item[overwritten] : item[overwritten] + 10;
  return given;
}

function fileOf(random: Code): File {
  const transformUp = (item: Item) => result(random, item as Values);
  return {
    adds: random.rules.map(({ name }) => name),
    ...(random.overwrites ? { overwrites: [overwritten] } : {}),
    ...(random.reads ? { reads: [...sources] } : {}),
    transformUp: random.isAsync ? async (item: Item) => transformUp(item) : transformUp,
  };
}

function bound(random: Code) {
  return { transformation: load(fileOf(random)), context: contextFor('up') };
}

function imageOf(item: object): Image {
  return encodeItem({ ...key, ...item });
}

function valuesOf(image: Image): Values {
  const { id: _, ...rest } = decodeImage(image);
  return rest as Values;
}

function applied(image: Image, decision: ItemDecision): Image {
  if (decision.outcome !== 'changed' || decision.change.item.kind !== 'update') return image;
  return afterUpdate(image, decision.change.item.set, decision.change.item.remove);
}

function written(image: Image, changes: Record<string, number | undefined>): Image {
  const item: Record<string, number> = { ...valuesOf(image) };
  for (const [name, value] of Object.entries(changes))
    if (value === undefined) delete item[name];
    else item[name] = value;
  return imageOf(item);
}

function holds({ equals, missing }: Condition, image: Image): boolean {
  return (
    Object.entries(imageOf(equals)).every(([name, value]) => image[name] !== undefined && sameImage({ value }, { value: image[name] })) &&
    missing.every((name) => !Object.hasOwn(image, name))
  );
}

function without(item: Values, names: readonly string[]): Values {
  return Object.fromEntries(Object.entries(item).filter(([name]) => !names.includes(name)));
}

/** What a code sees of an item: with `reads`, only a part of it. */
function seenBy(random: Code, item: Values): Values {
  if (!random.reads) return item;
  const names: readonly string[] = [...sources, ...random.rules.map(({ name }) => name), ...(random.overwrites ? [overwritten] : [])];
  return Object.fromEntries(Object.entries(item).filter(([name]) => names.includes(name)));
}

describe('rewriting', () => {
  it('sets again what an earlier code gave, as the present code gives it, and nothing that the application wrote, whenever it writes', async () => {
    await fc.assert(
      fc.asyncProperty(
        baseItem,
        fc.array(code, { minLength: 1, maxLength: 2 }),
        code,
        writes,
        writes,
        async (item, earlier, present, before, meanwhile) => {
          // Each earlier code is applied, as a run would: up, or swept once more.
          let image = imageOf(item);
          for (const random of earlier) {
            const { transformation, context } = bound(random);
            const seen = imageOf(seenBy(random, valuesOf(image)));
            image = { ...image, ...applied(seen, await bindTransformation(transformation, usersShape, context).decide(seen)) };
          }
          const codes = earlier.map(bound);
          const { decide, footprint } = bindRewrite(bound(present), codes, usersShape);
          const reading = readingAll(
            bound(present).transformation,
            codes.map(({ transformation }) => transformation),
          );

          const read = written(image, before);
          const decided = await decide(read);
          const fresh = written(read, meanwhile);
          const condition =
            decided.outcome === 'changed'
              ? conditionFor(read, namesIn(decided.change), usersShape, footprint, reading)
              : { equals: { names: [], values: [] }, missing: [] };
          // A write whose condition holds is applied as it was decided; otherwise the fresh image is decided on.
          const isApplied = decided.outcome === 'changed' && holds(condition, fresh);
          if (isApplied)
            for (const name of namesIn(decided.change)) expect(fresh[name], `${name} was written meanwhile`).toEqual(read[name]);
          const decision = isApplied ? decided : await decide(fresh);
          const from = valuesOf(isApplied ? read : fresh);
          const found = valuesOf(fresh);
          let after = applied(fresh, decision);
          const to = valuesOf(after);

          const allAdded = [...earlier, present].flatMap(({ rules }) => rules.map(({ name }) => name));
          const given = new Set(
            earlier.flatMap((random) => {
              const names = random.rules.map(({ name }) => name as string);
              const gave = result(random, seenBy(random, without(from, allAdded))) ?? {};
              return names.filter((name) => from[name] !== undefined && gave[name] === from[name]);
            }),
          );
          const adds = present.rules.map(({ name }) => name as string);
          const base = seenBy(present, without(from, [...given, ...adds]));
          const wanted = result(present, base) ?? base;
          for (const name of added.filter((each) => allAdded.includes(each))) {
            const declared = adds.includes(name);
            if (given.has(name)) expect(to[name], `${name} was given`).toBe(declared ? wanted[name] : undefined);
            else if (from[name] !== undefined) expect(to[name], `${name} was written by the application`).toBe(from[name]);
            else expect(to[name], `${name} was missing`).toBe(declared ? wanted[name] : undefined);
          }
          const untouched = ['a', 'b', 'other', ...added.filter((each) => !allAdded.includes(each))];
          for (const name of untouched) expect(to[name], `${name} is not the version's`).toBe(found[name]);
          expect(to[overwritten]).toBe(present.overwrites && from[overwritten] !== undefined ? wanted[overwritten] : found[overwritten]);
          // A page can be replayed, and the run needs a clean pass. What came meanwhile, or is overwritten, can be for the next pass.
          after = applied(after, await decide(after));
          expect((await decide(after)).outcome).not.toBe('changed');
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('takes a function that fails on the item as it is now for one that gave nothing', async () => {
    const earlier = {
      adds: ['x'],
      transformUp: () => {
        throw new Error('no longer');
      },
    };
    const present = { adds: ['x'], transformUp: (item: Item) => ({ ...item, x: 2 }) };
    const { decide } = bindRewrite(of(present), [of(earlier)], usersShape);
    expect(await decide(imageOf({ x: 1 }))).toEqual({ outcome: 'kept', differing: true });
  });

  it('compares values as DynamoDB does: sets in any order, and numbers by value', async () => {
    const file = (x: unknown) => of({ adds: ['x'], transformUp: (item: Item) => ({ ...item, x }) });
    const { decide } = bindRewrite(file('new'), [file(new Set(['b', 'a'])), file(100)], usersShape);
    for (const x of [{ SS: ['a', 'b'] }, { N: '1e2' }])
      expect(await decide({ id: { S: 'u1' }, x })).toMatchObject({ change: { item: { set: { x: { S: 'new' } } } } });
    for (const x of [{ SS: ['a'] }, { S: '100' }])
      expect(await decide({ id: { S: 'u1' }, x })).toEqual({ outcome: 'kept', differing: true });
  });

  it('reads whole items if an earlier code did, and else what each of the codes reads', () => {
    const narrow = load({ adds: ['x'], reads: ['a'] });
    expect(readingAll(narrow, [load({ adds: ['y'], reads: ['b'], overwrites: ['o'] })]).reads).toEqual(['a', 'x', 'b', 'y', 'o']);
    expect(readingAll(narrow, [load({ adds: ['y'] })]).reads).toBeUndefined();
    expect(readingAll(load({ adds: ['x'] }), [narrow]).reads).toBeUndefined();
  });

  it('leaves a seed that the present file no longer has', async () => {
    const seeding = (...seed: object[]) => of({ adds: ['x'], seed, transformUp: () => undefined });
    const { decide } = bindRewrite(seeding({ id: 'u2', n: 1 }), [seeding({ id: 'u1', n: 1 }, { id: 'u2', n: 0 })], usersShape);
    expect(await decide(imageOf({ n: 1 }))).toEqual({ outcome: 'unchanged' });
    expect(await decide(encodeItem({ id: 'u2', n: 0 }))).toMatchObject({ change: { item: { set: { n: { N: '1' } }, remove: [] } } });
    expect(await decide(encodeItem({ id: 'u2', n: 2 }))).toEqual({ outcome: 'unchanged' });
  });
});

function of(file: File) {
  return { transformation: load(file), context: contextFor('up') };
}
