import { describe, expect, it } from 'vitest';
import { scatter } from '../../../../core/run/map-size.ts';

const counts = [...Array.from({ length: 2001 }, (_, count) => count), 9999, 10_000];

describe('scattering', () => {
  it('gives every number once, for any count up to 2,000 and for the most that a run can have', () => {
    for (const count of counts) {
      const seen = new Uint8Array(count);
      for (const number of scatter(count)) seen[number] = (seen[number] ?? 0) + 1;
      if (!seen.every((times) => times === 1)) expect.fail(`for ${count}`);
    }
  });

  it('gives the same order every time', () => {
    expect(scatter(100)).toEqual(scatter(100));
  });

  it('keeps each far from the one that starts next to it', () => {
    for (const count of counts.filter((number) => number >= 10)) {
      const order = scatter(count);
      const distance = (a = 0, b = 0) => Math.min((a - b + count) % count, (b - a + count) % count);
      const closest = Math.min(...order.slice(1).map((number, index) => distance(number, order[index])));
      if (closest < count / 4) expect.fail(`for ${count}: ${closest}`);
    }
  });
});
