import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RunError } from '../../../../core/errors.ts';
import { type Checkpoint, isFinished } from '../../../../core/ledger/checkpoint.ts';
import { noCounters } from '../../../../core/ledger/counters.ts';
import { recordDecision } from '../../../../core/run/record-decision.ts';
import type { LedgerChange } from '../../../../core/run/records/ledger-change.ts';
import { settlePass } from '../../../../core/run/settle-pass.ts';
import type { Direction } from '../../../../core/transformation/contract.ts';
import { controlOf, runOf } from '../../../support/control-record.ts';
import { checkpoint, memoryLedger } from '../../../support/memory-run-ledger.ts';

/** P4: a version is recorded as applied only after a full pass by one and the same code found nothing left to change. */

const clock = { monotonic: () => 0, wall: () => 0, random: () => 0, sleep: async () => {} };
const totalSegments = 3;

async function stepsAhead() {
  return [];
}

/** What the workers of one Map leave behind, and what is deployed when SettlePass reads it. */
interface Round {
  /** By segment; null if no worker has saved a checkpoint. */
  left: readonly ((Pick<Checkpoint, 'done' | 'dirty' | 'checksum'> & { failed: number; contended: number }) | null)[];
  deployed: string;
  isRedrive: boolean;
}

const checksum = fc.constantFrom('c3', 'c4');
const few = fc.oneof({ weight: 20, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: fc.constant(1) });
const left = fc.oneof(
  {
    weight: 20,
    arbitrary: fc.record({
      done: mostly(20),
      dirty: mostly(5).map((isClean) => !isClean),
      checksum: fc.oneof({ weight: 20, arbitrary: fc.constant('deployed') }, { weight: 1, arbitrary: checksum }),
      failed: few,
      contended: few,
    }),
  },
  { weight: 1, arbitrary: fc.constant(null) },
);
const round: fc.Arbitrary<Round> = fc
  .record({
    left: fc.array(left, { minLength: totalSegments, maxLength: totalSegments }),
    deployed: fc.oneof({ weight: 8, arbitrary: fc.constant('c3') }, { weight: 2, arbitrary: fc.constant('c4') }),
    isRedrive: fc.boolean(),
  })
  .map(({ deployed, isRedrive, ...round }) => ({
    deployed,
    isRedrive,
    left: round.left.map((one) => one && { ...one, checksum: one.checksum === 'deployed' ? deployed : one.checksum }),
  }));

/** True more often than not, so that versions are applied often. */
function mostly(weight: number): fc.Arbitrary<boolean> {
  return fc.oneof({ weight, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) });
}

/** A run of the given direction, driven through the rounds until it succeeds. */
async function drive(direction: Direction, rounds: readonly Round[]) {
  const { ledger, kept } = memoryLedger([]);
  kept.run = runOf({ direction, totalSegments });
  kept.control = controlOf({ direction, totalSegments });
  const [begun] = await ledger.versions('Users');
  if (begun) ledger.putVersion({ ...begun, status: direction === 'up' ? 'applying' : 'rollingBack' });
  let redriveCount = 0;
  for (const { left, deployed, isRedrive } of rounds) {
    if (kept.control.ended) break;
    const { pass } = kept.control;
    // A finished segment is not sent into the Map again, so its checkpoint stays.
    const before = await ledger.checkpoints('r1', pass);
    const saved = left.flatMap((one, segment): Checkpoint[] => {
      const isSent = !isFinished(before.get(segment)) || before.get(segment)?.checksum !== kept.control.checksum;
      if (!one || !isSent) return [];
      const { failed, contended, ...flags } = one;
      const dirty = flags.dirty || before.get(segment)?.dirty === true;
      return [checkpoint(segment, { pass, ...flags, dirty, counters: { ...noCounters(), scanned: 1, failed, contended } })];
    });
    ledger.putCheckpoints(saved);
    if (isRedrive) redriveCount++;
    const request = { table: 'Users', run: 'r1', decisionNumber: kept.control.decision.number, execution: 'arn:e1', redriveCount };
    const deployedStep = async () => ({ sequence: 3, checksum: deployed, prepares: false });
    await recordDecision(request, { clock, ledger, deployedStep, stepsAhead }, settlePass).catch((error) => {
      if (!(error instanceof RunError)) throw error;
    });
  }
  return { ledger, kept };
}

function isEndOf(direction: Direction, change: LedgerChange): boolean {
  return change.kind === 'putVersion' && change.version.status === (direction === 'up' ? 'applied' : 'rolledBack');
}

describe.each(['up', 'down'] as const)('a version at the end of a run %s', (direction) => {
  it('is recorded only after a pass in which every segment is done and clean by the recorded code', async () => {
    let ended = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(round, { maxLength: 8 }), async (rounds) => {
        const { ledger, kept } = await drive(direction, rounds);
        const ends = ledger.written.flat().filter((change) => isEndOf(direction, change));
        expect(ends.length).toBe(kept.control.ended ? 1 : 0);
        for (const change of ends) {
          ended++;
          const checkpoints = [...(await ledger.checkpoints('r1', kept.control.pass)).values()];
          expect(checkpoints.map(({ segment }) => segment).sort()).toEqual([0, 1, 2]);
          for (const { done, dirty, checksum, counters } of checkpoints)
            expect({ done, dirty, checksum, failed: counters.failed, contended: counters.contended }).toEqual({
              ...{ done: true, dirty: false, failed: 0, contended: 0 },
              checksum: change.kind === 'putVersion' && change.version.checksum,
            });
        }
      }),
      { numRuns: 500 },
    );
    // Otherwise the property says nothing.
    expect(ended).toBeGreaterThan(50);
  });

  it('is recorded in the same transaction as the run, its control and the lock', async () => {
    const clean = { done: true, dirty: false, checksum: 'c3', failed: 0, contended: 0 };
    const { ledger } = await drive(direction, [{ left: [clean, clean, clean], deployed: 'c3', isRedrive: false }]);

    expect(ledger.written).toHaveLength(1);
    expect(ledger.written[0]?.map(({ kind }) => kind).sort()).toEqual(
      [
        'closeLock',
        ...(direction === 'down' ? ['deleteSeedPosition'] : []),
        'putSettledPass',
        'putVersion',
        'updateControl',
        'updateRun',
      ].sort(),
    );
  });
});

it('a version is not recorded as applied if it was changed between the look at the pass and the write', async () => {
  const { ledger } = memoryLedger([0, 1, 2, 3].map((segment) => checkpoint(segment)));
  ledger.beforeNextWrite = async () => {
    const [version] = await ledger.versions('Users');
    if (version) ledger.putVersion({ ...version, status: 'rollingBack' });
  };
  const request = { table: 'Users', run: 'r1', decisionNumber: 1, execution: 'arn:e1', redriveCount: 0 };
  const deployedStep = async () => ({ sequence: 3, checksum: 'c3', prepares: false });

  await expect(recordDecision(request, { clock, ledger, deployedStep, stepsAhead }, settlePass)).rejects.toThrow(TypeError);

  expect(await ledger.versions('Users')).toMatchObject([{ status: 'rollingBack' }]);
  expect(await ledger.run('Users', 'r1')).toMatchObject({ status: 'running' });
});
