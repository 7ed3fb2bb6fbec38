import { expect, it } from 'vitest';
import { turnOf } from '../../../../core/follow/turn.ts';

it('an invocation for the only followed table may take the whole time but what requests in flight need', () => {
  expect(turnOf(300_000, 10_000, 1)).toBe(290_000);
  expect(turnOf(10_000, 10_000, 1)).toBe(7000);
});

it('an invocation for one of several tables gives its place back after 20 seconds, so that a slow table does not hold up another', () => {
  expect(turnOf(300_000, 10_000, 2)).toBe(20_000);
  expect(turnOf(10_000, 10_000, 2)).toBe(7000);
});
