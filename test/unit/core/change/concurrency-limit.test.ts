import { describe, expect, it } from 'vitest';
import { ConcurrencyLimit } from '../../../../core/change/team-functions.ts';
import { FakeClock } from '../../../support/fake-clock.ts';

describe('a concurrency limit', () => {
  it('runs all work, in order, and never more than its limit at a time', async () => {
    const clock = new FakeClock();
    const limit = new ConcurrencyLimit(3);
    const started: number[] = [];
    let active = 0;
    let most = 0;
    const work = (n: number) =>
      limit.run(async () => {
        started.push(n);
        most = Math.max(most, ++active);
        await clock.sleep((n * 7) % 5);
        active--;
        return n;
      });
    const numbers = Array.from({ length: 20 }, (_, n) => n);

    expect(await clock.until(Promise.all(numbers.map(work)))).toEqual(numbers);
    expect(started).toEqual(numbers);
    expect(most).toBe(3);
  });

  it('gives the place of work that failed to the next', async () => {
    const limit = new ConcurrencyLimit(1);
    const failing = limit.run(() => Promise.reject(new Error('x')));
    const next = limit.run(async () => 'done');

    await expect(failing).rejects.toThrow('x');
    expect(await next).toBe('done');
    expect(await limit.run(async () => 'and another')).toBe('and another');
  });

  it('runs work that is done at once in the same tick, and keeps no place for it', async () => {
    const limit = new ConcurrencyLimit(1);
    const failing = (): never => {
      throw new Error('x');
    };

    expect(limit.run(() => 1)).toBe(1);
    expect(() => limit.run(failing)).toThrow('x');
    expect(limit.run(() => 2)).toBe(2);
    const held = limit.run(() => new Promise((done) => setImmediate(done, 3)));
    const waiting = limit.run(() => 4);
    expect(await Promise.all([held, waiting])).toEqual([3, 4]);
  });
});
