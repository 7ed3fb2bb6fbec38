import { describe, expect, it } from 'vitest';
import { RunError } from '../../../../core/errors.ts';
import type { Version, VersionStatus } from '../../../../core/ledger/versions/version.ts';
import { type Deployed, planRun } from '../../../../core/run/plan-run.ts';
import { parseRunInput } from '../../../../core/run/run-input.ts';
import { checkExports } from '../../../../core/transformation/check-exports.ts';
import { runErrorOf } from '../../../support/refusal-of.ts';

function transformUp() {}

/** The deployed file of a version; its checksum is `c` and its sequence unless given. */
function file(sequence: number, { checksum = `c${sequence}`, ...exported }: { checksum?: string; [name: string]: unknown } = {}): Deployed {
  const name = `Users/v${sequence}.ts`;
  return { file: name, checksum, transformation: checkExports({ sequence, transformUp, adds: ['new'], ...exported }, name) };
}

function version(sequence: number, status: VersionStatus, checksum = `c${sequence}`): Version {
  return {
    table: 'Users',
    sequence,
    status,
    checksum,
    run: 'r0',
    execution: 'arn:e0',
    at: '2030-01-01T00:00:00.000Z',
  };
}

function plan(input: object, deployed: Deployed[], versions: Version[] = []): number[] {
  return planRun(parseRunInput({ table: 'Users', ...input }), deployed, versions).map(({ sequence }) => sequence);
}

function refusalOf(...args: Parameters<typeof plan>): RunError {
  return runErrorOf(() => plan(...args));
}

const files = [file(3), file(1), file(2)];
const down = { direction: 'down' };

