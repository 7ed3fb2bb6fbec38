import { describe, expect, it } from 'vitest';
import type { Version, VersionStatus } from '../../../../../core/ledger/versions/version.ts';
import { type Amendment, type AmendVersionsPorts, amendVersions } from '../../../../../core/run/versions/amend-versions.ts';
import { type Baseline, baselineVersions, sequencesToBaseline } from '../../../../../core/run/versions/baseline-versions.ts';
import { type Repair, repairVersions } from '../../../../../core/run/versions/repair-versions.ts';
import { runErrorOf } from '../../../../support/refusal-of.ts';
import { aLock } from '../../../../support/run-records.ts';

const now = '2026-01-02T10:00:00.000Z';

function file(sequence: number, checksum = `1:${sequence}`) {
  return { file: `Users/v${sequence}.ts`, sequence, checksum };
}

function version(sequence: number, status: VersionStatus, checksum = `1:${sequence}`): Version {
  return {
    table: 'Users',
    sequence,
    status,
    checksum,
    run: 'r0',
    execution: 'arn:e0',
    at: '2025-01-01T00:00:00.000Z',
  };
}

const files = [file(1), file(2), file(10), file(11)];

function changes(amendments: readonly Amendment[]) {
  return amendments.map(({ before, after }) => `v${after.sequence} ${before?.status ?? 'none'} → ${after.status}`);
}

describe('repair', () => {
  const repair = (versions: Version[], asked: Partial<Repair> = {}) =>
    repairVersions({ table: 'Users', files, sequence: undefined, by: 'user:ann', now, ...asked }, versions);

  it('takes the checksums of the deployed files, keeps the codes of runs, and changes nothing else but who said so and when', () => {
    const differing = version(2, 'applied', '1:old');

    const amendments = repair([version(1, 'applied'), differing, version(10, 'applied')]);

    expect(amendments).toEqual([
      {
        before: differing,
        after: {
          ...differing,
          checksum: '1:2',
          file: 'Users/v2.ts',
          codes: [{ checksum: '1:old' }],
          repaired: { by: 'user:ann', at: now, from: '1:old' },
        },
      },
    ]);
  });

  it('has nothing to do where every applied version is as deployed, or its file is gone', () => {
    expect(repair([version(1, 'applied'), version(3, 'applied', '1:gone')])).toEqual([]);
  });

  it.each<VersionStatus>(['applying', 'rollingBack', 'rolledBack'])(
    'leaves a version that is %s to runs, which take the file as it is',
    (status) => {
      expect(repair([version(1, status, '1:old')])).toEqual([]);
      expect(runErrorOf(() => repair([version(1, status, '1:old')], { sequence: 1 }))).toMatchObject({
        name: 'InvalidInput',
        message: expect.stringContaining(`Users v1 is ${status}`),
      });
    },
  );

  it('takes only the version that was asked for', () => {
    const versions = [version(1, 'applied', '1:old'), version(2, 'applied', '1:old')];
    expect(changes(repair(versions, { sequence: 2 }))).toEqual(['v2 applied → applied']);
  });

  it('refuses another file than the one that was applied, which never ran', () => {
    const applied = { ...version(2, 'applied', '1:old'), file: 'Users/v2_names.ts' };

    for (const sequence of [undefined, 2])
      expect(runErrorOf(() => repair([applied], { sequence }))).toMatchObject({
        name: 'SequenceTaken',
        message: expect.stringContaining('Give it the number 12'),
      });

    expect(repair([{ ...applied, checksum: '1:2' }])).toEqual([]);
    expect(changes(repair([{ ...applied, file: 'Users/v2.js' }]))).toEqual(['v2 applied → applied']);
  });

  it('refuses one that is not in the ledger, whose file is gone, does not compile, or is one of two', () => {
    expect(runErrorOf(() => repair([], { sequence: 1 })).message).toContain('not in the ledger');
    expect(runErrorOf(() => repair([version(3, 'applied')], { sequence: 3 })).name).toBe('MissingTransformation');
    const broken = { ...file(1, '1:none'), problem: 'does not compile: Unexpected ";" (line 3)' };
    expect(runErrorOf(() => repair([version(1, 'applied')], { files: [broken] }))).toMatchObject({
      name: 'InvalidTransformation',
      message: expect.stringContaining('does not compile'),
    });
    const twins = [file(1, '1:a'), { ...file(1, '1:b'), file: 'Users/v1_again.ts' }];
    expect(runErrorOf(() => repair([version(1, 'applied')], { files: twins })).message).toContain('same sequence as Users/v1.ts');
  });
});

