import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { imageText, valueText } from '../../../../cli/plan/value-text.ts';
import { visible } from '../../../../cli/terminal/terminal-text.ts';
import { itemDiff } from '../../../../core/plan/item-diff.ts';
import { showImage, showValue } from '../../../../core/plan/mask-value.ts';
import { imageWithoutKey } from '../../../support/arbitrary-image.ts';

it('gives no value of any item, only types and lengths', () => {
  fc.assert(
    fc.property(imageWithoutKey(), (image) => {
      for (const shown of Object.values(showImage(image, false))) {
        expect(Object.keys(shown).every((name) => ['type', 'length'].includes(name))).toBe(true);
        expect(['number', 'undefined']).toContain(typeof shown.length);
        expect(valueText(shown)).toMatch(/^(string|number|binary|set|map|list|boolean|null)( of \d+ [a-z ]+)?$/);
      }
    }),
  );
});

describe.each([
  [{ S: 'Ada' }, 'string of 3 characters', '"Ada"'],
  [{ S: '' }, 'string of 0 characters', '""'],
  [{ N: '-12345678901234567890.5' }, 'number of 21 digits', '-12345678901234567890.5'],
  [{ B: new Uint8Array([1]) }, 'binary of 1 byte', '{"B":"AQ=="}'],
  [{ SS: ['a', 'b'] }, 'set of 2 strings', '{"SS":["a","b"]}'],
  [{ NS: ['1'] }, 'set of 1 number', '{"NS":["1"]}'],
  [{ M: { secret: { S: 'x' } } }, 'map of 1 name', '{"M":{"secret":{"S":"x"}}}'],
  [{ L: [{ N: '1' }] }, 'list of 1 element', '{"L":[{"N":"1"}]}'],
  [{ BOOL: false }, 'boolean', 'false'],
  [{ NULL: true }, 'null', 'null'],
])('%j', (value, masked, shown) => {
  it('is masked, or shown', () => {
    expect(valueText(showValue(value, false))).toBe(masked);
    expect(valueText(showValue(value, true))).toBe(shown);
  });
});

it('cuts long values', () => {
  expect(valueText(showValue({ S: 'x'.repeat(1000) }, true))).toHaveLength(80);
});

it('lets no name or value move the cursor, change colours or reorder text', () => {
  expect(visible('a\u001b[2Jb\u009bc\u202ed\r\n')).toBe('a\\u001b[2Jb\\u009bc\\u202ed\\u000d\\u000a');
  expect(visible(imageText(showImage({ 'na\u001bme': { S: 'x\u009b' } }, true)))).toBe('na\\u001bme: "x\\u009b"');
});

describe('an item before and after', () => {
  const shape = { name: 'T', keys: [{ name: 'id', type: 'S' as const }], indexKeys: {}, indexes: [] };

  it('has what was added, changed and removed', () => {
    const change = { item: { kind: 'update' as const, set: { b: { N: '2' }, c: { S: 'new' } }, remove: ['d'] }, inserts: [] };
    expect(itemDiff({ id: { S: 'k' }, a: { S: 'same' }, b: { S: 'old' }, d: { BOOL: true } }, change, shape, false)).toEqual({
      key: { id: { type: 'S', length: 1 } },
      item: 'changed',
      attributes: [
        { name: 'b', change: 'changed', before: { type: 'S', length: 3 }, after: { type: 'N', length: 1 } },
        { name: 'c', change: 'added', after: { type: 'S', length: 3 } },
        { name: 'd', change: 'removed', before: { type: 'BOOL' } },
      ],
      inserts: [],
    });
  });

  it('is deleted, with what takes its place', () => {
    const change = { item: { kind: 'delete' as const }, inserts: [{ id: { S: 'other' } }] };
    expect(itemDiff({ id: { S: 'k' }, a: { S: 'x' } }, change, shape, true)).toEqual({
      key: { id: { type: 'S', length: 1, value: { S: 'k' } } },
      item: 'deleted',
      attributes: [],
      inserts: [{ id: { type: 'S', length: 5, value: { S: 'other' } } }],
    });
  });
});
