import { describe, expect, it } from 'vitest';
import { versionNotes } from '../../../../core/plan/findings/version-findings.ts';
import { tryVersion } from '../../../../core/plan/try-version.ts';
import type { Item } from '../../../../core/transformation/contract.ts';
import { encodeItem } from '../../../../core/values/encode-value.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { contextFor, type File, load, usersShape } from '../../../support/transformations.ts';

async function notes(file: File, items: readonly object[]): Promise<string[]> {
  const transformation = load(file);
  const sample = items.map((item) => ({ image: encodeItem(item), weight: 1 }));
  const options = { shape: usersShape, context: contextFor('up'), diffs: 0, showValues: false, clock: new FakeClock() };
  const trial = await tryVersion(transformation, sample, options);
  return versionNotes(3, transformation, trial, {
    pointInTimeRecovery: true,
    timeToLive: undefined,
    shape: usersShape,
    hasBegun: false,
  }).map(({ name }) => name);
}

describe('a version that declares changes', () => {
  const forgetful = (item: Item): void => {
    Object.assign({ ...item }, { a: 1 });
  };

  it('is noted if it changes no item, as when its function does not return its copy', async () => {
    expect(await notes({ adds: ['a'], transformUp: forgetful }, [{ id: 'u1' }, { id: 'u2' }])).toEqual(['ChangesNothing']);
  });

  it('is not noted if it changes an item, if the items have what it gives, if there are no items, or if it declares nothing', async () => {
    const adds: File = { adds: ['a'], transformUp: (item: Item) => (item['leave'] ? undefined : { ...item, a: 1 }) };

    expect(await notes(adds, [{ id: 'u1' }, { id: 'u2', leave: true }])).toEqual([]);
    expect(await notes(adds, [{ id: 'u1', a: 1 }])).toEqual([]);
    expect(await notes(adds, [])).toEqual([]);
    expect(await notes({ transformUp: forgetful }, [{ id: 'u1' }])).toEqual([]);
  });
});

describe('a version that turns its journal off', () => {
  const overwrites: File = {
    overwrites: ['a'],
    transformUp: (item: Item) => ({ ...item, a: 1 }),
    transformDown: (item: Item) => ({ ...item, a: 0 }),
  };
  const items = [{ id: 'u1', a: 0 }];

  it('is noted, unless it would keep none anyway', async () => {
    expect(await notes({ ...overwrites, journal: 'none' }, items)).toEqual(['NotJournaled']);
    expect(await notes(overwrites, items)).toEqual([]);
    expect(await notes({ adds: ['b'], transformUp: (item: Item) => ({ ...item, b: 1 }), journal: 'none' }, items)).toEqual([]);
  });

  it('is noted as irreversible if nothing else takes it back', async () => {
    const { transformDown: _, ...withoutDown } = overwrites;
    expect(await notes({ ...withoutDown, journal: 'none' }, items)).toEqual(['Irreversible']);
  });
});

it('the way back counts attributes that are named like properties of every object', async () => {
  const file: File = {
    overwrites: ['constructor'],
    transformUp: (item: Item) => ({ ...item, constructor: 1 }),
    transformDown: () => undefined,
  };
  const options = { shape: usersShape, context: contextFor('up'), diffs: 1, showValues: false, clock: new FakeClock() };
  const sample = [{ image: encodeItem({ id: 'u1', constructor: 2 }), weight: 1 }];

  expect((await tryVersion(load(file), sample, options)).wayBack).toMatchObject({ attributes: { constructor: 1 }, restored: 0 });
});
