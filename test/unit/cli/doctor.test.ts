import { describe, expect, it } from 'vitest';
import { OperatorError } from '../../../aws/operator/operator-error.ts';
import { IamRefused } from '../../../aws/operator/simulate-policy.ts';
import type { TableHealth } from '../../../aws/table/table-health.ts';
import type { Check } from '../../../cli/doctor/check.ts';
import { doctorText } from '../../../cli/doctor/doctor-text.ts';
import { fileChecks } from '../../../cli/doctor/file-checks.ts';
import { serviceChecks, surroundingChecks } from '../../../cli/doctor/surroundings.ts';
import { settingChecks, standingChecks } from '../../../cli/doctor/table-checks.ts';
import type { StatusDocument } from '../../../cli/status/status-document.ts';
import { aStatusRun } from '../../support/run-records.ts';

const healthy: TableHealth = {
  status: 'ACTIVE',
  deletionProtection: true,
  pointInTimeRecovery: { isOn: true, days: 35, since: '2026-01-01T00:00:00.000Z' },
  timeToLive: 'expires',
  hasStream: false,
  replicaRegions: [],
  warmWriteUnits: 4000,
  indexes: [{ name: 'byEmail', status: 'ACTIVE' }],
};

const standing: StatusDocument = { table: 'Users', applied: [1], pending: [2], run: aStatusRun({ status: 'succeeded' }) };

type Service = Parameters<typeof serviceChecks>[0];

type Fields = Partial<Omit<Service, 'account'>> & Partial<Service['account']>;

function serviceWith({ callerArn, denied, concurrency, alarms, ...fields }: Fields = {}): Service {
  return {
    name: 'dynamodt',
    place: async () => ({ endpoint: undefined, region: 'eu-west-1' }),
    explained: async (error) => error,
    catalog: async () => ({ version: '1.2.3', tables: {} }),
    hasStateMachine: async () => true,
    account: {
      callerArn: callerArn ?? (async () => 'arn:aws:iam::123456789012:user/ann'),
      denied: denied ?? (async (asked) => asked.map(() => [])),
      concurrency: concurrency ?? (async () => 1000),
      alarms: alarms ?? (async () => [{ name: 'dynamodt-runs-failed', hasAction: true }]),
    },
    ...fields,
  };
}

function named(checks: readonly Check[], name: string): Check | undefined {
  return checks.find((check) => check.name === name);
}

function thrown(name: string): () => Promise<never> {
  return () => Promise.reject(Object.assign(new Error(name), { name }));
}

describe('the settings of a table', () => {
  it('are green if nothing can be better', () => {
    const checks = settingChecks('Users', 'prod-users', healthy);
    expect(checks.filter(({ health }) => health !== 'green')).toEqual([]);
    expect(named(checks, 'pointInTimeRecovery')?.message).toBe(
      'Point-in-time recovery is on for 35 days, back to 2026-01-01 00:00:00 UTC.',
    );
  });

  it.each<[string, Partial<TableHealth>, string]>([
    ['pointInTimeRecovery', { pointInTimeRecovery: { isOn: false } }, 'update-continuous-backups --table-name prod-users'],
    ['deletionProtection', { deletionProtection: false }, 'update-table --table-name prod-users --deletion-protection-enabled'],
    ['replicas', { replicaRegions: ['us-east-1'] }, '--accept-last-writer-wins'],
    ['indexes', { indexes: [{ name: 'byEmail', status: 'CREATING' }] }, 'Wait until'],
    ['table', { status: 'UPDATING' }, 'Wait until'],
  ])('are yellow, with what mends them: %s', (name, fields, mend) => {
    expect(named(settingChecks('Users', 'prod-users', { ...healthy, ...fields }), name)).toMatchObject({
      health: 'yellow',
      mend: expect.stringContaining(mend),
    });
  });

  it('are not known, and not red, if nobody tells them', () => {
    const unknown = {
      deletionProtection: 'unknown',
      pointInTimeRecovery: 'unknown',
      timeToLive: 'unknown',
      warmWriteUnits: undefined,
    } as const;
    const checks = settingChecks('Users', 'users', { ...healthy, ...unknown });
    expect(checks.filter(({ health }) => health === 'notKnown').map(({ name }) => name)).toEqual([
      'pointInTimeRecovery',
      'deletionProtection',
      'timeToLive',
      'throughput',
    ]);
    expect(checks.some(({ health }) => health === 'red')).toBe(false);
  });
});

