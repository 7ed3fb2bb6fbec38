import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { afterUpdate, namesIn } from '../../../../core/change/change.ts';
import { conditionFor, imageOf } from '../../../../core/change/condition.ts';
import { type ChainLink, type ChainNote, decideChain } from '../../../../core/change/decide-chain.ts';
import { bindTransformation } from '../../../../core/change/decide-change.ts';
import { ItemError } from '../../../../core/errors.ts';
import type { Item } from '../../../../core/transformation/contract.ts';
import { type Image, sameImage } from '../../../../core/values/attribute-value.ts';
import { contextFor, type File, load, usersShape } from '../../../support/transformations.ts';

function link(sequence: number, file: File): ChainLink {
  const transformation = load({ sequence, ...file } as File, `Users/v${sequence}.ts`);
  return { transformation, decider: bindTransformation(transformation, usersShape, { ...contextFor('up'), sequence }) };
}

/** What the chain makes of an image: the new image, and who changed it. */
async function chained(links: readonly ChainLink[], image: Image): Promise<{ image: Image; note: ChainNote | undefined }> {
  let note: ChainNote | undefined;
  const decision = await decideChain(links, usersShape).decide(image, undefined, (told) => {
    note = told;
  });
  if (decision.outcome !== 'changed') return { image, note };
  const { item } = decision.change;
  return { image: item.kind === 'update' ? afterUpdate(image, item.set, item.remove) : {}, note };
}

const id = { S: 'u1' };

const splitName = link(1, {
  adds: ['first'],
  transformUp: ({ name, ...item }: { name?: string }) => (name === undefined ? undefined : { first: name.split(' ')[0], name, ...item }),
});
const dropName = link(3, { removes: ['name'], transformUp: ({ name: _, ...item }: Item) => item });

describe('a chain of versions', () => {
  it('makes one change of what each version gives to the next, and names those that changed the item', async () => {
    const made = await chained([splitName, dropName], { id, name: { S: 'Ada Lovelace' } });

    expect(made).toEqual({ image: { id, first: { S: 'Ada' } }, note: { changedBy: [1, 3] } });
  });

  it('leaves an item of the newest shape, without a promise', () => {
    const decision = decideChain([splitName, dropName], usersShape).decider.decide({ id, first: { S: 'Ada' } });

    expect(decision).toEqual({ outcome: 'unchanged' });
  });

  it('does not write what one version sets and another takes back', async () => {
    const set = link(1, { overwrites: ['a'], transformUp: (item: Item) => ({ ...item, a: 'x' }) });
    const back = link(2, { overwrites: ['a'], transformUp: (item: Item) => ({ ...item, a: 'y' }) });

    expect(await decideChain([set, back], usersShape).decider.decide({ id, a: { S: 'y' } })).toEqual({ outcome: 'unchanged' });
  });

  it('leaves out a version that is about other items', async () => {
    const others = { ...splitName, contains: () => false };

    expect(await chained([others], { id, name: { S: 'Ada Lovelace' } })).toMatchObject({ image: { id, name: { S: 'Ada Lovelace' } } });
  });

  it('shows a version only what it reads', async () => {
    const seen: string[][] = [];
    const narrow = link(2, {
      reads: ['a'],
      adds: ['b'],
      transformUp: (item: Item) => {
        seen.push(Object.keys(item));
        return { ...item, b: 1 };
      },
    });

    const made = await chained([narrow], { id, a: { N: '1' }, z: { N: '2' } });

    expect(seen[0]).toEqual(['id', 'a']);
    expect(made.image).toEqual({ id, a: { N: '1' }, z: { N: '2' }, b: { N: '1' } });
  });

  it('names the version whose function fails', async () => {
    const failing = link(3, {
      transformUp: () => {
        throw new TypeError('no');
      },
    });
    let failedAt: number | undefined;

    const decision = decideChain([splitName, failing], usersShape).decide({ id, name: { S: 'A B' } }, undefined, (note) => {
      failedAt = note.failedAt;
    });

    await expect(decision).rejects.toThrow(ItemError);
    expect(failedAt).toBe(3);
  });

  const toCents = link(3, {
    adds: ['inCents'],
    overwrites: ['price'],
    transformUp: (item: Item) => (item['inCents'] ? undefined : { ...item, price: Number(item['price']) * 100, inCents: true }),
  });
  const dropMark = link(5, { removes: ['inCents'], transformUp: ({ inCents: _, ...item }: Item) => item });

  it('fails an item if a later version removes the mark by which an earlier one is done', async () => {
    await expect(chained([toCents, dropMark], { id, price: { N: '500' } })).rejects.toMatchObject({ name: 'NotIdempotent' });
  });

  it('fails an item of the newest shape that an earlier version would take for an old one', async () => {
    const status = link(1, { adds: ['status'], transformUp: (item: Item) => ({ status: 'new', ...item }) });
    const state = link(4, {
      overwrites: ['state'],
      removes: ['status'],
      transformUp: ({ status: given, ...item }: Item) => (given === undefined ? undefined : { ...item, state: given }),
    });

    await expect(chained([status, state], { id, state: { S: 'done' } })).rejects.toMatchObject({ name: 'NotIdempotent' });
    expect((await chained([status, state], { id })).image).toEqual({ id, state: { S: 'new' } });
  });
});