describe('a run up', () => {
  it('takes what is pending, in the order of sequences, each with the code that is deployed', () => {
    expect(plan({}, files)).toEqual([1, 2, 3]);
    expect(plan({}, files, [version(1, 'applied')])).toEqual([2, 3]);
    expect(planRun(parseRunInput({ table: 'Users' }), [file(7, { checksum: 'x' })], [])).toEqual([
      { sequence: 7, checksum: 'x', file: 'Users/v7.ts', prepares: false, seeds: false },
    ]);
  });

  it('has nothing to do where everything is applied, or nothing is deployed', () => {
    expect(plan({}, files, [version(1, 'applied'), version(2, 'applied'), version(3, 'applied')])).toEqual([]);
    expect(plan({}, [])).toEqual([]);
  });

  it.each<VersionStatus>(['applying', 'rollingBack', 'rolledBack'])('takes a version that is %s', (status) => {
    expect(plan({}, files, [version(1, 'applied'), version(2, status)])).toEqual([2, 3]);
  });

  it('goes no further than it is asked to', () => {
    expect(plan({ to: 2 }, files)).toEqual([1, 2]);
    expect(plan({ to: 1 }, files, [version(1, 'applied')])).toEqual([]);
    expect(plan({ to: 2 }, files, [version(1, 'applied'), version(2, 'applied'), version(3, 'applied')])).toEqual([]);
  });

  it.each([{ to: 4 }, { again: 4 }, { to: 0 }])('is refused for a version that is not deployed: %o', (input) => {
    const error = refusalOf(input, files);

    expect(error.name).toBe('InvalidInput');
    expect(error.message).toContain('Deployed versions: v1, v2, v3.');
    expect(refusalOf({ to: 1 }, []).message).toContain('Deployed versions: none.');
  });

  it('is refused where a pending version is below one that is applied, naming both', () => {
    const versions = [version(1, 'applied'), version(3, 'applied')];

    const error = refusalOf({}, files, versions);

    expect(error.name).toBe('OutOfOrder');
    expect(error.message).toContain('Users v2 is pending, but v3 is applied already');
    expect(error.message).toContain('a number above 3');
    expect(error.message).toContain('dynamodt up Users --again 2');
  });

  it('is not out of order above a version that was rolled back, or is about to be', () => {
    expect(plan({}, files, [version(1, 'applied'), version(3, 'rolledBack')])).toEqual([2, 3]);
    expect(plan({}, files, [version(1, 'applied'), version(3, 'rollingBack')])).toEqual([2, 3]);
  });

  it('sweeps a version again where that is asked for, applied or not, in order or not, and only that one', () => {
    expect(plan({ again: 2 }, files, [version(1, 'applied'), version(2, 'applied')])).toEqual([2]);
    expect(plan({ again: 2 }, files, [version(1, 'applied'), version(3, 'applied')])).toEqual([2]);
  });

  it.each([1, 2, 3])('is refused where it is to sweep one version again and to go to another: again 3, to %i', (to) => {
    const error = refusalOf({ again: 3, to }, files, [version(1, 'applied'), version(3, 'applied')]);

    expect(error).toMatchObject({ name: 'InvalidInput', message: expect.stringContaining('"again"') });
    expect(error.message).toContain('"to"');
  });

  it('is refused for a version that is not filled in, as `dynamodt init` makes it, and not for one that only seeds', () => {
    const unfilled = file(2, { adds: [], transformUp: () => undefined });
    const error = refusalOf({}, [file(1), unfilled], [version(1, 'applied')]);

    expect(error.name).toBe('InvalidTransformation');
    expect(error.message).toMatch(/Users\/v2\.ts is as `dynamodt init` made it.*Fill it in/);
    expect(plan({ to: 1 }, [file(1), unfilled])).toEqual([1]);
    expect(plan({}, [file(1, { adds: [], seed: [{ id: '1' }] })])).toEqual([1]);
    expect(plan({}, [file(1, { adds: [], inserts: true })])).toEqual([1]);
    // One that only forgot its declarations fails with the line to add.
    expect(plan({}, [file(1, { adds: [], transformUp: (item: object) => item })])).toEqual([1]);
  });

  it('takes 1, 2, 10 and 11 as numbers, up and down', () => {
    const deployed = [file(10), file(2), file(11), file(1)];
    expect(plan({}, deployed)).toEqual([1, 2, 10, 11]);
    const applied = [version(10, 'applied'), version(2, 'applied'), version(11, 'applied'), version(1, 'applied')];
    expect(plan({ ...down, to: 0 }, deployed, applied)).toEqual([11, 10, 2, 1]);
    expect(plan(down, deployed, applied)).toEqual([11]);
    expect(refusalOf({}, deployed, [version(10, 'applied')]).message).toContain('Users v1, v2 are pending, but v10 is applied');
  });

  it('does not mind that the file of an applied version is gone', () => {
    expect(plan({}, [file(3)], [version(1, 'applied'), version(2, 'applied')])).toEqual([3]);
  });
});

describe('a changed file', () => {
  it.each<[object, string]>([
    [{}, 'up'],
    [{ again: 1 }, 'up again'],
    [down, 'down'],
  ])('of an applied version refuses any run: %o', (input) => {
    const error = refusalOf(input, [file(1, { checksum: 'new' }), file(2)], [version(1, 'applied', 'old')]);

    expect(error.name).toBe('ChecksumMismatch');
    expect(error.message).toContain('Users/v1.ts is not what was applied as Users v1: the ledger has checksum old, the file has new.');
    expect(error.message).toContain('dynamodt repair Users');
  });

  it.each<VersionStatus>(['applying', 'rollingBack', 'rolledBack'])('of a version that is %s is taken as it is now', (status) => {
    expect(planRun(parseRunInput({ table: 'Users' }), [file(1, { checksum: 'new' })], [version(1, status, 'old')])).toEqual([
      { sequence: 1, checksum: 'new', file: 'Users/v1.ts', prepares: false, seeds: false },
    ]);
  });
});