describe('how a table stands', () => {
  it('is green if its last run is over', () => {
    expect(standingChecks(standing).every(({ health }) => health === 'green')).toBe(true);
  });

  const halfway = [{ sequence: 2, direction: 'up' as const, run: 'r1', since: '2026-01-02T10:00:00.000Z' }];
  const warning = { name: 'ChecksumMismatch', sequence: 1, message: 'differs' } as const;
  const pause = { by: 'user:ann', since: '2026-01-02T10:00:00.000Z' };
  it.each<[string, Partial<StatusDocument>, Check['health'], string]>([
    ['a run left a version half-way', { halfway }, 'red', 'dynamodt up Users'],
    ['a run is paused', { paused: pause }, 'yellow', 'dynamodt resume Users'],
    ['versions are held', { hold: { below: 2, by: 'user:ann', since: pause.since, sequences: [2] } }, 'yellow', 'dynamodt release Users'],
    [
      'a segment is stuck',
      { retried: [{ segment: 4, attempt: 5, tries: 3, since: pause.since }] },
      'red',
      'dynamodt status Users --failures',
    ],
    ['an applied file is missing', { warnings: [{ ...warning, name: 'MissingTransformation' }] }, 'yellow', 'dynamodt status Users --ack'],
  ])('is not green if %s', (_, fields, health, mend) => {
    const found = standingChecks({ ...standing, ...fields }).filter((check) => check.health !== 'green');
    expect(found).toMatchObject([{ health, mend: expect.stringContaining(mend) }]);
  });

  it('is red if a file was changed that is applied, unless somebody acknowledged it', () => {
    expect(named(standingChecks({ ...standing, warnings: [warning] }), 'files')?.health).toBe('red');
    const acknowledged = { by: 'user:ann', at: pause.since };
    expect(named(standingChecks({ ...standing, warnings: [{ ...warning, acknowledged }] }), 'files')).toBeUndefined();
  });

  it('is not red while a run is under way', () => {
    const underWay = { halfway: halfway.map((version) => ({ ...version, isUnderWay: true })), run: aStatusRun({ status: 'running' }) };
    expect(standingChecks({ ...standing, ...underWay }).every(({ health }) => health === 'green')).toBe(true);
  });
});

describe('the surroundings', () => {
  const env = { AWS_CONFIG_FILE: '/nowhere', AWS_SHARED_CREDENTIALS_FILE: '/nowhere' };

  it.each([
    ['have expired', {}, { callerArn: thrown('ExpiredToken') }, 'log in again'],
    ['are of a profile that does not exist', { AWS_PROFILE: 'nope' }, {}, 'There is no profile "nope"'],
    [
      'are refused',
      {},
      {
        callerArn: async () => {
          throw new OperatorError('AccessDenied', 'AWS refused the request.');
        },
      },
      'AWS refused',
    ],
  ])('say that the credentials %s', async (_, more, fields, message) => {
    const checks = await surroundingChecks(serviceWith(fields), { ...env, ...more });
    expect(named(checks, 'credentials')).toMatchObject({ health: 'red', message: expect.stringContaining(message) });
  });

  it('say that there is no region, and ask nobody', async () => {
    const checks = await surroundingChecks(
      serviceWith({ place: async () => ({ endpoint: undefined, region: undefined }), callerArn: thrown('asked') }),
      env,
    );
    expect(checks.map(({ name, health }) => [name, health])).toEqual([
      ['endpoint', 'green'],
      ['region', 'red'],
    ]);
  });
});

