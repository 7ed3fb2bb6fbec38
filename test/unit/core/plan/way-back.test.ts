import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { versionNotes, versionProblems } from '../../../../core/plan/findings/version-findings.ts';
import { tryVersion, type VersionTrial } from '../../../../core/plan/try-version.ts';
import type { Item } from '../../../../core/transformation/contract.ts';
import type { Image } from '../../../../core/values/attribute-value.ts';
import { encodeItem } from '../../../../core/values/encode-value.ts';
import { imageWithoutKey } from '../../../support/arbitrary-image.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { contextFor, type File, load, usersShape } from '../../../support/transformations.ts';

const options = { shape: usersShape, context: contextFor('up'), diffs: 0, showValues: false, clock: new FakeClock() };

function tried(file: File, images: readonly Image[]): Promise<VersionTrial> {
  return tryVersion(
    load(file),
    images.map((image) => ({ image, weight: 1 })),
    options,
  );
}

/** Names and messages of what a plan finds. */
async function found(file: File, items: readonly object[], hasBegun = false) {
  const trial = await tried(file, items.map(encodeItem));
  const surroundings = { pointInTimeRecovery: true, timeToLive: undefined, shape: usersShape, hasBegun };
  return {
    problems: versionProblems(3, 'Users/v3.ts', trial).map(({ name, message }) => `${name}: ${message}`),
    notes: versionNotes(3, load(file), trial, surroundings).map(({ name, message }) => `${name}: ${message}`),
    wayBack: trial.wayBack,
  };
}

type Renamed = { kind?: unknown; old?: unknown; new?: unknown };

const rename: File = {
  adds: ['new'],
  removes: ['old'],
  transformUp: ({ old, ...rest }: Renamed) => (old === undefined ? undefined : { ...rest, new: old }),
  transformDown: ({ new: value, ...rest }: Renamed) => (value === undefined ? undefined : { ...rest, old: value }),
};
const renameOfUsers: File = {
  ...rename,
  transformUp: (item: Renamed) => (isUser(item) && item.old !== undefined ? renamed(item, 'old', 'new') : undefined),
};
const guardedRename: File = {
  ...renameOfUsers,
  transformDown: (item: Renamed) => (isUser(item) && item.new !== undefined ? renamed(item, 'new', 'old') : undefined),
};

function isUser(item: Renamed): boolean {
  return item.kind === 'user';
}

function renamed(item: Renamed, from: 'old' | 'new', to: 'old' | 'new') {
  const { [from]: value, ...rest } = item;
  return { ...rest, [to]: value };
}

describe('an item that up leaves and down changes', () => {
  it('is noted if up does not give it back, with the number and the attributes', async () => {
    const { problems, notes, wayBack } = await found(renameOfUsers, [
      { id: 'u1', kind: 'user', old: 1 },
      { id: 'r1', kind: 'robot', new: 2 },
      { id: 'r2', kind: 'robot', a: 1 },
    ]);

    expect(problems).toEqual([]);
    expect(notes).toEqual([expect.stringMatching(/^DownChangesMore: .*1 of 2 items that up leaves.*"new" \(1\)/)]);
    expect(wayBack.left).toMatchObject({ tried: 2, changed: 1, notGivenBack: 1, attributes: { new: 1, old: 1 } });
  });

  it('is noted if it has what the version adds and lacks what it removes before the version has begun', async () => {
    const { problems, notes, wayBack } = await found(rename, [
      { id: 'u1', old: 1 },
      { id: 'r1', a: 1, new: 2 },
    ]);

    expect(problems).toEqual([]);
    expect(notes).toEqual([expect.stringMatching(/^DownChangesMore: .*another kind/)]);
    expect(wayBack.left).toMatchObject({ changed: 1, notGivenBack: 0, alreadyNew: 1, attributes: {} });
  });

  it('is not noted once the version has begun, as a run made it', async () => {
    expect((await found(rename, [{ id: 'u1', new: 1 }], true)).notes).not.toContainEqual(expect.stringContaining('DownChangesMore'));
  });

  it.each<[string, File, object]>([
    ['is of a kind that both functions leave', guardedRename, { id: 'r1', kind: 'robot', new: 2 }],
    [
      'lacks what a clean-up removes, which the application no longer writes',
      {
        removes: ['fullName'],
        transformUp: ({ fullName, ...user }: Item) => (user['first'] === undefined ? undefined : user),
        transformDown: (user: Item) =>
          user['first'] && !user['fullName'] ? { ...user, fullName: `${user['first']} ${user['last']}` } : user,
      },
      { id: 'u1', first: 'Ada', last: 'King' },
    ],
    [
      'was written in both shapes by the application',
      {
        adds: ['first'],
        transformUp: (user: Item) => ({ ...user, first: String(user['fullName']).split(' ')[0] }),
        transformDown: ({ first, ...user }: Item) => user,
      },
      { id: 'u1', fullName: 'Ada King', first: 'Augusta' },
    ],
    [
      'has a value that up gives differently each time',
      {
        overwrites: ['token'],
        transformUp: (user: Item) => (user['token'] === undefined ? { ...user, token: Math.random() } : undefined),
        transformDown: ({ token, ...user }: Item) => user,
      },
      { id: 'u1', token: 0.5 },
    ],
    [
      'is a seed, which down deletes only if up inserted it',
      { seed: [{ id: 's1', n: 1 }], transformUp: () => undefined },
      { id: 's1', n: 1 },
    ],
    ['is changed back by a derived way', { adds: ['n'], transformUp: (user: Item) => ({ ...user, n: 1 }) }, { id: 'u1', n: 1 }],
  ])('is not noted if it %s', async (_, file, item) => {
    const { problems, notes } = await found(file, [item]);

    expect(problems).toEqual([]);
    expect(notes).not.toContainEqual(expect.stringContaining('DownChangesMore'));
  });

  it('is a problem if down fails on it, as a run down would', async () => {
    const { problems, wayBack } = await found(
      { ...rename, transformDown: (item: { new?: string }) => ({ ...item, old: item.new?.toUpperCase().padStart(3), new: undefined }) },
      [{ id: 'u1', a: 1 }],
    );

    expect(problems).toEqual([expect.stringMatching(/^InvalidValue: On the way back, of items that up leaves: 1 of 1 item: /)]);
    expect(wayBack.left.failures).toMatchObject([{ name: 'InvalidValue', items: 1 }]);
  });
});