describe('another file with the number of a version', () => {
  const begunWith = (status: VersionStatus, name = 'v2_names') => ({ ...version(2, status, 'old'), file: `Users/${name}.ts` });
  const renamed = (name: string, checksum = 'new') => ({ ...file(2, { checksum }), file: `Users/${name}` });

  it.each<[object, string]>([
    [{}, 'up'],
    [{ again: 2 }, 'up again'],
    [{ ...down, to: 0 }, 'down'],
  ])('is refused where the version is applied, and told its number: %o', (input) => {
    const deployed = [file(1), renamed('v2_emails.ts'), file(7)];

    const error = refusalOf(input, deployed, [version(1, 'applied'), begunWith('applied')]);

    expect(error).toMatchObject({ name: 'SequenceTaken', fields: { table: 'Users', sequence: 2, file: 'Users/v2_emails.ts', run: 'r0' } });
    expect(error.message).toContain('Users v2 was applied from Users/v2_names.ts (run r0');
    expect(error.message).toContain('Give it the number 8');
  });

  it.each<VersionStatus>(['applying', 'rollingBack'])('is refused up and down where the version is %s', (status) => {
    for (const input of [{}, down]) {
      const error = refusalOf(input, [file(1), renamed('v2_emails.ts')], [version(1, 'applied'), begunWith(status)]);

      expect(error).toMatchObject({ name: 'HalfApplied', fields: { sequence: 2, file: 'Users/v2_emails.ts', run: 'r0' } });
      expect(error.message).toMatch(/`dynamodt up Users --kept-code`.*`dynamodt down Users --kept-code`.*Users\/v2_emails.ts/);
    }
  });

  it('may have the number of a version that was rolled back', () => {
    expect(plan({}, [file(1), renamed('v2_emails.ts')], [version(1, 'applied'), begunWith('rolledBack')])).toEqual([2]);
  });

  it('is the same file where only its name or its ending changed, or an older record has no name', () => {
    const versions = [version(1, 'applied'), begunWith('applied')];
    expect(plan({}, [file(1), renamed('v2_emails.ts', 'old')], versions)).toEqual([]);
    expect(refusalOf({}, [file(1), renamed('v2_names.js')], versions).name).toBe('ChecksumMismatch');
    expect(plan({}, [file(1), renamed('v2_names.js')], [version(1, 'applied'), begunWith('applying')])).toEqual([2]);
    expect(plan({}, [file(1), renamed('v2_emails.ts')], [version(1, 'applied'), version(2, 'applying', 'old')])).toEqual([2]);
  });
});

describe('a half-way version whose file is not deployed', () => {
  it.each<VersionStatus>(['applying', 'rollingBack'])('refuses every run that would pass it by: %s', (status) => {
    const versions = [version(1, 'applied'), { ...version(2, status), file: 'Users/v2_names.ts' }];

    for (const input of [{}, { dryRun: true }, down, { ...down, to: 0 }]) {
      const error = refusalOf(input, [file(1), file(3)], versions);

      expect(error).toMatchObject({ name: 'HalfApplied', fields: { sequence: 2, file: 'Users/v2_names.ts' } });
      expect(error.message).toMatch(/`dynamodt up Users --kept-code`.*`dynamodt down Users --kept-code`.*deploy Users\/v2_names.ts again/);
    }
    expect(refusalOf({}, [file(1), file(3)], [version(2, status)]).message).toContain('deploy transformations/Users/v2*.ts again');
  });

  it('does not refuse what stays below it, or sweeps another version again', () => {
    const versions = [version(2, 'applying')];
    expect(plan({ to: 1 }, [file(1)], versions)).toEqual([1]);
    expect(plan({ again: 1 }, [file(1)], [version(1, 'applied'), ...versions])).toEqual([1]);
  });
});