describe('the service', () => {
  it('is green if it has the version of the command', async () => {
    const { checks } = await serviceChecks(serviceWith(), '1.2.3');
    expect(checks.map(({ health }) => health)).toEqual(['green', 'green', 'green', 'green', 'green']);
  });

  it.each<[string, Fields, string, Check['health'], string]>([
    ['its version is another one', { catalog: async () => ({ version: '1.0.0', tables: {} }) }, 'service', 'yellow', 'npx dynamodt@1.0.0'],
    [
      'it is not deployed',
      {
        catalog: async () => {
          throw new OperatorError('ServiceNotFound', 'no');
        },
      },
      'service',
      'red',
      'npx dynamodt deploy',
    ],
    [
      'the caller may not use it',
      {
        hasStateMachine: async () => {
          throw new OperatorError('AccessDenied', 'no');
        },
      },
      'grants',
      'red',
      'grantOperate',
    ],
    [
      'the caller may not hold versions',
      { denied: async (asked) => asked.map(({ actions }) => (actions.includes('dynamodb:PutItem') ? ['dynamodb:PutItem'] : [])) },
      'writeGrants',
      'yellow',
      'grantOperate',
    ],
    [
      'the caller may not simulate',
      {
        denied: async () => {
          throw new IamRefused('AccessDenied', 'SimulatePrincipalPolicy');
        },
      },
      'writeGrants',
      'yellow',
      'iam:SimulatePrincipalPolicy',
    ],
    ['the account runs few functions', { concurrency: async () => 10 }, 'concurrency', 'yellow', 'quota'],
    ['an alarm tells nobody', { alarms: async () => [{ name: 'dynamodt-runs-failed', hasAction: false }] }, 'alarms', 'yellow', 'notify'],
  ])('is not green if %s', async (_, fields, name, health, mend) => {
    const { checks } = await serviceChecks(serviceWith(fields), '1.2.3');
    expect(named(checks, name)).toMatchObject({ health, mend: expect.stringContaining(mend) });
  });

  it('has parts that are not known where nobody tells them', async () => {
    const { checks } = await serviceChecks(serviceWith({ concurrency: thrown('x'), alarms: thrown('x') }), '1.2.3');
    expect(checks.filter(({ health }) => health === 'notKnown').map(({ name }) => name)).toEqual(['concurrency', 'alarms']);
  });
});

it('says which files here are not deployed, and which deployed ones are not here', () => {
  const [v1, v2, v3] = [1, 2, 3].map((sequence) => ({ file: `Users/v${sequence}.ts`, sequence, checksum: `c${sequence}` }));
  if (!v1 || !v2 || !v3) throw new Error('three files');
  expect(fileChecks('Users', [v1], [v1])).toMatchObject([{ health: 'green' }]);
  expect(fileChecks('Users', [v1, { ...v2, checksum: 'other' }], [v1, v2, v3]).map(({ message }) => message)).toEqual([
    'v2 here is not deployed as it is.',
    'v3 is deployed, and not here.',
  ]);
});

it('prints a line for each check, with what mends it, and how many are good', () => {
  const checks: Check[] = [
    { name: 'region', health: 'green', message: 'eu-west-1.' },
    { table: 'Users', name: 'hold', health: 'yellow', message: 'v2 is held.', mend: 'dynamodt release Users' },
    { table: 'Users', name: 'timeToLive', health: 'notKnown', message: 'Time to live cannot be read.' },
  ];
  expect(doctorText({ ok: true, checks }, { styled: (_, text) => text })).toEqual([
    '✓ region: eu-west-1.',
    '',
    'Users',
    '• hold: v2 is held.',
    '    dynamodt release Users',
    '? timeToLive: not known: Time to live cannot be read.',
    '',
    '1 good, 1 to look at, 0 to mend, 1 not known',
  ]);
});
