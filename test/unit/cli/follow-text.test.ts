import { describe, expect, it } from 'vitest';
import { type FollowShown, followedIn } from '../../../cli/status/follow-shown.ts';
import { followText } from '../../../cli/status/follow-text.ts';
import type { FollowPicture } from '../../../core/ledger/follow.ts';

const plain = { styled: (_: string, text: string) => text };
const now = Date.parse('2026-11-27T12:30:00.000Z');
const lastAt = '2026-11-27T12:10:00.000Z';

const picture: FollowPicture = {
  control: {
    table: 'Users',
    since: '2026-11-20T08:00:00.000Z',
    seenAt: '2026-11-27T12:29:00.000Z',
    leaseMs: 6000,
    following: [1, 2, 3],
    notFollowed: [{ sequence: 4, name: 'writesOtherItems', reason: 'it inserts items' }],
  },
  hours: [
    { hour: '2026-11-26T11', sequence: 3, changed: 1000, failed: 0, lastAt },
    { hour: '2026-11-26T12', sequence: 3, changed: 100, failed: 0, lastAt },
    { hour: '2026-11-27T11', sequence: 3, changed: 20, failed: 0, lastAt },
    { hour: '2026-11-27T12', sequence: 3, changed: 3, failed: 1, lastAt },
    { hour: '2026-11-27T12', sequence: 1, changed: 7, failed: 0, lastAt },
  ],
  versions: [
    {
      sequence: 3,
      lastAt,
      changed: 1123,
      samples: [{ key: { id: 'u1' }, at: lastAt }],
      writers: { mobile: { changed: 3, lastAt }, 'batch\u001b[2J': { changed: 1120, lastAt } },
    },
    { sequence: 1, lastAt, changed: 7, samples: [], writers: {} },
  ],
  failed: [{ key: { id: 'u9' }, sequence: 3, error: 'TypeError', message: 'No name.', place: 'Users/v3.ts:4', at: lastAt, tries: 2 }],
};

describe('what is known of a followed table', () => {
  it('is counted by version, in this hour and the one before, and in the last day', () => {
    const { versions, failed, ...rest } = followedIn(picture, false, now);
    expect(versions.map(({ sequence, lastHour, lastDay, total }) => [sequence, lastHour, lastDay, total])).toEqual([
      [1, 7, 7, 7],
      [3, 23, 123, 1123],
    ]);
    expect(versions[1]?.writers?.map(({ writer }) => writer)).toEqual(['batch\u001b[2J', 'mobile']);
    expect([failed, rest.following]).toEqual([1, [1, 2, 3]]);
  });

  it('was called last when it brought something up, if its own record is older', () => {
    expect(followedIn(picture, false, now).seenAt).toBe('2026-11-27T12:29:00.000Z');
    const [version, ...others] = picture.versions;
    const versions = version ? [{ ...version, lastAt: '2026-11-27T12:29:40.000Z' }, ...others] : [];
    expect(followedIn({ ...picture, versions }, false, now).seenAt).toBe('2026-11-27T12:29:40.000Z');
  });

  it('has the items of each hour since the first of the last day in which there were some', () => {
    const { hours = [] } = followedIn(picture, false, now);
    expect(hours).toHaveLength(25);
    expect([hours[0], hours[1], hours[23], hours[24]]).toEqual([
      { hour: '2026-11-26T12', changed: 100 },
      { hour: '2026-11-26T13', changed: 0 },
      { hour: '2026-11-27T11', changed: 20 },
      { hour: '2026-11-27T12', changed: 7 },
    ]);
    expect(followedIn({ ...picture, hours: picture.hours.slice(0, 1) }, false, now).hours).toBeUndefined();
  });

  it('says when records were late', () => {
    const late = { ...picture, control: picture.control && { ...picture.control, behindAt: lastAt } };
    expect(followText('Users', followedIn(late, false, now), plain)).toContain(
      'records were last late, by more than five minutes, at 2026-11-27 12:10:00',
    );
  });

  it('has keys only if they may be shown', () => {
    expect(JSON.stringify(followedIn(picture, false, now))).not.toMatch(/u1|u9/);
    expect(JSON.stringify(followedIn(picture, true, now))).toMatch(/u1.*u9/);
  });

  it('is told in words, without control characters', () => {
    const lines = followText('Users', { state: 'on', ...followedIn(picture, false, now) }, plain);
    expect(lines).toEqual([
      'following since 2026-11-20 08:00:00, last called 2026-11-27 12:29:00: v1, v2, v3',
      'not following v4: it inserts items',
      'brought up  last hour  last day  in all  failed  last (UTC)           written by',
      'v1                  7         7       7       0  2026-11-27 12:10:00  –',
      'v3                 23       123   1,123       1  2026-11-27 12:10:00  "batch\\u001b[2J" (1,120), "mobile" (3)',
      '1 item could not be brought up: `dynamodt follow Users --failures` lists them, and `dynamodt follow Users --retry` tries again',
    ]);
  });

  it('says of a version that is followed for less long since when', () => {
    const control = { ...picture.control, followingSince: { 1: '2026-11-20T08:00:00.000Z', 3: '2026-11-26T08:00:00.000Z' } };
    const shown = followedIn({ ...picture, control: control as FollowPicture['control'] }, false, now);
    expect(followText('Users', shown, plain)[1]).toBe('v3 is followed since 2026-11-26 08:00:00');
    expect(shown.followingSince).toEqual(control.followingSince);
  });

  it('lists keys of samples and failures when they are asked for', () => {
    const text = followText('Users', followedIn(picture, true, now), plain).join('\n');
    expect(text).toContain('v3 brought up {"id":"u1"}, 2026-11-27 12:10:00');
    expect(text).toMatch(/v3 +TypeError +Users\/v3\.ts:4 +2 +\{"id":"u9"\}/);
    expect(text).toContain('TypeError: No name.');
  });

  const nothing: FollowShown = { following: [], notFollowed: [], versions: [], failed: 0 };
  it.each<[string, FollowShown]>([
    ['following is paused; `dynamodt resume Users --all` goes on', { ...nothing, state: 'paused' }],
    ['following starts or ends now', { ...nothing, state: 'changing' }],
    ['following, and nothing was written to the table since', { ...nothing, state: 'on' }],
    ['following, and nothing was written to the table since', nothing],
  ])('says "%s"', (line, shown) => {
    expect(followText('Users', shown, plain)).toEqual([line]);
  });
});