describe('baseline', () => {
  const meant = (asked: Partial<Baseline>): Baseline => ({
    table: 'Users',
    files,
    to: undefined,
    sequences: undefined,
    by: 'user:ann',
    now,
    ...asked,
  });
  const baseline = (versions: Version[], asked: Partial<Baseline> = { to: 10 }) => baselineVersions(meant(asked), versions);

  it('marks every deployed version up to the one that was named, as numbers, and says by whom', () => {
    const amendments = baseline([]);

    expect(changes(amendments)).toEqual(['v1 none → applied', 'v2 none → applied', 'v10 none → applied']);
    expect(amendments[0]?.after).toEqual({
      table: 'Users',
      sequence: 1,
      status: 'applied',
      checksum: '1:1',
      file: 'Users/v1.ts',
      run: 'baseline',
      at: now,
      by: 'user:ann',
    });
  });

  it('marks what was rolled back, and leaves what is applied as it is, whatever its checksum', () => {
    expect(changes(baseline([version(1, 'applied', '1:old'), version(2, 'rolledBack')]))).toEqual([
      'v2 rolledBack → applied',
      'v10 none → applied',
    ]);
  });

  it.each<VersionStatus>(['applying', 'rollingBack'])('is refused whole where a version is %s', (status) => {
    expect(runErrorOf(() => baseline([version(2, status)]))).toMatchObject({
      name: 'InvalidInput',
      message: expect.stringMatching(new RegExp(`v2 is ${status}.*dynamodt up Users.*dynamodt down Users.*Nothing was changed`)),
    });
    expect(changes(baseline([version(11, status)]))).toHaveLength(3);
  });

  it('is refused for a version that is not deployed', () => {
    expect(runErrorOf(() => baseline([], { to: 3 })).message).toMatch(/no Users v3 .*Deployed versions: v1, v2, v10, v11\./);
  });

  it('marks what a predecessor has recorded, as far as it is deployed, and no further than asked', () => {
    expect(changes(baseline([], { sequences: [1, 3, 10] }))).toEqual(['v1 none → applied', 'v10 none → applied']);
    expect(changes(baseline([], { sequences: [1, 3, 10], to: 5 }))).toEqual(['v1 none → applied']);
    expect(sequencesToBaseline(meant({ sequences: [1, 3, 10] }))).toEqual({ deployed: [1, 10], missing: [3] });
  });
});

describe('what the ledger says of versions', () => {
  const amendment: Amendment = { before: undefined, after: version(1, 'applied') };
  const ports = (given: Partial<AmendVersionsPorts> & { lock?: ReturnType<typeof aLock> }): AmendVersionsPorts => ({
    ledger: { versions: async () => [], lock: async () => given.lock },
    isAlive: async () => false,
    write: async () => true,
    ...given,
  });

  it('does not change while a run holds the table', async () => {
    const held = ports({ lock: aLock(), isAlive: async () => true, write: () => Promise.reject(new Error('It was written.')) });
    await expect(amendVersions('Users', () => [amendment], held)).rejects.toMatchObject({ name: 'TableBusy' });
  });

  it.each([
    ['nothing ever ran', ports({})],
    ['the last run gave the table back', ports({ lock: aLock({ endedAt: now }), isAlive: async () => true })],
    ['the run that holds it has died', ports({ lock: aLock() })],
  ])('changes where %s', async (_, free) => {
    expect(await amendVersions('Users', () => [amendment], free)).toEqual([amendment]);
  });

  it('is decided anew where something else was faster, and given up after a few times', async () => {
    let [decided, written] = [0, 0];
    const decide = () => {
      decided++;
      return [amendment];
    };
    const late = ports({ write: async () => ++written > 2 });
    expect(await amendVersions('Users', decide, late)).toEqual([amendment]);
    expect({ decided, written }).toEqual({ decided: 3, written: 3 });

    await expect(amendVersions('Users', decide, ports({ write: async () => false }))).rejects.toMatchObject({ name: 'TableBusy' });
  });

  it('is not written where there is nothing to change, nor more than a transaction takes', async () => {
    const never = ports({ write: () => Promise.reject(new Error('It was written.')) });
    expect(await amendVersions('Users', () => [], never)).toEqual([]);
    const many = Array.from({ length: 100 }, () => amendment);
    await expect(amendVersions('Users', () => many, never)).rejects.toMatchObject({ name: 'InvalidInput' });
  });
});
