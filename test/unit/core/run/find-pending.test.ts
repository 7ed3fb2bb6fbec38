import { expect, it } from 'vitest';
import { RunError } from '../../../../core/errors.ts';
import type { Version } from '../../../../core/ledger/versions/version.ts';
import { findPending } from '../../../../core/run/find-pending.ts';
import type { StartedTable } from '../../../../core/run/starting/start-ports.ts';
import { checkExports } from '../../../../core/transformation/check-exports.ts';
import { MemoryLedger } from '../../../support/memory-ledger.ts';
import { usersShape } from '../../../support/transformations.ts';

const file = 'Users/v1.ts';
const transformation = checkExports({ sequence: 1, transformUp: () => {}, adds: ['new'] }, file);
const described: StartedTable = {
  shape: usersShape,
  tableId: undefined,
  isStronglyConsistent: false,
  bytes: 0,
  items: 0,
  throughputs: [],
  replicaRegions: [],
  deployed: [{ file, checksum: 'c1', transformation }],
};

function applied(table: string, checksum: string): Version {
  return { table, sequence: 1, status: 'applied', checksum, run: 'r0', at: '2030-01-01T00:00:00.000Z' };
}

/** Tables with one version each; `faults` are those of files that cannot be loaded, or of tables. */
function find(asked: readonly string[] | undefined, known: string[], versions: Version[] = [], faults: Record<string, Error> = {}) {
  const ledger = new MemoryLedger();
  for (const version of versions) ledger.putVersion(version);
  return findPending(asked, {
    ledger,
    knownTables: async () => known,
    describeTable: async (table) => {
      const fault = faults[table];
      if (fault) throw fault;
      return described;
    },
    isAlive: async () => false,
  });
}

const tables = ['Broken', 'Changed', 'Done', 'Elsewhere', 'Users'];
const versions = [applied('Changed', 'other'), applied('Done', 'c1')];
const faults = {
  Broken: new RunError('InvalidTransformation', 'Broken/v1.ts does not compile.'),
  Elsewhere: new RunError('UnknownTable', 'There is no table Elsewhere.'),
};

it('finds the pending tables first, then all that a start would refuse, and leaves out what is done or not in this stage', async () => {
  expect(await find(undefined, tables, versions, faults)).toEqual([{ table: 'Users' }, { table: 'Broken' }, { table: 'Changed' }]);
});

it('has a table that was asked for by name refused, if it is not in this stage', async () => {
  expect(await find(['Elsewhere', 'Users'], tables, versions, faults)).toEqual([{ table: 'Users' }, { table: 'Elsewhere' }]);
});

it('fails by the name of the fault if there is one table to take up, and it is refused', async () => {
  await expect(find(['Changed'], tables, versions, faults)).rejects.toMatchObject({ name: 'ChecksumMismatch' });
  await expect(find(undefined, ['Broken', 'Done'], versions, faults)).rejects.toMatchObject({ name: 'InvalidTransformation' });
  expect(await find(undefined, ['Broken', 'Changed'], versions, faults)).toEqual([{ table: 'Broken' }, { table: 'Changed' }]);
});

it.each([new Error('ECONNRESET'), new RunError('AwsUnavailable', 'DynamoDB does not answer.')])(
  'fails if AWS is at fault: %s',
  async (fault) => {
    await expect(find(undefined, tables, versions, { ...faults, Users: fault })).rejects.toBe(fault);
  },
);
