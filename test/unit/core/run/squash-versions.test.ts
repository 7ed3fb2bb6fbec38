import { describe, expect, it } from 'vitest';
import type { Version, VersionStatus } from '../../../../core/ledger/versions/version.ts';
import { versionState } from '../../../../core/ledger/versions/version-state.ts';
import { fileWarnings } from '../../../../core/run/file-warnings.ts';
import { planRun } from '../../../../core/run/plan-run.ts';
import { parseRunInput } from '../../../../core/run/run-input.ts';
import { refuseSquashedAway, type Squash, squashVersions } from '../../../../core/run/versions/squash-versions.ts';
import { checkExports } from '../../../../core/transformation/check-exports.ts';
import { runErrorOf } from '../../../support/refusal-of.ts';

const now = '2030-01-02T00:00:00.000Z';
const squashed = { by: 'user:ann', at: now };

function version(sequence: number, status: VersionStatus = 'applied', fields: Partial<Version> = {}): Version {
  return { table: 'Users', sequence, status, checksum: `c${sequence}`, run: 'r0', at: '2030-01-01T00:00:00.000Z', ...fields };
}

function fileOf(sequence: number) {
  return { file: `Users/v${sequence}.ts`, sequence, checksum: `c${sequence}` };
}

function squash(versions: Version[], fields: Partial<Squash> = {}) {
  return squashVersions({ table: 'Users', to: 3, files: [], listed: [], by: 'user:ann', now, ...fields }, versions);
}

describe('squash', () => {
  it('marks applied versions up to the given one, once, and keeps all else that the ledger says of them', () => {
    const before = [version(1, 'applied', { squashed }), version(2), version(3), version(4)];

    expect(squash(before, { files: [2, 3, 4, 5].map(fileOf) }).map(({ after }) => after)).toEqual([
      { ...version(2), squashed },
      { ...version(3), squashed },
    ]);
  });

  it.each([
    ['half-way', [version(1), version(2, 'applying')], {}],
    ['half-way', [version(1), version(2, 'rollingBack')], {}],
    ['pending', [version(1), version(3)], { files: [fileOf(2)] }],
    ['pending', [version(1), version(2, 'rolledBack')], { files: [fileOf(2)] }],
    ['pending', [], { files: [fileOf(2)], listed: [1] }],
  ])('is refused while a version is %s in the stage', (state, versions, fields) => {
    const error = runErrorOf(() => squash(versions, fields));

    expect(error).toMatchObject({ name: 'InvalidInput', message: expect.stringContaining(`v2 is ${state}`) });
  });

  it('is refused if the stage lacks a version whose file was deleted, or has nothing to squash', () => {
    expect(runErrorOf(() => squash([version(1)], { listed: [1, 2] }))).toMatchObject({ name: 'MissingTransformation' });
    expect(runErrorOf(() => squash([version(4)]))).toMatchObject({ name: 'InvalidInput' });
  });

  it('says of a stage without records that the table has all that are listed', () => {
    expect(squash([], { listed: [1, 2, 9], tableId: 't' }).map(({ after }) => after)).toMatchObject([
      { sequence: 1, status: 'applied', run: 'baseline', squashed, tableId: 't' },
      { sequence: 2, status: 'applied', run: 'baseline', squashed, tableId: 't' },
    ]);
  });
});

describe('a squashed version', () => {
  const versions = [version(1, 'applied', { squashed }), version(2, 'applied', { squashed }), version(3)];
  const deployed = [{ ...fileOf(3), transformation: checkExports({ sequence: 3, adds: ['n'], transformUp() {} }, 'Users/v3.ts') }];
  const planned = (input: object, of = versions) => planRun(parseRunInput({ table: 'Users', ...input }), deployed, of);

  it('is shown as such, and needs no file for a run up', () => {
    expect(versionState(version(1, 'applied', { squashed }))).toBe('squashed');
    expect(fileWarnings('Users', [fileOf(3)], versions)).toEqual([]);
    expect(planned({})).toEqual([]);
  });

  it('is where a run down ends', () => {
    expect(planned({ direction: 'down' }).map(({ sequence }) => sequence)).toEqual([3]);
    expect(planned({ direction: 'down', to: 2 }).map(({ sequence }) => sequence)).toEqual([3]);
    expect(runErrorOf(() => planned({ direction: 'down', to: 1 }))).toMatchObject({ name: 'Irreversible' });
    expect(runErrorOf(() => planned({ direction: 'down' }, versions.slice(0, 2))).message).toContain('v2 is squashed');
  });
});

describe('a stage, with the files of v1 and v2 deleted', () => {
  const refused = (versions: Version[], isEmpty: boolean) =>
    refuseSquashedAway('Users', [1, 2], versions, async () => isEmpty).then(
      () => 'goes on',
      (error) => error.name,
    );

  it.each([
    ['has both', [version(1), version(2, 'applied', { squashed })], false, 'goes on'],
    ['has one of them', [version(1)], false, 'MissingTransformation'],
    ['has one of them, and a later one', [version(1), version(3)], true, 'MissingTransformation'],
    ['took one of them back', [version(1), version(2, 'rolledBack')], false, 'MissingTransformation'],
    ['began after that', [version(3)], false, 'goes on'],
    ['is new and empty', [], true, 'goes on'],
    ['is unknown and has items', [], false, 'NotBaselined'],
  ])('%s', async (_, versions, isEmpty, outcome) => {
    expect(await refused(versions, isEmpty)).toBe(outcome);
  });
});
