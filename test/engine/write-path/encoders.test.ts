import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Change } from '../../../core/change/change.ts';
import { type Condition, equalsOf } from '../../../core/change/condition.ts';
import type { WriteResult } from '../../../core/segment/table-port.ts';
import { type AttributeValue, type Image, sameImage } from '../../../core/values/attribute-value.ts';
import { type Encoder, encoders, writeBy } from './encoders.ts';
import { clientOf, createScratchTable, onWire, removeScratchTables, type ScratchTable } from './scratch-table.ts';

const client = clientOf();
let scratch: ScratchTable;
beforeAll(async () => {
  scratch = await createScratchTable({
    keys: [
      { name: 'id', type: 'S' },
      { name: 'at', type: 'N' },
    ],
  });
});
afterAll(async () => {
  await removeScratchTables();
  client.destroy();
});

function newKey() {
  return { id: { S: crypto.randomUUID() }, at: { N: '1' } };
}

const always: Condition = { equals: { names: [], values: [] }, missing: [] };

function update(set: Image, remove: string[] = []): Change['item'] {
  return { kind: 'update', set, remove };
}

const remove: Change['item'] = { kind: 'delete' };

async function write(encoder: Encoder, key: Image, item: Change['item'], condition: Condition): Promise<WriteResult> {
  const result = await writeBy(encoder, scratch.open(client), scratch.shape, key, item, condition);
  if (!result) throw new Error(`${encoder} cannot say it.`);
  return result;
}

/** An item in the table, written by DynamoDB's own JSON. */
async function given(attributes: Image): Promise<Image> {
  const key = newKey();
  await scratch.put({ ...key, ...attributes });
  return key;
}

