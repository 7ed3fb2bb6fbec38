import { expect, it } from 'vitest';
import { compareFigures } from '../../../../bench/compare/compare-figures.ts';

it('compares the medians of each figure, and gives the range of both', () => {
  const before = [10, 30, 20].map((cpu) => ({ small: { laps: [{ cpu }] } }));
  const now = [11, 15, 40].map((cpu) => ({ small: { laps: [{ cpu }] } }));

  expect(compareFigures(before, now)).toEqual([
    { name: 'small.laps.0.cpu', before: { median: 20, min: 10, max: 30 }, now: { median: 15, min: 11, max: 40 }, ratio: 0.75 },
  ]);
});

it('takes the mean of the two in the middle if the number of rounds is even', () => {
  expect(compareFigures([{ a: 1 }, { a: 3 }], [{ a: 8 }, { a: 4 }])).toMatchObject([
    { before: { median: 2 }, now: { median: 6 }, ratio: 3 },
  ]);
});

it('leaves out what one revision does not measure, what is no number, and what is the same in all rounds', () => {
  expect(compareFigures([{ items: 100, gone: 1, name: 'x' }], [{ items: 100, added: 1, name: 'y' }])).toEqual([]);
});
