import { expect, it } from 'vitest';
import { type DeployedCode, type FollowInput, followedVersions } from '../../../../core/follow/followed-versions.ts';
import type { Version } from '../../../../core/ledger/versions/version.ts';
import type { Transformation } from '../../../../core/transformation/contract.ts';
import { noDeclarations } from '../../../../core/transformation/declarations.ts';

function version(sequence: number, fields: Partial<Version> = {}): Version {
  return { table: 'Users', sequence, status: 'applied', checksum: `c${sequence}`, run: 'r1', at: 'then', ...fields };
}

function file(sequence: number, fields: Partial<Transformation> = {}, code: Partial<DeployedCode> = {}): DeployedCode {
  const declared = { ...noDeclarations, adds: [`a${sequence}`], ...fields.declared };
  const transformation: Transformation = {
    file: `Users/v${sequence}.ts`,
    sequence,
    reads: undefined,
    versionAttribute: undefined,
    seed: undefined,
    prepare: undefined,
    transformUp: () => undefined,
    transformDown: () => undefined,
    ...fields,
    declared,
  };
  return { checksum: `c${sequence}`, bundleChecksum: `b${sequence}`, transformation, ...code };
}

const removes = { declared: { ...noDeclarations, adds: [], removes: ['name'] } };

function follow(versions: Version[], files: DeployedCode[], more: Partial<FollowInput> = {}) {
  const deployed = new Map(files.map((each) => [each.transformation.sequence, each]));
  const { followed, notFollowed } = followedVersions({ versions, deployed, holder: undefined, ...more });
  return {
    followed: followed.map(({ version: { sequence } }) => sequence),
    not: Object.fromEntries(notFollowed.map(({ sequence, name }) => [sequence, name])),
    reasons: notFollowed.map(({ reason }) => reason),
  };
}

const running = { run: 'r9', isRunning: true, waitsForFollower: true };

it('follows the applied versions in the order of their sequences', () => {
  expect(follow([version(3), version(1), version(2)], [file(1), file(2), file(3)])).toMatchObject({ followed: [1, 2, 3], not: {} });
});

it('says nothing of a version that is not in the table', () => {
  expect(follow([version(1), version(2, { status: 'rolledBack' })], [file(1), file(2, removes), file(3)])).toMatchObject({
    followed: [1],
    not: {},
  });
});

it.each<[string, Partial<Version>, DeployedCode[], string]>([
  ['one that is taken back', { status: 'rollingBack' }, [file(1)], 'rollingBack'],
  ['a baselined one', { run: 'baseline' }, [file(1)], 'notByRun'],
  ['one that the predecessor ran', { run: 'baseline', fromPredecessor: true }, [file(1)], 'notByRun'],
  ['a squashed one', { squashed: { by: 'me', at: 'then' } }, [], 'notByRun'],
  ['one without a file', {}, [], 'noFile'],
  ['one whose file is other code', {}, [file(1, {}, { checksum: 'other' })], 'otherCode'],
  ['one that opts out', {}, [file(1, { follows: false })], 'optedOut'],
  ['one that inserts', {}, [file(1, { declared: { ...noDeclarations, inserts: true } })], 'writesOtherItems'],
  ['one that deletes', {}, [file(1, { declared: { ...noDeclarations, deletes: true } })], 'writesOtherItems'],
  ['one that writes another table', {}, [file(1, { declared: { ...noDeclarations, writes: ['Other'] } })], 'writesOtherItems'],
  [
    'one that only its journal takes back',
    {},
    [file(1, { declared: { ...noDeclarations, overwrites: ['x'] }, transformDown: undefined })],
    'onlyJournalBack',
  ],
  ['one whose preparation is not there', {}, [file(1, { prepare: () => 1 })], 'noPreparation'],
  ['one that is half-way, and whose run is over', { status: 'applying' }, [file(1)], 'notUnderWay'],
  ['one of a table that was replaced', { tableId: 'before' }, [file(1)], 'otherTable'],
])('does not follow %s', (_, fields, files, name) => {
  expect(follow([version(1, fields)], files, { tableId: 'now' })).toMatchObject({ followed: [], not: { 1: name } });
});

