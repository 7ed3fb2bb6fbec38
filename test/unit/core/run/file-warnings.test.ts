import { expect, it } from 'vitest';
import type { Version, VersionStatus } from '../../../../core/ledger/versions/version.ts';
import { fileWarnings } from '../../../../core/run/file-warnings.ts';

function file(sequence: number, checksum = `1:${sequence}`) {
  return { file: `Users/v${sequence}.ts`, sequence, checksum };
}

function version(sequence: number, status: VersionStatus): Version {
  return {
    table: 'Users',
    sequence,
    status,
    checksum: `1:${sequence}`,
    run: 'r0',
    execution: 'arn:e0',
    at: '2025-01-01T00:00:00.000Z',
  };
}

function warned(...args: [Parameters<typeof fileWarnings>[1], Version[]]) {
  return fileWarnings('Users', ...args).map(({ name, sequence }) => `v${sequence} ${name}`);
}

it('has nothing to say where files and versions fit together', () => {
  expect(warned([file(1), file(2), file(3)], [version(1, 'applied'), version(2, 'applying'), version(9, 'rolledBack')])).toEqual([]);
});

it('warns of files that are gone, changed, too late or broken, in the order of versions', () => {
  const broken = { ...file(11), problem: 'does not compile' };
  const versions = [version(2, 'applied'), version(10, 'applied'), version(3, 'applying')];
  expect(warned([file(10, '1:other'), file(1), broken], versions)).toEqual([
    'v1 OutOfOrder',
    'v2 MissingTransformation',
    'v3 HalfApplied',
    'v10 ChecksumMismatch',
    'v11 InvalidTransformation',
  ]);
});

it('warns of a file that took the number of a version which another file has', () => {
  const begunWith = (sequence: number, status: VersionStatus) => ({ ...version(sequence, status), file: `Users/v${sequence}_names.ts` });
  const versions = [begunWith(1, 'applied'), begunWith(2, 'applying'), begunWith(3, 'rolledBack')];
  expect(warned([file(1, '1:other'), file(2, '1:other'), file(3, '1:other')], versions)).toEqual(['v1 SequenceTaken', 'v2 HalfApplied']);
  expect(warned([file(1), file(2), file(3)], versions)).toEqual([]);
});

it.each([
  [[], [version(1, 'applied')], 'Restore transformations/Users/v1*.ts from version control'],
  [[], [{ ...version(1, 'applied'), file: 'Users/v1_names.mts' }], 'Restore transformations/Users/v1_names.mts from version control'],
  [[file(1, '1:other')], [version(1, 'applied')], 'dynamodt repair Users --sequence 1'],
  [[file(1), file(2)], [version(2, 'applied')], 'dynamodt up Users --again 1'],
  [[file(1), { ...file(1), file: 'Users/v1_again.ts' }], [], 'Users/v1_again.ts has the same sequence as Users/v1.ts'],
])('says what to do', (files, versions, text) => {
  expect(fileWarnings('Users', files, versions)[0]?.message).toContain(text);
});
