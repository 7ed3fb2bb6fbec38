import { describe, expect, it } from 'vitest';
import { afterwards, attempt, lastly } from '../../../../core/change/eventually.ts';

function fail(): never {
  throw new Error('x');
}

function messageOf(error: unknown): string {
  return `recovered from ${String(error)}`;
}

describe('a value that is there', () => {
  it('is gone on with in the same tick', () => {
    expect(afterwards(1, (value) => value + 1)).toBe(2);
    expect(attempt(() => 1, messageOf)).toBe(1);
    expect(attempt(fail, messageOf)).toBe('recovered from Error: x');
  });

  it('is followed by what comes last, once, also where it is an error', () => {
    const log: string[] = [];

    expect(
      lastly(
        () => 1,
        () => log.push('last'),
      ),
    ).toBe(1);
    expect(() => lastly(fail, () => log.push('last'))).toThrow('x');
    expect(log).toEqual(['last', 'last']);
  });
});

describe('a value that comes later', () => {
  it('is gone on with when it comes', async () => {
    expect(await afterwards(Promise.resolve(1), (value) => value + 1)).toBe(2);
    expect(await attempt(async () => 1, messageOf)).toBe(1);
    expect(await attempt(() => Promise.reject(new Error('x')), messageOf)).toBe('recovered from Error: x');
  });

  it('is followed by what comes last, once, also where it is an error', async () => {
    const log: string[] = [];

    const later = lastly(
      async () => log.push('work'),
      () => log.push('last'),
    );
    expect(log).toEqual(['work']);
    await later;
    expect(log).toEqual(['work', 'last']);
    await expect(
      lastly(
        () => Promise.reject(new Error('x')),
        () => log.push('last'),
      ),
    ).rejects.toThrow('x');
    expect(log).toEqual(['work', 'last', 'last']);
  });
});
