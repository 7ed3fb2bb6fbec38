import { describe, expect, it } from 'vitest';
import type { ItemRecord } from '../../../../../core/journal/journal-record.ts';
import { undoItem } from '../../../../../core/segment/undo/item-undo.ts';
import type { Image } from '../../../../../core/values/attribute-value.ts';

const key = { id: { S: '1' } };
const before = { b: { S: 'x' }, r: { S: 'removed' } };
const after = { b: { S: 'x~' }, added: { N: '1' } };
const update: ItemRecord = { does: 'update', key, before, after };
const whole = { ...key, a: { S: 'p' } };

describe('an update', () => {
  it('goes back wholly where all of it is as it was written', () => {
    const { write, newer } = undoItem(update, { ...key, ...after, other: { S: 'newer' } });

    expect(write).toEqual({ kind: 'update', table: undefined, image: { ...key, ...after }, set: before, remove: ['added'] });
    expect(newer).toBeUndefined();
  });

  it.each<[string, Image, object]>([
    ['has a newer value', { ...key, ...after, b: { S: 'y' } }, { set: { r: { S: 'removed' } }, remove: ['added'], newer: ['b'] }],
    ['was removed', { ...key, b: { S: 'x~' } }, { set: before, remove: [], newer: undefined }],
    [
      'was removed before and is written anew',
      { ...key, ...after, r: { S: 'again' } },
      { set: { b: { S: 'x' } }, remove: ['added'], newer: ['r'] },
    ],
  ])('leaves an attribute that %s, and takes back those beside it', (_, present, expected) => {
    const { write, newer } = undoItem(update, present);

    expect({ ...(write?.kind === 'update' ? { set: write.set, remove: write.remove } : {}), newer }).toEqual(expected);
  });

  it('has nothing to do where the item is as it was before, or was never changed', () => {
    expect(undoItem(update, { ...key, ...before })).toEqual({});
  });

  it('compares numbers by value', () => {
    expect(undoItem(update, { ...key, ...after, added: { N: '1.0' } }).newer).toBeUndefined();
  });

  it('leaves an item deleted that the application deleted', () => {
    expect(undoItem(update, undefined)).toEqual({ isGone: true });
  });

  it('takes back an attribute that is called __proto__', () => {
    const odd = Object.fromEntries([['__proto__', { S: 'v' }]]);

    const { write } = undoItem({ does: 'update', key, before: odd, after: {} }, key);

    expect(write?.kind === 'update' && Object.keys(write.set)).toEqual(['__proto__']);
  });
});

describe('an inserted item', () => {
  const inserted: ItemRecord = { does: 'insert', table: 'Second', key, before: {}, after: whole };

  it('is deleted where it is as it was inserted', () => {
    expect(undoItem(inserted, whole)).toEqual({ write: { kind: 'delete', table: 'Second', image: whole } });
  });

  it('stays where the application added to it', () => {
    expect(undoItem(inserted, { ...whole, keep: { S: 'q' } })).toEqual({ newer: [] });
  });

  it('stays deleted', () => {
    expect(undoItem(inserted, undefined)).toEqual({});
  });
});

describe('a deleted item', () => {
  const deleted: ItemRecord = { does: 'delete', key, before: whole, after: {} };

  it('is put back where its key is free', () => {
    expect(undoItem(deleted, undefined)).toEqual({ write: { kind: 'put', table: undefined, image: whole } });
  });

  it('leaves what the application put under its key', () => {
    expect(undoItem(deleted, { ...key, a: { S: 'anew' } })).toEqual({ newer: [] });
  });

  it('has nothing to do where it is back', () => {
    expect(undoItem(deleted, whole)).toEqual({});
  });
});

describe('an insert with more attributes than a condition holds', () => {
  const wide: Image = Object.fromEntries(Array.from({ length: 149 }, (_, n) => [`a${n}`, { N: '1' }]));
  const inserted: ItemRecord = { does: 'insert', key, before: {}, after: { ...key, ...wide } };

  it('stays, and says that this is why', () => {
    expect(undoItem(inserted, { ...key, ...wide })).toEqual({ newer: [], isTooWide: true });
  });

  it('is not the reason if the item was written since, or is gone, or has one attribute less', () => {
    const { a0: _, ...less } = wide;

    expect(undoItem(inserted, { ...key, ...less })).toEqual({ newer: [] });
    expect(undoItem(inserted, undefined)).toEqual({});
    expect(undoItem({ ...inserted, after: { ...key, ...less } }, { ...key, ...less }).write).toMatchObject({ kind: 'delete' });
  });
});

it('leaves what v3 wrote if v2 is taken back that was mended after both had written the attribute at once: why such versions are not swept together', () => {
  const price = (text: string): Image => ({ price: { S: text } });
  const record = (before: Image, after: Image): ItemRecord => ({ does: 'update', key, before, after });
  const together = { v2: record({}, price('1.00')), v3: record(price('1.00'), price('$1.00')) };
  const mended = { v2: record(price('$1.00'), price('1.0')), v3: record(price('1.0'), price('$1.0')) };

  const left = [mended.v3, together.v3, mended.v2, together.v2].reduce<Image>(
    (present, made) => {
      const { write } = undoItem(made, present);
      if (write?.kind !== 'update') return present;
      const kept = Object.entries(present).filter(([name]) => !write.remove.includes(name));
      return { ...Object.fromEntries(kept), ...write.set };
    },
    { ...key, ...price('$1.0') },
  );

  expect(left).toEqual({ ...key, ...price('$1.00') });
});