it('follows one that only adds and has no transformDown, and one whose preparation is there', () => {
  const preparation = { table: 'Users', sequence: 2, checksum: 'c2', version: 'p' };
  const files = [file(1, { transformDown: undefined }), file(2, { prepare: () => 1 })];

  expect(follow([version(1), version(2, { preparation })], files)).toMatchObject({ followed: [1, 2] });
});

it('follows one by a checksum that an earlier algorithm gave its source', () => {
  expect(follow([version(1, { checksum: '1:old' })], [file(1, {}, { formerChecksums: ['1:old'] })])).toMatchObject({ followed: [1] });
});

it('follows the version that the running run is at on its way up, by its code only', () => {
  const applying = version(2, { status: 'applying', run: 'r9', codes: [{ checksum: 'c2', bundleChecksum: 'b2' }] });

  expect(follow([version(1), applying], [file(1), file(2)], { holder: running })).toMatchObject({ followed: [1, 2] });
  const otherBundle = [file(1), file(2, {}, { bundleChecksum: 'other' })];
  expect(follow([version(1), applying], otherBundle, { holder: running })).toMatchObject({ followed: [1], not: { 2: 'otherCode' } });
  const stopped = { ...running, isRunning: false };
  expect(follow([version(1), applying], [file(1), file(2)], { holder: stopped })).toMatchObject({
    followed: [1],
    not: { 2: 'notUnderWay' },
  });
});

it('follows none while a run holds the table that does not wait for the follower', () => {
  const unaware = { ...running, waitsForFollower: false };

  expect(follow([version(1)], [file(1)], { holder: unaware })).toMatchObject({ followed: [], not: { 1: 'runUnaware' } });
  expect(follow([version(1)], [file(1)], { holder: { ...unaware, isRunning: false } })).toMatchObject({ followed: [] });
});

it('does not follow what cannot be bound, and says why', () => {
  const { followed, reasons } = follow([version(1), version(2)], [file(1), file(2)], { unbound: new Map([[2, 'its index is gone']]) });

  expect(followed).toEqual([1]);
  expect(reasons).toEqual(['its index is gone']);
});

it('the order rule: follows none below a version that overwrites or removes, and is not followed', () => {
  const { followed, not, reasons } = follow(
    [version(1), version(2), version(3), version(4)],
    [file(1), file(2), file(3, { ...removes, follows: false }), file(4)],
  );

  expect(followed).toEqual([4]);
  expect(not).toEqual({ 1: 'blocked', 2: 'blocked', 3: 'optedOut' });
  expect(reasons[0]).toContain('v3');
});

it('the order rule: a version that only adds blocks none below it', () => {
  expect(follow([version(1), version(2)], [file(1), file(2, { follows: false })])).toMatchObject({ followed: [1] });
});

it.each<[string, Partial<Version>, DeployedCode[]]>([
  ['that is being rolled back', { status: 'rollingBack' }, [file(1), file(2, removes)]],
  ['that is half-way', { status: 'applying' }, [file(1), file(2, removes)]],
  ['of which no file tells what it does', {}, [file(1)]],
  ['whose file is other code', {}, [file(1), file(2, {}, { checksum: 'other' })]],
])('the order rule holds for a version %s', (_, fields, files) => {
  expect(follow([version(1), version(2, fields)], files)).toMatchObject({ followed: [], not: { 1: 'blocked' } });
});

it('the order rule: follows none that overwrites or removes above a version that is not followed', () => {
  const { followed, not, reasons } = follow(
    [version(1), version(2), version(3), version(4)],
    [file(1), file(2, { follows: false }), file(3, removes), file(4)],
  );

  expect(followed).toEqual([4]);
  expect(not).toEqual({ 1: 'blocked', 2: 'optedOut', 3: 'blocked' });
  expect(reasons[2]).toBe('v2 is in the table and is not followed, and this version could remove or overwrite what it needs');
});

it.each<[string, Partial<Version>]>([
  ['baselined', { run: 'baseline' }],
  ['squashed', { squashed: { by: 'me', at: 'then' } }],
])('the order rule: nobody writes what came before a version that was %s', (_, fields) => {
  expect(follow([version(1, fields), version(2)], [file(1), file(2, removes)])).toMatchObject({ followed: [2], not: { 1: 'notByRun' } });
});