it('never notes items of a version whose functions are inverse and leave the same kinds, and always those of a kind that only up leaves', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(
        fc.record({ image: imageWithoutKey(), kind: fc.constantFrom('user', 'robot'), names: fc.subarray(['old', 'new'] as const) }),
        { maxLength: 12 },
      ),
      async (drawn) => {
        const images = drawn.map(({ image, kind, names }, index) => ({
          ...withoutNames(image, ['old', 'new', 'kind']),
          ...Object.fromEntries(names.map((name) => [name, { N: String(index) }])),
          id: { S: String(index) },
          kind: { S: kind },
        }));
        const guarded = await tried(guardedRename, images);
        const unguarded = await tried(renameOfUsers, images);
        const otherKind = images.filter(({ kind, ...image }) => kind.S === 'robot' && 'new' in image && !('old' in image));

        expect(guarded.wayBack.left.notGivenBack).toBe(0);
        // A robot with both keeps its old value, so that down removes the new one; that is not given back either.
        const both = images.filter(({ kind, ...image }) => kind.S === 'robot' && 'new' in image && 'old' in image);
        expect(unguarded.wayBack.left.notGivenBack).toBe(otherKind.length + both.length);
      },
    ),
  );
});

function withoutNames(image: Image, names: readonly string[]): Image {
  return Object.fromEntries(Object.entries(image).filter(([name]) => !names.includes(name)));
}

describe('an attribute that a version removes, with nothing in its place', () => {
  const cleanUp: File = {
    removes: ['fullName'],
    transformUp: ({ fullName, ...user }: Item) => (user['first'] === undefined ? undefined : user),
    transformDown: (user: Item) => (user['fullName'] ? undefined : { ...user, fullName: `${user['first']} ${user['last']}` }),
  };
  const outOfDate = { id: 'u1', fullName: 'Ada King', first: 'Ada', last: 'Lovelace' };
  const same = { id: 'u2', fullName: 'Alan Turing', first: 'Alan', last: 'Turing' };

  it('is noted with its number if down computes another value, because nobody can mend that', async () => {
    const { problems, notes, wayBack } = await found(cleanUp, [outOfDate, same]);

    expect(problems).toEqual([]);
    expect(notes).toEqual([expect.stringMatching(/^NotRestored: .*1 of 2 changed items.*"fullName" \(1\)/)]);
    expect(wayBack).toMatchObject({
      tried: 2,
      restored: 1,
      attributes: { fullName: 1 },
      removed: { items: 1, attributes: { fullName: 1 } },
    });
  });

  it('is a problem if down also changes another attribute, or if the version writes something in its place', async () => {
    const alsoFirst = { ...cleanUp, removes: ['fullName', 'last'], transformDown: (user: Item) => ({ ...user, last: 'x' }) };
    const moved: File = {
      adds: ['name'],
      removes: ['fullName'],
      transformUp: ({ fullName, ...user }: Item) => (fullName ? { ...user, name: fullName } : undefined),
      transformDown: ({ name, ...user }: Item) => user,
    };

    expect((await found({ ...alsoFirst, removes: ['fullName'], overwrites: ['last'] }, [outOfDate])).problems).toHaveLength(1);
    expect((await found(moved, [{ id: 'u1', fullName: 'Ada' }])).problems).toEqual([expect.stringMatching(/^NotRestored: /)]);
  });
});
