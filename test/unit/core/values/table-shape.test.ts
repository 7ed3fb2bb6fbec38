import { expect, it } from 'vitest';
import { keyText } from '../../../../core/values/table-shape.ts';

it('gives one text for a key in whatever order DynamoDB names its attributes, and others for other keys', () => {
  const text = keyText({ user: { S: 'a' }, at: { S: 'b' } });

  expect(keyText({ at: { S: 'b' }, user: { S: 'a' } })).toBe(text);
  expect(keyText({ user: { S: 'b' }, at: { S: 'a' } })).not.toBe(text);
  expect(keyText({ user: { B: new Uint8Array([1]) } })).not.toBe(keyText({ user: { B: new Uint8Array([2]) } }));
});

it('gives one text for a key in any spelling of a number', () => {
  expect(keyText({ n: { N: '1e-7' } })).toBe(keyText({ n: { N: '0.0000001' } }));
  expect(keyText({ n: { N: '1' } })).not.toBe(keyText({ n: { S: '1' } }));
});
