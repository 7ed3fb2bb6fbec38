import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { gatherPreparation } from '../../../../../core/run/preparing/gather-preparation.ts';
import type { PrepareContext } from '../../../../../core/transformation/contract.ts';
import { jsonProblem } from '../../../../../core/values/json-problem.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';

const context = { table: 'Users', sequence: 4 } as unknown as PrepareContext;

function gather(prepare: () => unknown, fields: { limitMs?: number; maxBytes?: number; clock?: FakeClock } = {}) {
  return gatherPreparation(prepare, {
    clock: new FakeClock(),
    context,
    file: 'Users/v4.ts',
    limitMs: undefined,
    maxBytes: 1000,
    ...fields,
  });
}

describe('what prepare returns', () => {
  it('is kept as it is, whatever JSON it is', async () => {
    await fc.assert(
      fc.asyncProperty(fc.jsonValue(), async (value) => {
        const { text } = await gather(() => value, { maxBytes: 1e9 });
        // JSON knows no -0.
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
        expect(jsonProblem(value)).toBeUndefined();
      }),
    );
  });

  it('is refused wherever something in it is no JSON, without a word of its data', () => {
    const noJson = fc.constantFrom(
      undefined,
      Number.NaN,
      1n,
      Symbol('secret'),
      () => {},
      new Date(),
      new Map(),
      new Set(),
      new Uint8Array(1),
    );
    const places = fc.array(fc.oneof(fc.constant('[]'), fc.string()), { maxLength: 5 });
    fc.assert(
      fc.property(noJson, places, fc.jsonValue(), (value, path, sibling) => {
        const nested = path.reduce<unknown>(
          (inner, name) =>
            name === '[]'
              ? [sibling, inner]
              : Object.fromEntries([
                  ['a', sibling],
                  [name, inner],
                ]),
          value,
        );
        expect(jsonProblem(nested)).toMatch(/^(undefined|NaN|a (bigint|symbol|function|Date|Map|Set|Uint8Array))$/);
      }),
    );
  });

  it('counts in bytes, not in characters', async () => {
    await expect(gather(() => 'é'.repeat(499))).resolves.toMatchObject({ bytes: 1000 });
    await expect(gather(() => 'é'.repeat(500))).rejects.toMatchObject({ name: 'PreparationTooLarge' });
  });

  it('may stand twice in it, as long as nothing contains itself', async () => {
    const shared = { a: 1 };
    expect((await gather(() => [shared, shared])).text).toBe('[{"a":1},{"a":1}]');
  });
});

it('ends the wait for a prepare that takes too long, and says how to gather without a limit', async () => {
  const clock = new FakeClock();
  await expect(clock.until(gather(() => new Promise(() => {}), { clock, limitMs: 60_000 }))).rejects.toThrow(
    /did not end within 60 seconds.*dynamodt prepare Users --sequence 4 --here/,
  );
});