const names = ['a', 'b', 'c', 'd'];

/** Versions over four attributes: some look at what others make or remove. */
const spec = fc.record({
  kind: fc.constantFrom('fill', 'overwrite', 'remove', 'move', 'nothing'),
  from: fc.constantFrom(...names),
  to: fc.constantFrom(...names),
  isAsync: fc.boolean(),
});

type Spec = (typeof spec extends fc.Arbitrary<infer T> ? T : never) & { kind: string };

function fileOf({ kind, from, to, isAsync }: Spec): File {
  const made = (item: Item): Item | undefined => {
    const value = item[from];
    if (kind === 'nothing') return undefined;
    if (kind === 'remove') return Object.fromEntries(Object.entries(item).filter(([name]) => name !== from));
    if (value === undefined) return undefined;
    const text = `${String(value).slice(0, 1)}!`;
    if (kind === 'fill') return { [to]: text, ...item };
    if (kind === 'overwrite') return { ...item, [to]: text };
    const { [from]: _, ...rest } = item;
    return from === to ? undefined : { ...rest, [to]: value };
  };
  return {
    ...(kind === 'fill' ? { adds: [to] } : {}),
    ...(kind === 'overwrite' || (kind === 'move' && from !== to) ? { overwrites: [to] } : {}),
    ...(kind === 'remove' || (kind === 'move' && from !== to) ? { removes: [from] } : {}),
    transformUp: (item: Item) => (isAsync ? Promise.resolve(made(item)) : made(item)),
  };
}

const image = fc.record(
  {
    id: fc.constant(id),
    a: fc.constant({ S: 'p' }),
    b: fc.constant({ S: 'q' }),
    c: fc.constantFrom({ S: 'q!' }, { S: 'r' }),
    d: fc.constant({ S: 's' }),
  },
  { requiredKeys: ['id'] },
) as fc.Arbitrary<Image>;

/** The versions one after the other, as runs apply them. */
async function serially(links: readonly ChainLink[], before: Image): Promise<Image> {
  let current = before;
  for (const { decider } of links) {
    const decision = await decider.decide(current);
    if (decision.outcome !== 'changed' || decision.change.item.kind !== 'update') continue;
    current = afterUpdate(current, decision.change.item.set, decision.change.item.remove);
  }
  return current;
}

it('a chain gives what its versions give one after the other, finds nothing to do in that, and its condition is on the whole item', async () => {
  let changes = 0;
  let refused = 0;
  const property = fc.asyncProperty(fc.array(spec, { minLength: 1, maxLength: 4 }), image, async (specs, before) => {
    const links = specs.map((each, index) => link(index + 1, fileOf(each)));
    const expected = await serially(links, before).catch((error: unknown) => error);
    const { decider, transformation } = decideChain(links, usersShape);
    const decision = await Promise.resolve(decider.decide(before)).catch((error: unknown) => error);
    if (decision instanceof ItemError) {
      refused++;
      // It fails where a version fails, or because its own result is not safe from it.
      expect(expected instanceof ItemError || decision.name === 'NotIdempotent').toBe(true);
      return;
    }
    expect(expected).not.toBeInstanceOf(ItemError);
    const made = await chained(links, before);
    expect(sameImage(made.image, expected as Image)).toBe(true);
    expect((await chained(links, made.image)).image).toEqual(made.image);
    if (sameImage(made.image, before)) return;
    changes++;
    const { item } = (decision as { change: { item: { kind: 'update'; set: Image; remove: string[] } } }).change;
    const condition = conditionFor(before, namesIn({ item, inserts: [] }), usersShape, decider.footprint, transformation);
    const { id: _, ...compared } = before;
    expect(imageOf(condition.equals)).toEqual(compared);
    const writable = links.flatMap(({ transformation: { declared } }) => [...declared.adds, ...declared.overwrites, ...declared.removes]);
    for (const name of writable) expect(Object.hasOwn(before, name) || condition.missing.includes(name)).toBe(true);
  });

  await fc.assert(property, { numRuns: 600 });

  expect(changes).toBeGreaterThan(120);
  expect(refused).toBeGreaterThan(8);
});
