import { describe, expect, it } from 'vitest';
import { budgetFor } from '../../../../core/ledger/budget.ts';
import type { FollowControl } from '../../../../core/ledger/follow.ts';
import type { Lock } from '../../../../core/ledger/lock.ts';
import { recordDecision } from '../../../../core/run/record-decision.ts';
import { startChanges } from '../../../../core/run/records/ledger-changes.ts';
import { parseRunInput } from '../../../../core/run/run-input.ts';
import { settlePass } from '../../../../core/run/settle-pass.ts';
import { followerOf, withoutWholeJournals } from '../../../../core/run/starting/follower.ts';
import { takeTable } from '../../../../core/run/take-table.ts';
import type { RunRequest } from '../../../../core/run/taking/run-request.ts';
import { controlOf, runOf, withFields } from '../../../support/control-record.ts';
import { MemoryLedger } from '../../../support/memory-ledger.ts';
import { checkpoint, memoryLedger } from '../../../support/memory-run-ledger.ts';
import { usersShape } from '../../../support/transformations.ts';

const now = Date.UTC(2030, 0, 2);
const nowText = new Date(now).toISOString();
const follower: FollowControl = { table: 'Users', since: 'then', seenAt: nowText, leaseMs: 6000, following: [1], notFollowed: [] };
/** The lease, the time of a request, and as long for recording that it got no answer. */
const quietMs = 16_000;

function planned(input: object = {}): RunRequest {
  const parsed = parseRunInput({ table: 'Users', ...input });
  return {
    ...{ id: 'r2', execution: 'arn:e2', redriveCount: 0, now: nowText, input: parsed, shape: usersShape, tableId: 't', wasReset: false },
    ...{ steps: [{ sequence: 3, checksum: 'c3', prepares: false }], totalSegments: 4, maxConcurrency: 4, itemUnits: 1 },
    ...{ budget: budgetFor(parsed, [], []), leaseMs: 10_000, controlIntervalMs: 3000, followLeaseMs: 6000 },
  };
}

describe('a run that takes a followed table', () => {
  it.each(['up', 'down'])(
    'waits until the lease of the follower is over, and then asks until when a write of it can come: %s',
    (direction) => {
      const { control } = takeTable(planned({ direction }), undefined, undefined);

      expect(control).toMatchObject({ decision: { kind: 'quiet' }, lease: { quietMs, awaitsFollower: true, followLeaseMs: 6000 } });
    },
  );

  it('says in the lock that it waits for the follower', () => {
    const taken = takeTable(planned(), undefined, undefined);
    const read = { lock: undefined, holder: undefined, versions: [], hold: undefined };

    expect(startChanges(taken, read, nowText)[0]).toMatchObject({ kind: 'putLock', lock: { run: 'r2', followed: true } });
  });

  it.each([
    ['a dry run', { dryRun: true }],
    ['a run that only prepares', { prepareOnly: true, to: 3 }],
  ])('does not wait as %s', (_, input) => {
    const { control } = takeTable(planned(input), undefined, undefined);

    expect(control.lease).toMatchObject({ quietMs: 0 });
    expect(control.lease.awaitsFollower).toBeUndefined();
  });

  it('goes on with the wait of the run that it continues, and waits if the table is followed only since', () => {
    const lock: Lock = { table: 'Users', run: 'r1', execution: 'arn:e1', fence: 7 };
    const continued = (lease: object) => {
      const control = withFields(controlOf({ fence: 7 }), { lease });
      const run = runOf({ status: 'stopped', error: { name: 'Stopped', message: 'x' } });
      return takeTable(planned(), lock, { run, control, checkpoints: [], alive: false });
    };

    const waits = { decision: { kind: 'quiet' }, lease: { awaitsFollower: true, quietMs } };
    expect(continued({ followLeaseMs: 6000, awaitsFollower: true })).toMatchObject({ resumed: true, control: waits });
    expect(continued({})).toMatchObject({ resumed: true, control: waits });
    const told = continued({ followLeaseMs: 6000 });
    expect(told).toMatchObject({ resumed: true, control: { decision: { kind: 'transform' }, lease: { quietMs: 0 } } });
  });

  it('of a table that is not followed waits for nothing, and says nothing', () => {
    const taken = takeTable({ ...planned(), followLeaseMs: undefined }, undefined, undefined);
    const read = { lock: undefined, holder: undefined, versions: [], hold: undefined };

    expect(taken.control).toMatchObject({ decision: { kind: 'transform' }, lease: { quietMs: 0 } });
    expect(JSON.stringify(startChanges(taken, read, nowText))).not.toContain('ollow');
  });
});