describe('a run down', () => {
  const applied = [version(1, 'applied'), version(2, 'applied'), version(3, 'applied')];

  it('takes one step where it is not told how far', () => {
    expect(plan(down, files, applied)).toEqual([3]);
    expect(plan(down, files, [version(1, 'applied'), version(2, 'applied'), version(3, 'rolledBack')])).toEqual([2]);
  });

  it('goes down to the version that stays, newest first, and to nothing at 0', () => {
    expect(plan({ ...down, to: 1 }, files, applied)).toEqual([3, 2]);
    expect(plan({ ...down, to: 0 }, files, applied)).toEqual([3, 2, 1]);
    expect(plan({ ...down, to: 3 }, files, applied)).toEqual([]);
  });

  it.each<VersionStatus>(['applying', 'rollingBack'])('takes a version that is %s, as items may have its shape', (status) => {
    expect(plan(down, files, [version(1, 'applied'), version(2, status)])).toEqual([2]);
  });

  it('has nothing to do where nothing is in the table', () => {
    expect(plan(down, files)).toEqual([]);
    expect(plan({ ...down, to: 0 }, files, [version(1, 'rolledBack')])).toEqual([]);
  });

  it('is refused where the file of a version to undo is gone, and not for others', () => {
    const error = refusalOf({ ...down, to: 1 }, [file(1), file(3)], applied);

    expect(error.name).toBe('MissingTransformation');
    expect(error.message).toContain('Users v2 is in the table, but its file is not deployed');
    expect(plan(down, [file(3)], applied)).toEqual([3]);
  });

  it.each([{ overwrites: ['a'] }, { removes: ['a'] }, { inserts: true }, { deletes: true }])(
    'is refused for a version without transformDown that does more than add: %o',
    (declared) => {
      const error = refusalOf(down, [file(1, { adds: ['b'], ...declared })], [version(1, 'applied')]);

      expect(error.name).toBe('Irreversible');
      expect(error.message).toContain('Add a transformDown to Users/v1.ts, or restore the table from point-in-time recovery or a backup.');
    },
  );

  it('takes a version that only adds without transformDown, and any with one', () => {
    expect(plan(down, [file(1, { adds: ['a'] })], [version(1, 'applied')])).toEqual([1]);
    expect(plan(down, [file(1, { deletes: true, transformDown: transformUp })], [version(1, 'applied')])).toEqual([1]);
  });

  it('is refused whole where one of its steps cannot be undone, before anything is', () => {
    const deployed = [file(1), file(2, { removes: ['a'] }), file(3)];

    expect(refusalOf({ ...down, to: 0 }, deployed, applied).name).toBe('Irreversible');
  });

  it('cannot sweep a version again', () => {
    expect(refusalOf({ ...down, again: 1 }, files, applied)).toMatchObject({
      name: 'InvalidInput',
      message: expect.stringContaining('"again"'),
    });
  });
});

describe('the input of a run', () => {
  it('has a default for everything but the table', () => {
    expect(parseRunInput({ table: 'Users' })).toEqual({
      table: 'Users',
      direction: 'up',
      rewrite: false,
      keptCode: false,
      exact: false,
      dryRun: false,
      prepareOnly: false,
      oneByOne: false,
      maxFailures: 100,
      acceptLastWriterWins: false,
    });
  });

  it.each<[unknown, string]>([
    [{}, 'table'],
    [{ table: '' }, 'table'],
    [{ table: 'Users', direction: 'left' }, 'direction'],
    [{ table: 'Users', to: -1 }, 'to'],
    [{ table: 'Users', to: 1.5 }, 'to'],
    [{ table: 'Users', again: 0 }, 'again'],
    [{ table: 'Users', totalSegments: 10_001 }, 'totalSegments'],
    [{ table: 'Users', maxConcurrency: 0 }, 'maxConcurrency'],
    [{ table: 'Users', writeUnits: 0 }, 'writeUnits'],
    [{ table: 'Users', readUnits: '5' }, 'readUnits'],
    [{ table: 'Users', maxFailures: -1 }, 'maxFailures'],
    [{ table: 'Users', dryRun: 'yes' }, 'dryRun'],
    [{ table: 'Users', dryrun: true }, 'dryrun'],
    [null, 'input'],
    ['Users', 'input'],
  ])('is refused by the name of its field: %j', (input, field) => {
    expect(() => parseRunInput(input)).toThrow(RunError);
    expect(() => parseRunInput(input)).toThrow(field);
  });
});
