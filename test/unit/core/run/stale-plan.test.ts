import { describe, expect, it } from 'vitest';
import { parseRunInput, refuseContradictions } from '../../../../core/run/run-input.ts';
import { type FoundNow, refuseStalePlan } from '../../../../core/run/versions/refuse-stale-plan.ts';

const planned = {
  tableId: 't1',
  versions: [
    { sequence: 3, checksum: '2:c3' },
    { sequence: 4, checksum: '2:c4', parameters: { days: 7 } },
  ],
};

function step(sequence: number, days?: number) {
  const given = days === undefined ? {} : { given: { parameters: JSON.stringify({ days }), startedAt: 0 } };
  return { sequence, checksum: `2:c${sequence}`, prepares: false, ...given };
}

function deployed(sequence: number, checksum = `2:c${sequence}`, formerChecksums: string[] = []) {
  return { checksum, formerChecksums, transformation: { sequence } };
}

const asPlanned: FoundNow = { tableId: 't1', steps: [step(3), step(4, 7)], versions: [], deployed: [deployed(3), deployed(4)] };

function start(found: Partial<FoundNow>): void {
  refuseStalePlan(parseRunInput({ table: 'Users', planned }), { ...asPlanned, ...found });
}

describe('a start with a plan', () => {
  it('is permitted if all is as it was planned, also if the table has no id, or a newer dynamodt computes checksums', () => {
    expect(() => start({})).not.toThrow();
    expect(() => start({ tableId: undefined })).not.toThrow();
    expect(() => start({ deployed: [deployed(3, '3:new', ['2:c3']), deployed(4)] })).not.toThrow();
  });

  it('continues after a planned version was applied by the planned code', () => {
    const v3 = { table: 'Users', sequence: 3, status: 'applied', checksum: '2:c3', file: 'Users/v3.ts', run: 'r1', at: '' } as const;
    expect(() => start({ steps: [step(4, 7)], versions: [v3] })).not.toThrow();
  });

  it.each<[string, Partial<FoundNow>, string]>([
    ['the table was made anew', { tableId: 't2' }, 'the name stands for another table now'],
    ['other code is deployed', { deployed: [deployed(3, '2:other'), deployed(4)] }, 'v3 has other code'],
    ['a file is not deployed', { deployed: [deployed(3)], steps: [step(3)] }, 'v4 is not deployed'],
    ['a version is held', { steps: [step(3)] }, 'v4 is not taken: it is held'],
    ['another version is pending', { steps: [step(3), step(4, 7), step(5)] }, 'v5 is pending and was not planned'],
    ['other values are given', { steps: [step(3), step(4, 8)] }, 'v4 gets other parameters'],
  ])('is refused if %s', (_, found, difference) => {
    expect(() => start(found)).toThrow(expect.objectContaining({ name: 'PlanStale', message: expect.stringContaining(difference) }));
  });

  it('says that it ends below a planned version, and not that this one is held', () => {
    const input = parseRunInput({ table: 'Users', planned, to: 3 });
    expect(() => refuseStalePlan(input, { ...asPlanned, steps: [step(3)] })).toThrow('v4 is not taken: the start ends at v3 (--to).');
  });

  it('is not combined with what a plan does not look at', () => {
    for (const other of [{ direction: 'down' }, { again: 3 }, { keptCode: true }, { prepareOnly: true }])
      expect(() => refuseContradictions(parseRunInput({ table: 'Users', planned, ...other }))).toThrow(
        '"planned" is about pending versions',
      );
  });
});
