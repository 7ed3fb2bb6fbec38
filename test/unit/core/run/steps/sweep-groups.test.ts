import { describe, expect, it } from 'vitest';
import type { RunStep } from '../../../../../core/ledger/run.ts';
import { parseRunInput } from '../../../../../core/run/run-input.ts';
import { groupsOf, maxTogether, mayBeGrouped, withoutGroups, withSweepGroups } from '../../../../../core/run/steps/sweep-groups.ts';
import type { Transformation } from '../../../../../core/transformation/contract.ts';
import { type File, load } from '../../../../support/transformations.ts';

function stepsOf(files: readonly (File & { prepare?: true })[], fields: Partial<RunStep>[] = []): RunStep[] {
  return files.map(({ prepare }, index) => ({
    sequence: index + 1,
    checksum: `c${index + 1}`,
    prepares: prepare === true,
    ...fields[index],
  }));
}

function grouped(files: readonly (File & { prepare?: true })[], fields?: Partial<RunStep>[]): RunStep[] {
  const loaded = files.map(
    ({ prepare: _, ...file }, index): Transformation => load({ ...file, sequence: index + 1 } as File, `Users/v${index + 1}.ts`),
  );
  return withSweepGroups(stepsOf(files, fields), { table: 'Users', transformationOf: (sequence) => loaded[sequence - 1] });
}

/** The sequences, by the groups in which they are swept. */
function numbersOf(steps: readonly RunStep[]): number[][] {
  return groupsOf(steps).map((group) => group.map(({ sequence }) => sequence));
}

function adds(...names: string[]): File {
  return { adds: names };
}

describe('pending versions', () => {
  it('are swept together if no two of them write the same attribute', () => {
    expect(numbersOf(grouped([adds('a'), { overwrites: ['b'] }, { removes: ['c'], reads: ['d'] }]))).toEqual([[1, 2, 3]]);
  });

  it.each<[string, File & { prepare?: true }]>([
    ['writes an attribute that one before it writes', { removes: ['a'] }],
    ['inserts items', { adds: ['b'], inserts: { onExisting: 'keep' } }],
    ['deletes items', { deletes: true }],
    ['has seeds', { adds: ['b'], seed: [{ id: 's' }] }],
    ['is about some items only', { adds: ['b'], only: { partitions: ['x'] } }],
    ['looks things up in its own table', { adds: ['b'], lookups: { users: 'Users' } }],
    ['needs a preparation', { adds: ['b'], prepare: true }],
    ['has another version attribute', { adds: ['b'], versionAttribute: 'version' }],
  ])('begin another group at one that %s', (_, file) => {
    expect(numbersOf(grouped([adds('a'), file]))).toEqual([[1], [2]]);
  });

  it.each<[string, File & { prepare?: true }]>([
    ['needs a preparation', { adds: ['b'], prepare: true }],
    ['looks things up in another table', { adds: ['b'], lookups: { rates: 'Rates' } }],
  ])('are swept together with a first one that %s', (_, file) => {
    expect(numbersOf(grouped([file, adds('a')]))).toEqual([[1, 2]]);
  });

  it('begin another group behind one that inserts', () => {
    expect(numbersOf(grouped([adds('a'), { inserts: true }, adds('b'), adds('c')]))).toEqual([[1], [2], [3, 4]]);
  });

  it('are swept alone by code that the ledger keeps', () => {
    expect(numbersOf(grouped([adds('a'), adds('b')], [{ kept: true }]))).toEqual([[1], [2]]);
  });

  it(`are swept together up to ${maxTogether}, as a transaction of the ledger has 100 actions`, () => {
    const many = Array.from({ length: maxTogether + 2 }, (_, index) => adds(`a${index}`));

    expect(numbersOf(grouped(many)).map((group) => group.length)).toEqual([maxTogether, 2]);
  });

  it('are swept alone if the sample shows that one of their group must not be swept with the others', () => {
    const steps = grouped([adds('a'), adds('b'), { inserts: true }, adds('c'), adds('d')]);

    expect(numbersOf(withoutGroups(steps, new Set([2])))).toEqual([[1], [2], [3], [4, 5]]);
  });
});

it.each([{ direction: 'down' }, { dryRun: true }, { prepareOnly: true }, { again: 3 }, { keptCode: true }, { oneByOne: true }])(
  'a run with %o sweeps each version alone',
  (input) => {
    expect(mayBeGrouped(parseRunInput({ table: 'Users', ...input }))).toBe(false);
    expect(mayBeGrouped(parseRunInput({ table: 'Users' }))).toBe(true);
  },
);
