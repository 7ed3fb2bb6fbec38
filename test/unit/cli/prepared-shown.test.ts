import { describe, expect, it } from 'vitest';
import { preparedBy, preparedEarly, preparedText } from '../../../cli/terminal/prepared-shown.ts';
import type { Preparation, PreparationOwner } from '../../../core/ledger/preparation.ts';
import type { Version } from '../../../core/ledger/versions/version.ts';
import { runOf } from '../../support/control-record.ts';

const preparation: Preparation = {
  table: 'Users',
  sequence: 4,
  checksum: 'c4',
  version: 'f00d',
  bytes: 12_345,
  entries: 200,
  digest: '0123456789abcdef',
  at: '2030-01-01T00:00:00.000Z',
  by: 'arn:e1',
};

describe('what a run prepared', () => {
  const steps = [3, 4].map((sequence) => ({ sequence, checksum: `c${sequence}`, prepares: true }));
  function recordsOf(found: readonly Preparation[]) {
    const preparation = async ({ sequence, checksum }: PreparationOwner) =>
      found.find((each) => each.sequence === sequence && each.checksum === checksum);
    return { preparationRecords: { preparation, recordPreparation: async () => {} } };
  }

  it('is what its execution gathered, with size, entries and digest', async () => {
    const before = { ...preparation, sequence: 3, checksum: 'c3', by: 'arn:e0' };
    const prepared = await preparedBy(runOf({ steps }), recordsOf([before, preparation]));

    const { table: _, by: __, ...shown } = preparation;
    expect(prepared).toEqual([shown]);
    expect(prepared.map(preparedText)).toEqual(['v4: 12,345 bytes of JSON, 200 entries, digest 0123456789abcdef']);
  });

  it('has no entries if it is one value, and no digest in an old record', () => {
    expect(preparedText({ ...preparation, bytes: 1, entries: undefined, digest: undefined })).toBe('v4: 1 byte of JSON');
  });
});

describe('a warning of a preparation before earlier versions', () => {
  const files = [1, 2, 3, 4].map((sequence) => ({ sequence, file: `Users/v${sequence}.ts`, checksum: `c${sequence}` }));
  function serviceOf(applied: readonly number[]) {
    const versions = applied.map(
      (sequence): Version => ({ table: 'Users', sequence, status: 'applied', checksum: `c${sequence}`, run: 'r1', at: '2030-01-01' }),
    );
    return {
      ledger: { versions: async () => versions },
      catalog: async () => ({ tables: { Users: { tableName: 'users', files } } }),
    };
  }

  it('names what is pending, and what to do', async () => {
    expect(await preparedEarly('Users', [1, 4], serviceOf([1]))).toEqual([
      {
        name: 'PreparedEarly',
        sequence: 4,
        message:
          'v4 was prepared while v2, v3 are pending: if its prepare reads the table, it found items of the shape before. Apply what is before it, `dynamodt up Users --to 3`, then `dynamodt prepare Users --sequence 4` again.',
      },
    ]);
  });

  it('is not given if all earlier versions are applied', async () => {
    expect(await preparedEarly('Users', [4], serviceOf([1, 2, 3]))).toEqual([]);
  });
});
