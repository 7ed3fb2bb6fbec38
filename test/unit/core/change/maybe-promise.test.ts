import { describe, expect, it } from 'vitest';
import { andFinally, andThen, orElse } from '../../../../core/change/maybe-promise.ts';

function fail(): never {
  throw new Error('x');
}

function messageOf(error: unknown): string {
  return `recovered from ${String(error)}`;
}

describe('a value that is there', () => {
  it('is gone on with in the same tick', () => {
    expect(andThen(1, (value) => value + 1)).toBe(2);
    expect(orElse(() => 1, messageOf)).toBe(1);
    expect(orElse(fail, messageOf)).toBe('recovered from Error: x');
  });

  it('is followed by what comes last, once, also where it is an error', () => {
    const log: string[] = [];

    expect(
      andFinally(
        () => 1,
        () => log.push('last'),
      ),
    ).toBe(1);
    expect(() => andFinally(fail, () => log.push('last'))).toThrow('x');
    expect(log).toEqual(['last', 'last']);
  });
});

describe('a value that comes later', () => {
  it('is gone on with when it comes', async () => {
    expect(await andThen(Promise.resolve(1), (value) => value + 1)).toBe(2);
    expect(await orElse(async () => 1, messageOf)).toBe(1);
    expect(await orElse(() => Promise.reject(new Error('x')), messageOf)).toBe('recovered from Error: x');
  });

  it('is followed by what comes last, once, also where it is an error', async () => {
    const log: string[] = [];

    const later = andFinally(
      async () => log.push('work'),
      () => log.push('last'),
    );
    expect(log).toEqual(['work']);
    await later;
    expect(log).toEqual(['work', 'last']);
    await expect(
      andFinally(
        () => Promise.reject(new Error('x')),
        () => log.push('last'),
      ),
    ).rejects.toThrow('x');
    expect(log).toEqual(['work', 'last', 'last']);
  });
});
