import { expect, it } from 'vitest';
import { type Checkpoint, takeOver } from '../../../../core/ledger/checkpoint.ts';
import { noCounters } from '../../../../core/ledger/counters.ts';
import type { FollowControl } from '../../../../core/ledger/follow.ts';
import { type FollowerSeen, whyNotLeft } from '../../../../core/run/left-to-follower.ts';
import { type ControlFields, controlOf } from '../../../support/control-record.ts';

const now = Date.parse('2030-01-01T12:00:00.000Z');

/** @returns ISO 8601 @param seconds before now */
function ago(seconds: number): string {
  return new Date(now - seconds * 1000).toISOString();
}

const healthy: FollowControl = {
  table: 'Users',
  since: ago(90_000),
  seenAt: ago(5),
  leaseMs: 6000,
  following: [3],
  followingSince: { 3: ago(90) },
  notFollowed: [],
};

interface Given {
  convergence?: ControlFields['convergence'];
  control?: ControlFields;
  checkpoint?: Partial<Checkpoint>;
  changed?: number;
  follower?: Partial<FollowControl> | 'never called';
  lastAt?: string | undefined;
}

/** A run took v3 100 seconds ago, and its second pass began 60 seconds ago: of 1,000 items, it changed 40. The follower works. */
function asked({ convergence, control, checkpoint, changed = 40, follower = {}, lastAt = ago(1) }: Given) {
  const counters = { ...noCounters(), scanned: 1000, changed, unchanged: 1000 - changed };
  const taken = takeOver({ run: 'r1', pass: 2, segment: 0 }, { sequence: 3, checksum: 'c3' }, undefined);
  const seen: FollowerSeen = {
    control: follower === 'never called' ? undefined : { ...healthy, ...follower },
    versions: [{ sequence: 3, lastAt }],
  };
  return whyNotLeft({
    control: controlOf({ pass: 2, convergence: { firstPass: 1, changedBefore: 900, begunAt: now - 60_000, ...convergence }, ...control }),
    checkpoints: new Map([[0, { ...taken, done: true, dirty: true, counters, ...checkpoint }]]),
    versions: [{ table: 'Users', sequence: 3, status: 'applying', checksum: 'c3', run: 'r1', at: ago(100) }],
    follower: seen,
    counters,
    now,
  });
}

it('leaves what a second pass finds to a follower that works', () => {
  expect(asked({})).toBeUndefined();
});

it('leaves it also if the pass found more than the one before, as long as these are few of all items', () => {
  expect(asked({ changed: 40, convergence: { changedBefore: 10 } })).toBeUndefined();
});

it.each<[string, Given, string, boolean]>([
  ['in the first pass', { convergence: { begunAt: undefined } }, 'no pass by this code came before', true],
  ['if the follower was never called', { follower: 'never called' }, 'not called yet', true],
  ['if it was not called since the run took the version', { follower: { seenAt: ago(101) } }, 'before the run took v3', true],
  ['if it does not follow the version yet', { follower: { following: [1] } }, 'did not follow v3', true],
  ['if it follows the version only since the pass began', { follower: { followingSince: { 3: ago(59) } } }, 'only since', true],
  ['if it followed it a lease before that', { follower: { followingSince: { 3: ago(65) } } }, 'only since', true],
  ['if it brought nothing up since the run took the version', { lastAt: ago(101) }, 'brought up no item for v3', true],
  [
    'if it does not follow the version',
    { follower: { notFollowed: [{ sequence: 3, name: 'otherCode', reason: 'the file is other code' }] } },
    'does not follow v3: the file is other code',
    false,
  ],
  ['if an item failed there since the pass began', { follower: { failedAt: ago(60) } }, 'could not bring up an item', false],
  ['if records were late', { follower: { behindAt: ago(299) } }, 'more than 5 minutes', false],
  ['if the function looks other items up', { checkpoint: { mayReadOwn: true } }, 'looks other items', false],
  ['if the run rewrites', { control: { rewrites: [] } }, 'earlier code', false],
  [
    'if each pass finds half of all items or more',
    { changed: 500, convergence: { changedBefore: 510 } },
    'may find something to do in each pass',
    false,
  ],
])('leaves nothing %s', (_, given, why, mayPass) => {
  expect(asked(given)).toEqual({ why: expect.stringContaining(why), mayPass });
});

it.each<[string, Given]>([
  ['an item failed before the pass began, as the pass was at it, too', { follower: { failedAt: ago(61) } }],
  ['records were late a while ago', { follower: { behindAt: ago(301) } }],
  ['half of all items are found, and that is far less than before', { changed: 500 }],
])('leaves it if %s', (_, given) => {
  expect(asked(given)).toBeUndefined();
});

it('asks only for items of versions that changed some, if several are swept together', () => {
  const member = (sequence: number, changed: number) => ({ sequence, counters: { ...noCounters(), scanned: 1000, changed } });
  const control = { together: [{ sequence: 4, checksum: 'c4' }] };
  const follower = { following: [3, 4], followingSince: { 3: ago(90), 4: ago(90) } };

  expect(asked({ control, follower, checkpoint: { members: [member(3, 40), member(4, 0)] } })).toBeUndefined();
  expect(asked({ control, follower, checkpoint: { members: [member(3, 40), member(4, 1)] } })?.why).toContain('no item for v4');
  expect(asked({ control, checkpoint: { members: [member(3, 40), member(4, 0)] } })?.why).toContain('did not follow v4');
});
