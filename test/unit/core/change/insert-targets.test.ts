import { describe, expect, it } from 'vitest';
import { check } from '../../../../core/change/check-transformation.ts';
import { trySample } from '../../../../core/change/trial/try-sample.ts';
import { tryVersion } from '../../../../core/plan/try-version.ts';
import type { Item } from '../../../../core/transformation/contract.ts';
import { encodeItem } from '../../../../core/values/encode-value.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { contextFor, type File, load, usersShape } from '../../../support/transformations.ts';

/** Moves each item to the key that its attribute `to` names. */
const moves: File = {
  inserts: true,
  deletes: true,
  transformUp: ({ to, ...item }: Item) => (to === undefined ? undefined : [{ ...item, id: to }]),
};
/** Inserts one item beside each. */
const inserts: File = {
  inserts: true,
  adds: ['done'],
  transformUp: (item: Item) =>
    item['done'] || item['text'] !== undefined
      ? undefined
      : [
          { ...item, done: true },
          { id: item['team'], text: item['says'] ?? 'same' },
        ],
};

/** Failures that plan, the start of a run, and `check` find. */
async function failures(file: File, items: readonly object[], inTable: readonly object[] = []) {
  const images = items.map(encodeItem);
  const clock = new FakeClock();
  const trial = await tryVersion(
    load(file),
    images.map((image) => ({ image, weight: 1 })),
    { shape: usersShape, context: contextFor('up'), diffs: 0, showValues: false, clock, readItems: async () => inTable.map(encodeItem) },
  );
  const sample = await trySample(images, [{ file: 'v3', transformation: load(file), context: contextFor('up') }], usersShape, {
    table: 'Users',
    clock,
  });
  const checked = await check({ sequence: 3, ...file }, items, { keys: ['id'] }).then(
    () => 'passed',
    (error: Error) => error.message,
  );
  return { plan: trial.failures.map(({ name, items: count }) => `${count} ${name}`), start: sample.failed, check: checked };
}

describe('inserts', () => {
  it('fail for the second of two items that insert one key with different contents', async () => {
    const items = [
      { id: 'u1', team: 't', says: 'a' },
      { id: 'u2', team: 't', says: 'b' },
    ];

    expect(await failures(inserts, items)).toEqual({
      plan: ['1 TargetExists'],
      start: 1,
      check: expect.stringMatching(/item 1: TargetExists: /),
    });
  });

  it('pass if two items insert the same', async () => {
    const items = [
      { id: 'u1', team: 't' },
      { id: 'u2', team: 't' },
    ];

    expect(await failures(inserts, items)).toEqual({ plan: [], start: 0, check: 'passed' });
  });

  it('fail if an item of the sample has the key with other content', async () => {
    const items = [
      { id: 'u1', to: 'u2' },
      { id: 'u2', own: true },
    ];

    expect(await failures(moves, items)).toEqual({
      plan: ['1 TargetExists'],
      start: 1,
      check: expect.stringMatching(/item 0: TargetExists: /),
    });
  });

  it('fail in a plan if a read of the table finds the key with other content, and pass if it finds the same', async () => {
    const item = [{ id: 'u1', to: 'u2', name: 'a' }];

    expect((await failures(moves, item, [{ id: 'u2', own: true }])).plan).toEqual(['1 TargetExists']);
    expect((await failures(moves, item, [{ id: 'u2', name: 'a' }])).plan).toEqual([]);
  });
});
