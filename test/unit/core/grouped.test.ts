import fc from 'fast-check';
import { expect, it } from 'vitest';
import { grouped } from '../../../core/grouped.ts';

it.each([
  [0, '0'],
  [999, '999'],
  [1000, '1,000'],
  [-1234567, '-1,234,567'],
  [1234.5, '1,234.5'],
  [0.0004, '0'],
])('writes %d as %s', (number, text) => {
  expect(grouped(number)).toBe(text);
});

it('writes counts and units of tables as Intl does', () => {
  fc.assert(
    fc.property(fc.integer({ min: -1e15, max: 1e15 }), (number) => {
      expect(grouped(number)).toBe(number.toLocaleString('en'));
    }),
  );
});
