import { CreateTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { beforeAll, expect, it } from 'vitest';
import { writeAmendments } from '../../aws/ledger/amend-versions.ts';
import { Ledger } from '../../aws/ledger/ledger.ts';
import { ledgerTable } from '../../aws/ledger/ledger-table.ts';
import type { Version } from '../../core/ledger/versions/version.ts';
import { startChanges } from '../../core/run/records/ledger-changes.ts';
import type { Amendment } from '../../core/run/versions/amend-versions.ts';
import { aControl, aLock, aRun } from '../support/run-records.ts';
import { uniqueName } from '../support/service.ts';

/** What somebody else writes between our read and our write makes the whole of it fail. */

const name = uniqueName('ledger');
const client = new DynamoDBClient({
  endpoint: process.env['DYNAMODB_URL'] ?? '',
  region: 'us-east-1',
  credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
});
const ledger = new Ledger(client, name);
const at = { client, ledger: name };
beforeAll(() => client.send(new CreateTableCommand(ledgerTable(name))));

const now = '2026-01-02T10:00:00.000Z';

function applied(table: string, sequence: number, checksum = '1:a'): Version {
  return {
    table,
    sequence,
    status: 'applied',
    checksum,
    run: 'baseline',
    at: now,
    by: 'user:ann',
  };
}

function begun(table: string) {
  const run = aRun({ table, id: `run-of-${table}` });
  const control = aControl({ table, run: run.id, sequence: 1 });
  return ledger.write(
    startChanges({ run, control, resumed: false }, { lock: undefined, holder: undefined, versions: [], hold: undefined }, now),
  );
}

it('writes all of it, once', async () => {
  const table = uniqueName('Users');
  const amendments: Amendment[] = [1, 2].map((sequence) => ({ before: undefined, after: applied(table, sequence) }));

  expect(await writeAmendments(at, table, amendments, undefined)).toBe(true);
  expect(await ledger.versions(table)).toEqual(amendments.map(({ after }) => after));
  expect(await writeAmendments(at, table, amendments, undefined)).toBe(false);
});

it('writes nothing where a run has taken the table meanwhile', async () => {
  const table = uniqueName('Users');
  expect(await begun(table)).toBe(true);
  const versions = await ledger.versions(table);

  expect(await writeAmendments(at, table, [{ before: undefined, after: applied(table, 2) }], undefined)).toBe(false);
  const stale = aLock({ table, run: 'another' });
  expect(await writeAmendments(at, table, [{ before: undefined, after: applied(table, 2) }], stale)).toBe(false);

  expect(await ledger.versions(table)).toEqual(versions);
  const lock = await ledger.lock(table);
  expect(await writeAmendments(at, table, [{ before: undefined, after: applied(table, 2) }], lock)).toBe(true);
});

it.each<[string, Partial<Version>]>([
  ['status', { status: 'applying' }],
  ['checksum', { checksum: '1:b' }],
  ['run', { run: 'r7' }],
])('writes nothing where the %s of one version is not as it was read', async (_, difference) => {
  const table = uniqueName('Users');
  const there = [1, 2].map((sequence) => applied(table, sequence));
  await writeAmendments(
    at,
    table,
    there.map((after) => ({ before: undefined, after })),
    undefined,
  );
  const repaired = there.map((before): Amendment => ({ before, after: { ...before, checksum: '1:new' } }));
  const [first, ...others] = repaired;
  const misread = [{ ...first, before: { ...applied(table, 1), ...difference }, after: applied(table, 1, '1:new') }, ...others];

  expect(await writeAmendments(at, table, misread, undefined)).toBe(false);
  expect(await ledger.versions(table)).toEqual(there);
  expect(await writeAmendments(at, table, repaired, undefined)).toBe(true);
});
