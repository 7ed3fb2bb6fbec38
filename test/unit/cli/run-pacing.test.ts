import { describe, expect, it } from 'vitest';
import { limitText, pacingOf, pacingText } from '../../../cli/progress/run-pacing.ts';
import { type Checkpoint, takeOver } from '../../../core/ledger/checkpoint.ts';
import type { Pace } from '../../../core/ledger/pace.ts';
import { aControl } from '../../support/run-records.ts';

const now = Date.UTC(2030, 0, 1);

function working(limit: Pace['limit'], fields: Partial<Pace> = {}): Checkpoint {
  return {
    ...takeOver({ run: 'r1', pass: 3, segment: 0 }, { sequence: 2, checksum: '1:b' }, undefined),
    pace: { at: now - 2000, readUnits: 10, writeUnits: 24.6, limit, ...fields },
  };
}

const budget = {
  writeUnits: 1000,
  readUnits: 3000,
  writeUnitsSource: { kind: 'throughput', of: 'warm', units: 4000 } as const,
  readUnitsSource: { kind: 'input' } as const,
};

describe('the pacing of a run', () => {
  it('sums up what workers under way consume, and names what holds up most of them', () => {
    const checkpoints = [working('writeBudget'), working('throttling'), working('writeBudget')];

    expect(pacingOf(aControl({ budget }), checkpoints, now)).toEqual({
      budget,
      use: { writeUnits: 74, readUnits: 30 },
      workers: 3,
      limitedBy: 'writeBudget',
    });
  });

  it('leaves out who signed off, who has not been heard of, and who has not said anything yet', () => {
    const checkpoints = [
      { ...working('none'), signedOff: true },
      working('none', { at: now - 61_000 }),
      { ...working('none'), pace: undefined },
    ];

    expect(pacingOf(aControl(), checkpoints, now)).toEqual({
      budget: { writeUnits: null, readUnits: null },
      use: { writeUnits: 0, readUnits: 0 },
      workers: 0,
    });
  });

  it('is limited by a pause before all else', () => {
    const control = aControl({ marks: { paused: { by: 'alarm:HighLatency', since: '' } } });
    expect(pacingOf(control, [working('writeBudget')], now).limitedBy).toBe('paused');
  });
});

describe('the pacing in words', () => {
  const pacing = (limit: Pace['limit'], fields: Parameters<typeof aControl>[0] = { budget }, used: Partial<Pace> = {}) =>
    pacingOf(aControl(fields), [working(limit, used)], now);
  const text = (...of: Parameters<typeof pacing>) => pacingText(pacing(...of), 'Users');
  const atBudget = { writeUnits: 990, readUnits: 2900 };

  it('says what is used of which budget, why that is the budget, and how to raise it', () => {
    expect(text('writeBudget', { budget }, atBudget)).toEqual([
      'uses 990 of 1,000 write units/s and 2,900 of 3,000 read units/s, by 1 worker',
      'limited by its write budget, a quarter of the warm throughput of the table (4,000/s). Raise it with `dynamodt throttle Users --write-units <n>`, or `unlimited`.',
    ]);
    expect(text('readBudget', { budget }, atBudget)[1]).toContain(
      'its read budget, given at the start. Raise it with `dynamodt throttle Users --read-units',
    );
  });

  it('says of a run below its budget that its workers are at their shares of it', () => {
    expect(text('writeBudget')[1]).toContain('limited by the share of each worker in its write budget, a quarter of');
    expect(limitText(pacing('writeBudget'))).toBe('workers at their share of the write budget');
    expect(limitText(pacing('readBudget'))).toBe('workers at their share of the read budget');
    expect(limitText(pacing('writeBudget', { budget }, atBudget))).toBe('at its write budget');
    expect(limitText(pacing('throttling'))).toBe('slowed by throttling');
  });

  it('names the index that counts, and who changed a budget', () => {
    const index = { kind: 'throughput', of: 'provisioned', units: 40, index: 'byEmail' } as const;
    expect(text('writeBudget', { budget: { writeUnits: 10, writeUnitsSource: index } })[1]).toContain(
      'a quarter of the provisioned throughput of its index byEmail (40/s)',
    );
    const throttled = { kind: 'throttle', by: 'user:ada', since: '' } as const;
    expect(text('writeBudget', { budget: { writeUnits: 10, writeUnitsSource: throttled } })[1]).toContain(
      'its write budget, set by user:ada.',
    );
  });

  it.each([
    ['throttling', 'limited by the table'],
    ['partition', 'limited by what one worker may write'],
    ['none', 'not limited'],
  ] as const)('says of %s that it is %s', (limit, start) => {
    expect(text(limit, {})[0]).toBe('uses 25 write units/s (no budget) and 10 read units/s (no budget), by 1 worker');
    expect(text(limit, {})[1]).toMatch(new RegExp(`^${start}`));
  });
});