describe('whether a run waits', () => {
  const input = parseRunInput({ table: 'Users' });
  const clock = { wall: () => now, monotonic: () => 0, random: () => 0, sleep: async () => {} };
  const lock: Lock = { table: 'Users', run: 'r1', execution: 'arn:e1', fence: 7, endedAt: 'then' };
  const asked = (follows: boolean, read: Lock | undefined, given?: FollowControl) => {
    const ledger = new MemoryLedger();
    if (given) ledger.followers.set('Users', given);
    return followerOf(input, { follows }, read, { ledger, clock });
  };

  it('is said by the deploy, and by the lock of a run before that waited', async () => {
    expect(await asked(true, undefined)).toBe(6000);
    expect(await asked(true, undefined, { ...follower, leaseMs: 9000 })).toBe(9000);
    expect(await asked(false, { ...lock, followed: true }, follower)).toBe(6000);
    expect(await asked(false, lock, follower)).toBeUndefined();
  });

  it('is over an hour after the last follower was seen, if the deploy follows the table no more', async () => {
    const gone = { ...follower, seenAt: new Date(now - 3_700_000).toISOString() };

    expect(await asked(false, { ...lock, followed: true }, gone)).toBeUndefined();
    expect(await asked(true, { ...lock, followed: true }, gone)).toBe(6000);
  });

  it('costs a table that is not followed no request', async () => {
    const refuse = async (): Promise<never> => {
      throw new Error('a request');
    };
    const ledger = Object.assign(new MemoryLedger(), { follower: refuse });

    expect(await followerOf(input, { follows: false }, lock, { ledger, clock })).toBeUndefined();
  });
});

describe('settling a run of a followed table', () => {
  const steps = [3, 2].map((sequence) => ({ sequence, checksum: `c${sequence}`, prepares: false }));
  const decide = (ledger: MemoryLedger, decisionNumber: number, sleeps: number[] = []) =>
    recordDecision(
      { table: 'Users', run: 'r1', decisionNumber, execution: 'arn:e1', redriveCount: 0 },
      {
        clock: { monotonic: () => 0, wall: () => now, random: () => 0, sleep: async (ms) => void sleeps.push(ms) },
        ledger,
        deployedStep: async ({ sequence, checksum, prepares }) => ({ sequence, checksum, prepares }),
        stepsAhead: async () => [],
      },
      settlePass,
    );
  const runDown = (lease: object) => {
    const { ledger, kept } = memoryLedger([0, 1, 2, 3].map((segment) => checkpoint(segment)));
    kept.run = runOf({ direction: 'down', steps });
    kept.control = controlOf({ direction: 'down', lease });
    for (const sequence of [2, 3])
      ledger.putVersion({
        ...{ table: 'Users', sequence, status: sequence === 3 ? 'rollingBack' : 'applied', checksum: `c${sequence}`, run: 'r1' },
        ...{ execution: 'arn:e1', at: 'then' },
      });
    ledger.followers.set('Users', follower);
    return { ledger, kept };
  };

  it('takes the next version from the follower before the first of its items is taken back', async () => {
    const { ledger, kept } = runDown({ followLeaseMs: 6000 });
    const sleeps: number[] = [];

    const asked = await decide(ledger, 1, sleeps);
    expect(asked).toMatchObject({ decision: 'quiet', waitSeconds: 1 });
    expect(sleeps).toEqual([quietMs]);
    expect(kept.control.lease.awaitsFollower).toBe(true);

    expect(await decide(ledger, 2)).toMatchObject({ decision: 'transform', pass: 2 });
    expect(kept.control.lease.awaitsFollower).toBeUndefined();
  });

  it('waits until a write of the follower that nobody answered can no longer be applied', async () => {
    const { ledger, kept } = runDown({ followLeaseMs: 6000 });
    await decide(ledger, 1);
    const lateUntil = now + 600_000;
    ledger.followers.set('Users', { ...follower, lateUntil });

    expect(await decide(ledger, 2)).toMatchObject({ decision: 'quiet', waitSeconds: 20 });
    expect(kept.control.lease).toMatchObject({ quietUntil: lateUntil });
  });

  it('does not wait, nor ask for a follower, if the table is not followed', async () => {
    const { ledger } = runDown({});
    ledger.follower = async () => {
      throw new Error('a request');
    };

    expect(await decide(ledger, 1)).toMatchObject({ decision: 'transform' });
  });
});

it('does not take for whole the journal of a version for which the follower changed items', async () => {
  const ledger = new MemoryLedger();
  ledger.followed.set(2, 5).set(3, 0);
  const known = [1, 2, 3].map((sequence) => ({
    ...{ table: 'Users', sequence, status: 'applied' as const, checksum: 'c', run: 'r1', at: 'then', journals: [] },
  }));

  const versions = await withoutWholeJournals(known, ledger, { table: 'Users', direction: 'down' });

  expect(versions.map(({ hasUnjournaled }) => hasUnjournaled)).toEqual([undefined, true, undefined]);
  const since = (at: string) => known.map((version) => ({ ...version, journals: [{ run: 'r1', firstPass: 1, at }] }));
  const unjournaled = async (at: string) =>
    (await withoutWholeJournals(since(at), ledger, { table: 'Users', direction: 'down' })).map(({ hasUnjournaled }) => hasUnjournaled);
  expect(await unjournaled('2030-12-31T00:00:00.000Z')).toEqual([undefined, true, undefined]);
  // Taken back since, and applied once more.
  expect(await unjournaled('2031-01-02T00:00:00.000Z')).toEqual([undefined, undefined, undefined]);
  expect(await withoutWholeJournals(known, ledger, { table: 'Users', direction: 'up' })).toEqual(known);
});
