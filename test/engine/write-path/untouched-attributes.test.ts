import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { namesIn } from '../../../core/change/change.ts';
import { conditionFor } from '../../../core/change/condition.ts';
import { bindTransformation } from '../../../core/change/decide-change.ts';
import { type AttributeValue, decodeImage, type Image } from '../../../core/values/attribute-value.ts';
import { attributeName, attributeValue, awkwardNames, imageWithoutKey } from '../../support/arbitrary-image.ts';
import { contextFor, load } from '../../support/transformations.ts';
import { encoders, writeBy } from './encoders.ts';
import { clientOf, createScratchTable, onWire, removeScratchTables, type ScratchTable } from './scratch-table.ts';

const client = clientOf();
let scratch: ScratchTable;
beforeAll(async () => {
  scratch = await createScratchTable();
});
afterAll(async () => {
  await removeScratchTables();
  client.destroy();
});

/** Every type of attribute, with values that do not survive a careless round trip. */
const everything: Image = {
  text: { S: 'a' },
  empty: { S: '' },
  number38: { N: '1234567890123456789012345678901234567.8' },
  tiny: { N: '1e-130' },
  huge: { N: `9.${'9'.repeat(37)}e125` },
  bytes: { B: Uint8Array.of(0, 255, 128) },
  noBytes: { B: new Uint8Array() },
  texts: { SS: ['b', 'a', ''] },
  numbers: { NS: ['3', '1.50', '12345678901234567890123456789012345678'] },
  byteses: { BS: [Uint8Array.of(2), Uint8Array.of(1), new Uint8Array()] },
  list: { L: [] },
  map: { M: {} },
  deep: { M: { a: { L: [{ M: { b: { NS: ['1'] }, c: { NULL: true } } }, { L: [] }] } } },
  yes: { BOOL: true },
  nothing: { NULL: true },
};

/** What a change of one attribute does to the item, as DynamoDB has it before and after. */
async function changeOne(encoder: (typeof encoders)[number], image: Image, target: string, value: AttributeValue | undefined) {
  const id = { id: { S: crypto.randomUUID() } };
  await scratch.put({ ...id, ...image });
  const stored = await scratch.get(id);
  const table = scratch.open(client);
  const read = await table.readItem(id);
  if (!read) throw new Error('The item is gone.');

  // The change comes about as in a run: the function passes everything through but for one attribute.
  const result = decodeImage(value ? { ...read, [target]: value } : read);
  if (!value) delete result[target];
  const transformation = load({
    overwrites: [target],
    removes: [],
    transformUp: () => result,
    ...(value ? {} : { overwrites: [], removes: [target] }),
  });
  const { decide, footprint } = bindTransformation(transformation, scratch.shape, contextFor('up'));
  const decision = await decide(read);
  const change = decision.outcome === 'changed' ? decision.change : undefined;
  const written =
    change &&
    (await writeBy(
      encoder,
      table,
      scratch.shape,
      id,
      change.item,
      conditionFor(read, namesIn(change), scratch.shape, footprint, transformation),
    ));
  return { written, changed: change !== undefined, stored, after: await scratch.get(id) };
}

