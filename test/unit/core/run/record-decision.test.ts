import { describe, expect, it } from 'vitest';
import { noCounters } from '../../../../core/ledger/counters.ts';
import { recordDecision } from '../../../../core/run/record-decision.ts';
import type { LedgerReads, LedgerWrites } from '../../../../core/run/records/ledger-port.ts';
import { settlePass } from '../../../../core/run/settle-pass.ts';
import { controlOf } from '../../../support/control-record.ts';
import { checkpoint, memoryLedger } from '../../../support/memory-run-ledger.ts';

const sleeps: number[] = [];
const clock = { monotonic: () => 0, wall: () => 0, random: () => 0, sleep: async (milliseconds: number) => void sleeps.push(milliseconds) };
const ended = { table: 'Users', run: 'r1', decisionNumber: 1, execution: 'arn:e1', redriveCount: 0 };

function settle(ledger: LedgerReads & LedgerWrites, fields: Partial<typeof ended> = {}, deployed?: string) {
  return recordDecision(
    { ...ended, ...fields },
    {
      clock,
      ledger,
      deployedStep: async ({ sequence, checksum, prepares }) => ({ sequence, checksum: deployed ?? checksum, prepares }),
      stepsAhead: async () => [],
    },
    settlePass,
  );
}

const withFailures = checkpoint(1, { counters: { ...noCounters(), scanned: 30, failed: 30 } });

describe('settling a run', () => {
  it('sends only the segments into the next Map that the verdict names', async () => {
    const { ledger } = memoryLedger([checkpoint(0), withFailures, checkpoint(2, { done: false }), checkpoint(3)]);

    expect(await settle(ledger)).toMatchObject({ decision: 'transform', decisionNumber: 2, segments: [2] });
  });

  it('returns the decision that was taken when it is invoked again, and takes no other', async () => {
    const { ledger, kept } = memoryLedger([0, 1, 2, 3].map((segment) => checkpoint(segment)));
    const first = await settle(ledger);

    const again = await settle(ledger);

    expect(first).toMatchObject({ decision: 'succeed', sequences: [3] });
    expect(again).toEqual(first);
    expect(kept.decisions).toBe(1);
  });

  it('decides again in a redrive of an execution that failed before it learned of a decision', async () => {
    const { ledger, kept } = memoryLedger([checkpoint(0), checkpoint(1), checkpoint(2), checkpoint(3, { done: false })]);
    await settle(ledger);

    const again = await settle(ledger, { redriveCount: 1 });

    expect(again).toMatchObject({ decision: 'transform', decisionNumber: 3, segments: [3] });
    expect(kept.decisions).toBe(2);
  });

  it('adopts new code in a redrive outside of the hours of the run, paused until they begin', async () => {
    const { ledger, kept } = memoryLedger([checkpoint(0, { done: false })]);
    kept.control = controlOf({ marks: { onlyBetween: { hours: '22:00-23:00 UTC' } } });
    let pauses = 0;
    const setPause = ledger.setPause.bind(ledger);
    ledger.setPause = (...parameters) => {
      if (++pauses > 3) throw new Error('it is paused again and again');
      return setPause(...parameters);
    };

    expect(await settle(ledger, { redriveCount: 1 }, 'other')).toMatchObject({ decision: 'transform', decisionNumber: 2 });

    expect(pauses).toBe(1);
    expect(kept.control).toMatchObject({
      checksum: 'other',
      closesAt: undefined,
      marks: { paused: { by: 'onlyBetween 22:00-23:00 UTC' } },
    });
    expect(await settle(ledger, { decisionNumber: 2, redriveCount: 1 }, 'other')).toMatchObject({ decision: 'wait' });
  });

  it('records why the run failed, with how many of the failed items the causes speak of', async () => {
    const { ledger, kept } = memoryLedger([checkpoint(0), withFailures, checkpoint(2), checkpoint(3)]);

    await expect(settle(ledger)).rejects.toThrow(/^30 items of Users v3 failed \(of 1 recorded: 1 × TransformThrew at Users\/v3\.ts:4\)/);

    expect(kept).toMatchObject({ failed: ['ItemsFailed'], decisions: 0 });
  });

  it.each([
    ['another execution goes on with the run', { execution: 'arn:other' }],
    ['later decisions were taken', { decisionNumber: 0 }],
  ])('is superseded where %s', async (_, fields) => {
    const { ledger, kept } = memoryLedger([]);
    kept.control = controlOf({ decision: { number: 3 } });

    await expect(settle(ledger, fields)).rejects.toMatchObject({ name: 'Superseded' });

    expect(kept).toMatchObject({ failed: [], decisions: 0 });
  });
});