describe.each(encoders)('by %s', (encoder) => {
  const before: Image = { name: { S: 'Grace' }, visits: { N: '1' }, old: { S: 'x' } };

  it.each<[string, Change['item'], Image]>([
    ['sets new attributes', update({ first: { S: 'G' }, tags: { SS: ['a'] } }), { ...before, first: { S: 'G' }, tags: { SS: ['a'] } }],
    ['changes attributes', update({ name: { S: 'Ada' }, visits: { S: 'many' } }), { ...before, name: { S: 'Ada' }, visits: { S: 'many' } }],
    ['removes attributes', update({}, ['old', 'visits']), { name: { S: 'Grace' } }],
    ['removes what is not there', update({}, ['nothing']), before],
    ['sets and removes in one', update({ first: { S: 'G' } }, ['old']), { name: { S: 'Grace' }, visits: { N: '1' }, first: { S: 'G' } }],
  ])('an update %s', async (_, item, after) => {
    const key = await given(before);

    expect((await write(encoder, key, item, always)).kind).toBe('written');

    expect(await scratch.get(key)).toEqual(onWire({ ...key, ...after }));
  });

  it('an update leaves other items alone', async () => {
    const key = await given(before);
    const neighbour = { ...key, at: { N: '2' } };
    await scratch.put({ ...neighbour, ...before });

    await write(encoder, key, update({ name: { S: 'Ada' } }), always);

    expect(await scratch.get(neighbour)).toEqual(onWire({ ...neighbour, ...before }));
  });

  it('a delete removes the item', async () => {
    const key = await given(before);

    expect((await write(encoder, key, remove, { equals: equalsOf(before), missing: ['new'] })).kind).toBe('written');

    expect(await scratch.get(key)).toBeUndefined();
  });

  const changes: [string, Change['item']][] = [
    ['an update', update({ first: { S: 'G' } })],
    ['a removal', update({}, ['old'])],
    ['a delete', remove],
  ];

  describe.each(changes)('%s', (_, item) => {
    const was: Record<string, AttributeValue> = {
      text: { S: 'a' },
      number: { N: '1.5' },
      bytes: { B: Uint8Array.of(1, 2) },
      texts: { SS: ['a', 'b'] },
      numbers: { NS: ['1', '2'] },
      byteses: { BS: [Uint8Array.of(1), Uint8Array.of(2)] },
      list: { L: [{ S: 'a' }, { M: { b: { L: [] } } }] },
      map: { M: { a: { M: { b: { N: '1' } } } } },
      flag: { BOOL: true },
      nothing: { NULL: true },
      emptyList: { L: [] },
      emptyText: { S: '' },
    };
    const is: Record<string, AttributeValue> = {
      text: { S: 'A' },
      number: { N: '1.5000000000000000000000000000000000001' },
      bytes: { B: Uint8Array.of(1, 3) },
      texts: { SS: ['a', 'c'] },
      numbers: { NS: ['1'] },
      byteses: { BS: [Uint8Array.of(1), Uint8Array.of(3)] },
      list: { L: [{ M: { b: { L: [] } } }, { S: 'a' }] },
      map: { M: { a: { M: { b: { N: '2' } } } } },
      flag: { BOOL: false },
      nothing: { S: '' },
      emptyList: { L: [{ NULL: true }] },
      emptyText: { NULL: true },
    };
    const names = Object.keys(was);

    it.each(names)('happens where "%s" still is as it was read', async (name) => {
      const key = await given({ [name]: was[name] as AttributeValue });

      expect(
        (await write(encoder, key, item, { equals: equalsOf({ [name]: was[name] as AttributeValue }), missing: ['other'] })).kind,
      ).toBe('written');
    });

    it.each(names)('does not happen where "%s" changed, and returns the item as it is now', async (name) => {
      const now = { [name]: is[name] as AttributeValue, more: { N: '12345678901234567890' } };
      const key = await given(now);

      const result = await write(encoder, key, item, { equals: equalsOf({ [name]: was[name] as AttributeValue }), missing: [] });

      if (result.kind !== 'conditionFailed' || !result.image) return expect.fail(`The result is ${JSON.stringify(result)}.`);
      expect(sameImage(result.image, { ...key, ...now })).toBe(true);
      expect(await scratch.get(key)).toEqual(onWire({ ...key, ...now }));
    });

    it('does not happen and returns no item where its answer has lost a part of it', async () => {
      const key = await given({ list: { L: [{ M: {} }] }, map: { M: { a: { M: {} } } } });

      const result = await write(encoder, key, item, { equals: equalsOf({ text: { S: 'a' } }), missing: [] });

      if (result.kind !== 'conditionFailed') return expect.fail(result.kind);
      if (result.image) expect(result.image).toEqual({ ...key, list: { L: [{ M: {} }] }, map: { M: { a: { M: {} } } } });
      else expect(encoder).toBe('PartiQL');
    });

    it('does not happen where an attribute that was read is gone', async () => {
      const key = await given({ more: { S: 'x' } });

      expect((await write(encoder, key, item, { equals: equalsOf({ text: { S: 'a' } }), missing: [] })).kind).toBe('conditionFailed');
      expect(await scratch.get(key)).toEqual(onWire({ ...key, more: { S: 'x' } }));
    });

    it('does not happen where a missing attribute is there by now, be it null', async () => {
      for (const value of [{ S: 'x' }, { NULL: true }, { L: [] }]) {
        const key = await given({ first: value });

        expect(await write(encoder, key, item, { equals: { names: [], values: [] }, missing: ['first'] })).toMatchObject({
          kind: 'conditionFailed',
          image: { first: value },
        });
      }
    });

    it('tells null from missing in both directions', async () => {
      const nullKey = await given({ first: { NULL: true } });
      const missingKey = await given({});

      expect((await write(encoder, missingKey, item, { equals: equalsOf({ first: { NULL: true } }), missing: [] })).kind).toBe(
        'conditionFailed',
      );
      expect((await write(encoder, nullKey, item, { equals: equalsOf({ first: { NULL: true } }), missing: [] })).kind).toBe('written');
    });

    it('never brings back an item that is gone', async () => {
      const key = newKey();
      for (const condition of [
        always,
        { equals: { names: [], values: [] }, missing: ['first'] },
        { equals: equalsOf({ text: { S: 'a' } }), missing: [] },
      ]) {
        const result = await write(encoder, key, item, condition);

        // PartiQL's DELETE of nothing succeeds, and returns nothing.
        if (result.kind === 'written') expect([encoder, item.kind, result.old]).toEqual(['PartiQL', 'delete', undefined]);
        else expect(result).toEqual({ kind: 'conditionFailed', image: undefined });
        expect(await scratch.get(key)).toBeUndefined();
      }
    });

    it('takes a condition as wide as one may be, on a table with two keys', async () => {
      const wide = Object.fromEntries(Array.from({ length: 146 }, (__, n) => [`a${n}`, { N: String(n) }] as const));
      const key = await given(wide);

      const result = await write(encoder, key, item, { equals: equalsOf(wide), missing: encoder === 'PartiQL' ? ['x', 'y'] : ['x'] });

      expect(result.kind).toBe('written');
    });
  });
});

describe('a delete that is not part of a transaction', () => {
  it.each(['PartiQL', 'expressions'] as const)('returns all of what it deleted, by %s', async (encoder) => {
    const item = { text: { S: 'a' }, unseen: { M: { a: { N: '12345678901234567890' } } }, bytes: { B: Uint8Array.of(1) } };
    const key = await given(item);

    const result = await write(encoder, key, remove, { equals: equalsOf({ text: { S: 'a' } }), missing: [] });

    expect(result.kind === 'written' && result.old && sameImage(result.old, { ...key, ...item })).toBe(true);
  });
});
