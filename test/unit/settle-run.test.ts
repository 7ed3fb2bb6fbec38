import { describe, expect, it } from 'vitest';
import type { Checkpoint } from '../../core/checkpoint.ts';
import { noCounters } from '../../core/counters.ts';
import type { LedgerReads, LedgerWrites } from '../../core/ledger-port.ts';
import type { Control, Run } from '../../core/run.ts';
import { settleRun } from '../../core/settle-run.ts';
import { controlOf, runOf } from './control.ts';

const checkpoint = (segment: number, fields: Partial<Checkpoint> = {}): Checkpoint => ({
  run: 'r1',
  pass: 1,
  segment,
  sequence: 3,
  attempt: 1,
  checksum: 'c3',
  position: undefined,
  dirty: false,
  done: true,
  signedOff: true,
  abandoned: false,
  counters: noCounters(),
  ...fields,
});

/** A ledger of one run: decisions are kept, and counted. */
const memoryLedger = (checkpoints: readonly Checkpoint[]) => {
  const kept: { run: Run; control: Control; decisions: number; failed: string[] } = {
    run: runOf(),
    control: controlOf(),
    decisions: 0,
    failed: [],
  };
  const ledger: LedgerReads & LedgerWrites = {
    lock: async () => undefined,
    run: async () => kept.run,
    control: async () => kept.control,
    versions: async () => [],
    checkpoints: async () => new Map(checkpoints.map((one) => [one.segment, one])),
    failures: async () => [{ name: 'TransformThrew', place: 'Users/v3.ts:4' }],
    begin: async () => true,
    settle: async ({ control }) => {
      kept.control = control;
      kept.decisions++;
      return true;
    },
    fail: async (_, error) => {
      kept.failed.push(error.name);
    },
  };
  return { kept, ledger };
};

const sleeps: number[] = [];
const clock = { monotonic: () => 0, wall: () => 0, random: () => 0, sleep: async (milliseconds: number) => void sleeps.push(milliseconds) };
const ended = { table: 'Users', run: 'r1', attempt: 1, execution: 'arn:e1', redriveCount: 0 };
const settle = (ledger: LedgerReads & LedgerWrites, fields: Partial<typeof ended> = {}) =>
  settleRun({ ...ended, ...fields }, { clock, ledger, deployedChecksum: async () => 'c3' });
const withFailures = checkpoint(1, { counters: { ...noCounters(), scanned: 30, failed: 30 } });

describe('settling a run', () => {
  it('sends only the segments into the next Map that the verdict names', async () => {
    const { ledger } = memoryLedger([checkpoint(0), withFailures, checkpoint(2, { done: false }), checkpoint(3)]);

    expect(await settle(ledger)).toMatchObject({ decision: 'transform', attempt: 2, segments: [2] });
  });

  it('returns the decision that was taken when it is invoked again, and takes no other', async () => {
    const { ledger, kept } = memoryLedger([0, 1, 2, 3].map((segment) => checkpoint(segment)));
    const first = await settle(ledger);

    const again = await settle(ledger);

    expect(first).toMatchObject({ decision: 'succeed', sequences: [3] });
    expect(again).toEqual(first);
    expect(kept.decisions).toBe(1);
  });

  it('records why the run failed, with how many of the failed items the causes speak of', async () => {
    const { ledger, kept } = memoryLedger([checkpoint(0), withFailures, checkpoint(2), checkpoint(3)]);

    await expect(settle(ledger)).rejects.toThrow(/^30 items of Users v3 failed \(of 1 recorded: 1 × TransformThrew at Users\/v3\.ts:4\)/);

    expect(kept).toMatchObject({ failed: ['ItemsFailed'], decisions: 0 });
  });

  it.each([
    ['another execution goes on with the run', { execution: 'arn:other' }],
    ['later decisions were taken', { attempt: 0 }],
  ])('is superseded where %s', async (_, fields) => {
    const { ledger, kept } = memoryLedger([]);
    kept.control = controlOf({ attempt: 3 });

    await expect(settle(ledger, fields)).rejects.toMatchObject({ name: 'Superseded' });

    expect(kept).toMatchObject({ failed: [], decisions: 0 });
  });
});
