import { expect, it } from 'vitest';
import { unguardedFindings } from '../../../../../core/plan/findings/unguarded.ts';
import type { LoadedFile } from '../../../../../core/plan/local-file.ts';
import { tryVersion } from '../../../../../core/plan/try-version.ts';
import type { Item } from '../../../../../core/transformation/contract.ts';
import type { Image } from '../../../../../core/values/attribute-value.ts';
import { FakeClock } from '../../../../support/fake-clock.ts';
import { contextFor, type File, load, usersShape } from '../../../../support/transformations.ts';

const options = { shape: usersShape, diffs: 0, showValues: false, clock: new FakeClock(), context: contextFor('up') };

function loaded(sequence: number, file: File): LoadedFile {
  const exported = { ...file, sequence };
  return { file: `Users/v${sequence}.ts`, sequence, checksum: 'c', transformation: load(exported, `Users/v${sequence}.ts`) };
}

/** Gives up on names of one word, as real functions do. */
const split = loaded(1, {
  adds: ['firstName', 'lastName'],
  transformUp: (user: Item) => {
    const [firstName, lastName] = String(user['fullName'] ?? '').split(' ');
    return lastName === undefined ? undefined : { ...user, firstName, lastName };
  },
});
const blind = loaded(2, { removes: ['fullName'], transformUp: ({ fullName, ...user }: Item) => user });
const guarded = loaded(2, {
  removes: ['fullName'],
  transformUp: ({ fullName, ...user }: Item) => (user['firstName'] === undefined ? undefined : user),
});
const deletes = loaded(2, { deletes: true, transformUp: (user: Item) => (user['fullName'] ? [] : undefined) });
const moves = loaded(2, {
  inserts: true,
  deletes: true,
  transformUp: (user: Item) => (String(user['id']).startsWith('new-') ? undefined : [{ ...user, id: `new-${user['id']}` }]),
});

const done: Image = { id: { S: '1' }, fullName: { S: 'Ada King' }, firstName: { S: 'Ada' }, lastName: { S: 'King' } };
const old: Image = { id: { S: '2' }, fullName: { S: 'Alan Turing' } };
const neverSplit: Image = { id: { S: '3' }, fullName: { S: 'Cher' } };
const other: Image = { id: { S: '4' }, kind: { S: 'robot' } };

async function found(version: LoadedFile, images: readonly Image[], earlier = [split]) {
  const { taken } = await tryVersion(
    version.transformation,
    images.map((image) => ({ image, weight: 1 })),
    options,
  );
  return unguardedFindings(version, taken, earlier, () => options);
}

it('warns of items whose replacement an earlier version would still add, and of those for which it gave up', async () => {
  expect(await found(blind, [done, old, neverSplit, other])).toEqual([
    {
      name: 'Unguarded',
      sequence: 2,
      message: expect.stringMatching(/removes "fullName" for 2 of 3 items although they lack what v1 adds \("firstName", "lastName"\)/),
    },
  ]);
  expect(await found(blind, [old])).toHaveLength(1);
});

it('warns of items that are deleted', async () => {
  expect(await found(deletes, [done, old])).toMatchObject([{ name: 'Unguarded', message: expect.stringContaining('deletes the item') }]);
});

it('says nothing of a version that takes away only what is replaced, that moves items, or that has no earlier version', async () => {
  expect(await found(guarded, [done, old, neverSplit, other])).toEqual([]);
  expect(await found(blind, [done])).toEqual([]);
  expect(await found(moves, [done, old])).toEqual([]);
  expect(await found(blind, [done, old], [])).toEqual([]);
});
