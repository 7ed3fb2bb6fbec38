import { describe, expect, it } from 'vitest';
import { check } from '../../../../core/change/check-transformation.ts';
import releaseTime from '../../../../examples/transformations/Products/v1_release_time.ts';
import expire from '../../../../examples/transformations/Sessions/v1_expire.ts';
import removeDuplicates from '../../../../examples/transformations/Subscribers/v1_remove_duplicates.ts';
import { checkExample, exampleFiles, loadExample } from '../../../support/example.ts';
import { sorted } from '../../../support/example-tables.ts';

/** Each transformation under examples/, with the fixtures beside it, as a team's own test checks it. */

describe.each(exampleFiles)('$file', (named) => {
  it('makes of its fixtures what they say', async () => {
    const example = await loadExample(named);
    const { after, writes = {} } = example.fixtures;

    const checked = await checkExample(example);

    expect(sorted(checked.flatMap((one) => one.after))).toEqual(sorted(after));
    const elsewhere = checked.flatMap((one) => one.elsewhere ?? []);
    for (const [table, there] of Object.entries(writes)) {
      const inserted = elsewhere.filter((one) => one.table === table).map(({ item }) => item);
      expect(sorted([...there.items, ...inserted])).toEqual(sorted(there.after));
    }
  });
});

it('duplicates stay if one of the two changed since they were listed', async () => {
  const outcomes = async (items: readonly object[]) =>
    (await check(removeDuplicates, items, { keys: ['id'], context: { preparation: { s2: 's1' } } })).map(({ outcome }) => outcome);
  const listed = { id: 's2', email: 'grace@navy.mil' };

  expect(await outcomes([listed, { id: 's1', email: 'grace@navy.mil' }])).toEqual(['changed', 'unchanged']);
  expect(await outcomes([listed, { id: 's1', email: 'ada@example.com' }])).toEqual(['unchanged', 'unchanged']);
  expect(await outcomes([listed])).toEqual(['unchanged']);
  expect(await outcomes([{ id: 's2' }])).toEqual(['unchanged']);
  expect(await outcomes([{ id: 's2' }, { id: 's1' }])).toEqual(['unchanged', 'unchanged']);
});

it('a time from which down could not make the same text fails its item', async () => {
  for (const releasedAt of ['2026-03-01', '2026-03-01T13:00:00.000+01:00', 'soon'])
    await expect(check(releaseTime, [{ id: 'p1', releasedAt }])).rejects.toThrow(/item 0: TransformThrew: .*RangeError/);
});

it('no session expires before the time of grace, whatever the parameters', async () => {
  const startedAt = Date.UTC(2026, 5, 1);
  const [checked] = await check(expire, [{ id: 's1', createdAt: 0 }], { parameters: { days: 1, graceDays: 2 }, context: { startedAt } });

  expect(checked?.after).toEqual([{ id: 's1', createdAt: 0, expiresAt: startedAt / 1000 + 2 * 24 * 60 * 60 }]);
});