describe.each(encoders)('a change of one attribute by %s', (encoder) => {
  it('leaves every other attribute bit for bit as it was, whatever its type, value and name', async () => {
    let written = 0;
    const given = fc.record({
      image: imageWithoutKey(6),
      target: attributeName(),
      value: fc.option(attributeValue(), { nil: undefined }),
    });
    await fc.assert(
      fc.asyncProperty(given, async ({ image, target, value }) => {
        const { id: _id, ...rest } = image;
        fc.pre(target !== 'id');
        const changed = await changeOne(encoder, rest, target, value);
        if (!changed.written) {
          // PartiQL cannot say every name, and then the change goes by expressions.
          const unsayable = encoder === 'PartiQL' && Object.keys({ ...rest, [target]: 0 }).some((name) => /^[#:]/.test(name));
          expect(changed.changed).toBe(unsayable && changed.changed);
          expect(changed.after).toEqual(changed.stored);
          return;
        }
        written++;

        expect(changed.written.kind).toBe('written');
        const { [target]: _before, ...untouched } = changed.stored ?? {};
        const { [target]: _after, ...still } = changed.after ?? {};
        expect(JSON.stringify(still, sortedKeys)).toBe(JSON.stringify(untouched, sortedKeys));
        expect(Object.hasOwn(changed.after ?? {}, target)).toBe(value !== undefined);
      }),
      { numRuns: 120 },
    );
    expect(written).toBeGreaterThan(30);
  });

  it.each(Object.keys(everything))('keeps an attribute like "%s" while another changes, and changes it while others stay', async (name) => {
    const set = await changeOne(encoder, everything, 'another', { S: 'new' });
    const removed = await changeOne(encoder, everything, name, undefined);

    expect(set).toMatchObject({ written: { kind: 'written' } });
    expect(JSON.stringify(set.after, sortedKeys)).toBe(JSON.stringify({ ...set.stored, another: { S: 'new' } }, sortedKeys));
    const { [name]: _, ...untouched } = removed.stored ?? {};
    expect(removed).toMatchObject({ written: { kind: 'written' } });
    expect(JSON.stringify(removed.after, sortedKeys)).toBe(JSON.stringify(untouched, sortedKeys));
  });

  it.each([...awkwardNames, '__proto__'])('can have the name %j, to be set, compared and removed', async (name) => {
    const isSayable = encoder !== 'PartiQL' || !/^[#:]/.test(name);
    const set = await changeOne(encoder, { other: { S: 'x' } }, name, { S: 'new' });
    const compared = await changeOne(encoder, { [name]: { S: 'x' } }, 'other', { S: 'new' });
    const removed = await changeOne(encoder, { [name]: { S: 'x' } }, name, undefined);

    for (const { written } of [set, compared, removed]) expect(written?.kind).toBe(isSayable ? 'written' : undefined);
    if (!isSayable) return;
    expect(set.after).toEqual({ ...set.stored, ...onWire({ [name]: { S: 'new' } }) });
    expect(compared.after).toEqual({ ...compared.stored, other: { S: 'new' } });
    expect(Object.keys(removed.after ?? {})).toEqual(['id']);
  });
});

describe('an attribute named __proto__', () => {
  it('stays as it is while another is changed', async () => {
    const id = { id: { S: crypto.randomUUID() } };
    await scratch.put({
      ...id,
      ...(JSON.parse('{ "__proto__": { "S": "top" }, "map": { "M": { "__proto__": { "S": "nested" } } } }') as Image),
    });
    const table = scratch.open(client);

    const image = (await table.readItem(id)) ?? {};
    const { footprint, decide } = bindTransformation(
      load({ adds: ['a'], transformUp: (item: object) => ({ ...item, a: 1 }) }),
      scratch.shape,
      contextFor('up'),
    );
    const decision = await decide(image);
    const change = decision.outcome === 'changed' ? decision.change.item : { kind: 'delete' as const };
    await writeBy('PartiQL', table, scratch.shape, id, change, conditionFor(image, ['a'], scratch.shape, footprint, load({})));

    expect(JSON.stringify(await scratch.get(id), sortedKeys)).toBe(
      `{"__proto__":{"S":"top"},"a":{"N":"1"},"id":{"S":"${id.id.S}"},"map":{"M":{"__proto__":{"S":"nested"}}}}`,
    );
  });
});

/** DynamoDB returns attributes, entries of maps and members of sets in no order of its own. */
function sortedKeys(this: unknown, key: string, value: unknown): unknown {
  if (Array.isArray(value)) return ['SS', 'NS', 'BS'].includes(key) ? value.toSorted() : value;
  if (typeof value !== 'object' || value === null) return value;
  const sorted = {};
  for (const [name, element] of Object.entries(value).toSorted(([a], [b]) => (a < b ? -1 : 1)))
    Object.defineProperty(sorted, name, { value: element, enumerable: true });
  return sorted;
}
