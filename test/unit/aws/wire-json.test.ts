import { inspect } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { jsonText, readAnswer, requestText, writable } from '../../../aws/table/wire-json.ts';
import { type Image, sameImage } from '../../../core/values/attribute-value.ts';
import { imageWithoutKey } from '../../support/arbitrary-image.ts';

describe("DynamoDB's JSON", () => {
  it('gives back every image as it was, through requests and answers', () => {
    fc.assert(
      fc.property(imageWithoutKey(8), (image) => {
        const { Item } = readAnswer<{ Item: Image }>(requestText({ Item: image }));
        const parameters = readAnswer<Image[]>(JSON.stringify(writable(Object.values(image))));

        expect(Item).toEqual(image);
        expect(parameters).toEqual(Object.values(image));
      }),
    );
  });

  it('writes a text that was made before as it is, and values without binary without a copy', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => {
        const made = JSON.stringify(text);

        expect(JSON.stringify([jsonText(made), { Statement: jsonText(made) }])).toBe(`[${made},{"Statement":${made}}]`);
      }),
    );
    const values = [{ S: 'B' }, { M: { B: { L: [{ N: '1' }, { SS: ['BS'] }] }, BS: { BOOL: true } } }, { NULL: true }];
    expect(writable(values)).toBe(values);
  });

  it('writes binary as base64, in values, sets and documents, whatever view of memory it is', () => {
    const window = Buffer.from('--bytes--').subarray(2, 7);
    const values = [{ B: window }, { BS: [Uint8Array.of(255), new Uint8Array()] }, { L: [{ M: { B: { B: Uint8Array.of(1) } } }] }];
    const text = '[{"B":"Ynl0ZXM="},{"BS":["/w==",""]},{"L":[{"M":{"B":{"B":"AQ=="}}}]}]';

    expect(JSON.stringify(writable(values))).toBe(text);
    expect(requestText(values)).toBe(text);
    expect(readAnswer(text)).toEqual([{ B: new Uint8Array(window) }, values[1], values[2]]);
  });

  it('reads binary also where the text has blanks', () => {
    expect(readAnswer('{ "Item" : { "a" : { "B" : "AQ==" }, "b" : { "BS" : [ "AQ==" ] } } }')).toEqual({
      Item: { a: { B: Uint8Array.of(1) }, b: { BS: [Uint8Array.of(1)] } },
    });
  });

  it('takes attributes named like types for what they are', () => {
    const image: Image = { B: { S: 'B' }, BS: { L: [{ S: 'BS' }] }, SS: { SS: ['B'] }, M: { M: { B: { N: '1' }, BS: { NULL: true } } } };

    expect(readAnswer(requestText({ Item: image }))).toEqual({ Item: image });
  });

  it('keeps an attribute named __proto__, at the top and within', () => {
    const text = '{"Item":{"__proto__":{"S":"top"},"map":{"M":{"__proto__":{"B":"AQ=="}}}}}';
    const { Item } = readAnswer<{ Item: Image }>(text);

    expect(Object.keys(Item)).toEqual(['__proto__', 'map']);
    expect(requestText({ Item })).toBe(text);
    expect(sameImage(Item, readAnswer<{ Item: Image }>(text).Item)).toBe(true);
  });

  it.each(['', '{"Items":[{"secret":{"S":"x', 'null', '"secret"', '<html>secret</html>'])(
    'that cannot be read (%s) is an error that tells nothing of it',
    (text) => {
      const error = (() => {
        try {
          return readAnswer(text);
        } catch (thrown) {
          return thrown;
        }
      })();

      expect(error).toMatchObject({ name: 'UnreadableAnswer' });
      expect(inspect(error)).not.toContain('secret');
    },
  );
});
