import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { AttributeValue } from '@aws-sdk/client-dynamodb';
import { describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { CatalogRecord } from '../../../aws/ledger/catalog.ts';
import { ControlRecord } from '../../../aws/ledger/control-record.ts';
import {
  CheckpointRecord,
  FailureRecord,
  fromRecord,
  LockRecord,
  PreparationRecord,
  RunRecord,
  SettledPassRecord,
  ToChangeRecord,
  VersionRecord,
} from '../../../aws/ledger/ledger-record.ts';
import type { RunError } from '../../../core/errors.ts';
import { fileWarnings } from '../../../core/run/file-warnings.ts';
import { packageRoot } from '../../../infra/package-root.ts';

type Stored = Record<string, AttributeValue>;

/** `test/ledgers/<version>/<kind>.json`: records as each released version of dynamodt stored them. */
const folder = join(packageRoot, 'test/ledgers');
const releases = readdirSync(folder);

const schemas: Record<string, z.ZodType> = {
  catalog: CatalogRecord,
  checkpoints: CheckpointRecord,
  controls: ControlRecord,
  failures: FailureRecord,
  locks: LockRecord,
  passes: SettledPassRecord,
  preparations: PreparationRecord,
  runs: RunRecord,
  'to-change': ToChangeRecord,
  versions: VersionRecord,
};

function stored(release: string, kind: string): Stored[] {
  return JSON.parse(readFileSync(join(folder, release, `${kind}.json`), 'utf8'));
}

function read<T>(schema: z.ZodType<T>, release: string, kind: string): T[] {
  return stored(release, kind).map((record) => fromRecord(schema, record));
}

function refusalOf(schema: z.ZodType, record: Stored): RunError {
  try {
    fromRecord(schema, record);
  } catch (error) {
    return error as RunError;
  }
  throw new Error('It was read.');
}

describe.each(releases)('the ledger of dynamodt %s', (release) => {
  it('has records of every kind, and each is read', () => {
    expect(readdirSync(join(folder, release)).sort()).toEqual(
      Object.keys(schemas)
        .map((kind) => `${kind}.json`)
        .sort(),
    );
    for (const [kind, schema] of Object.entries(schemas)) expect(read(schema, release, kind).length, kind).toBeGreaterThan(0);
  });
});

describe('the ledger of dynamodt 0.1.0', () => {
  const versions = read(VersionRecord, '0.1.0', 'versions').filter(({ table }) => table === 'Users');

  it('says what is applied, half-way and rolled back, and which run holds the table', () => {
    expect(versions.map(({ sequence, status }) => `v${sequence} ${status}`)).toEqual(['v1 applied', 'v2 rolledBack', 'v3 applying']);
    const [lock] = read(LockRecord, '0.1.0', 'locks');
    expect({ run: lock?.run, endedAt: lock?.endedAt }).toEqual({ run: versions[2]?.run, endedAt: undefined });
    expect(read(RunRecord, '0.1.0', 'runs').find(({ id }) => id === versions[2]?.run)).toMatchObject({
      status: 'failed',
      error: { name: 'ItemsFailed' },
    });
  });

  it('has no names of files, so that another file counts as a changed one', () => {
    const files = versions.map(({ sequence }) => ({ file: `Users/v${sequence}_new.ts`, sequence, checksum: 'other' }));

    expect(fileWarnings('Users', files, versions).map(({ name, sequence }) => `v${sequence} ${name}`)).toEqual(['v1 ChecksumMismatch']);
  });
});

describe('a record that cannot be read', () => {
  const [baseline, ...others] = stored('0.1.0', 'versions');
  const [version = {}] = others;
  const [control = {}] = stored('0.1.0', 'controls');

  it.each<[string, Stored, string]>([
    ['an unknown status', { ...version, status: { S: 'squashed' } }, 'status'],
    ['no checksum', Object.fromEntries(Object.entries(version).filter(([name]) => name !== 'checksum')), 'checksum'],
    ['a sequence that is text', { ...version, sequence: { S: '1' } }, 'sequence'],
  ])('is LedgerDamaged if it has %s, and names table, version, field and key', (_, record, field) => {
    const error = refusalOf(VersionRecord, record);

    expect(error).toMatchObject({ name: 'LedgerDamaged', fields: { table: 'Users', sequence: 1 } });
    expect(error.message).toMatch(new RegExp(`^The record of Users v1 in the ledger cannot be read \\(${field}: `));
    expect(error.message).toContain('{"pk":"table#Users","sk":"version#000001"}');
    expect(error.message).not.toContain('squashed');
  });

  it('is LedgerTooNew if it has a newer format, whatever else it has', () => {
    const error = refusalOf(VersionRecord, { ...version, format: { N: '3' }, status: { S: 'squashed' } });

    expect(error).toMatchObject({ name: 'LedgerTooNew', fields: { table: 'Users', sequence: 1, limit: 2, count: 3 } });
    expect(error.message).toContain('The record of Users v1 in the ledger has format 3');
  });

  it('names the run if it belongs to one', () => {
    const run = control['run']?.S;

    expect(refusalOf(ControlRecord, { ...control, pass: { S: 'x' } })).toMatchObject({
      name: 'LedgerDamaged',
      fields: { run },
      message: expect.stringContaining(`A record of run ${run} (control)`),
    });
    expect(refusalOf(VersionRecord, { ...baseline, at: { NULL: true } }).fields).toEqual({ table: 'Orders', sequence: 1 });
  });
});
