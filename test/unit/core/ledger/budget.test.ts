import { describe, expect, it } from 'vitest';
import { budgetFor, type Throughput } from '../../../../core/ledger/budget.ts';
import type { Declared } from '../../../../core/transformation/contract.ts';

function table(of: Throughput['of'], readUnits: number, writeUnits: number): Throughput {
  return { of, readUnits, writeUnits };
}

function index(writeUnits: number, attributes: 'all' | string[]): Throughput {
  return {
    of: 'provisioned',
    readUnits: 1,
    writeUnits,
    index: { name: 'byEmail', attributes },
  };
}

function changes(fields: Partial<Declared> = {}): Declared[] {
  return [{ adds: ['first'], overwrites: [], removes: [], inserts: false, deletes: false, ...fields }];
}

describe('a budget', () => {
  it('is what is asked for', () => {
    expect(budgetFor({ writeUnits: 7, readUnits: 'unlimited' }, [table('warm', 12_000, 4000)], [])).toEqual({
      writeUnits: 7,
      readUnits: undefined,
      writeUnitsSource: { kind: 'input' },
      readUnitsSource: { kind: 'input' },
    });
  });

  it('otherwise is a quarter of what the table is warm for', () => {
    expect(budgetFor({}, [table('warm', 12_000, 4000), table('provisioned', 0, 0), table('maximum', 0, 0)], [])).toEqual({
      writeUnits: 1000,
      readUnits: 3000,
      writeUnitsSource: { kind: 'throughput', of: 'warm', units: 4000 },
      readUnitsSource: { kind: 'throughput', of: 'warm', units: 12_000 },
    });
  });

  it.each(['provisioned', 'maximum'] as const)('is a quarter of the %s throughput where that is less', (of) => {
    expect(budgetFor({}, [table('warm', 12_000, 4000), table(of, 200, 100)], [])).toMatchObject({
      writeUnits: 25,
      readUnits: 50,
      writeUnitsSource: { of, units: 100 },
    });
  });

  it('does not exist where the table says nothing, as DynamoDB Local', () => {
    expect(budgetFor({}, [table('warm', 0, 0)], [])).toEqual({
      writeUnits: undefined,
      readUnits: undefined,
      writeUnitsSource: { kind: 'unknown' },
      readUnitsSource: { kind: 'unknown' },
    });
  });

  it.each<[string, Throughput, Declared[], number]>([
    ['holds the whole item', index(40, 'all'), changes(), 10],
    ['holds a changed attribute', index(40, ['email', 'first']), changes(), 10],
    ['gets or loses whole items', index(40, ['email']), changes({ deletes: true }), 10],
    ['is not reached by the change', index(40, ['email']), changes(), 1000],
  ])('for writes heeds an index that %s', (_, throughput, declared, writeUnits) => {
    const budget = budgetFor({}, [table('warm', 12_000, 4000), throughput], declared);

    expect(budget).toMatchObject({ writeUnits, readUnits: 3000 });
    expect(budget.writeUnitsSource).toMatchObject(writeUnits === 10 ? { index: 'byEmail', units: 40 } : { units: 4000 });
  });
});
