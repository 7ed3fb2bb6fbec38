import { describe, expect, it } from 'vitest';
import type { FollowControl, FollowPicture } from '../../../../../core/ledger/follow.ts';
import type { Version } from '../../../../../core/ledger/versions/version.ts';
import {
  defaultQuiet,
  type FollowedTable,
  followNotes,
  type Quiet,
  quietFindings,
} from '../../../../../core/plan/findings/follow-findings.ts';
import { checkExports } from '../../../../../core/transformation/check-exports.ts';

const now = Date.parse('2026-11-27T12:00:00.000Z');
const asked: Quiet = { ms: 24 * 3_600_000, text: '24h', isAsked: true };

function version(sequence: number, fields: Partial<Version> = {}): Version {
  return {
    table: 'Users',
    sequence,
    status: 'applied',
    checksum: '2:a',
    run: 'r-1',
    execution: 'arn',
    at: '2026-11-20T00:00:00.000Z',
    ...fields,
  } as Version;
}

const control: FollowControl = {
  table: 'Users',
  since: '2026-11-01T00:00:00.000Z',
  seenAt: '2026-11-27T11:59:00.000Z',
  leaseMs: 6000,
  following: [1, 3],
  notFollowed: [{ sequence: 2, name: 'optedOut', reason: 'its file says follows: false' }],
};

const silent: FollowPicture = { control, hours: [], versions: [], failed: [] };

const calls = { state: 'on', changedAt: Date.parse('2026-11-01T00:00:00.000Z') } as const;

function table(follow: FollowPicture | undefined, fields: Partial<FollowedTable> = {}): FollowedTable {
  return { table: 'Users', versions: [version(1), version(2), version(3)], follow, calls, ...fields };
}

function broughtUp(lastAt: string, fields: object = {}): FollowPicture {
  return {
    ...silent,
    hours: [
      { hour: '2026-11-27T11', sequence: 3, changed: 40, failed: 0, lastAt },
      { hour: '2026-11-27T11', sequence: 1, changed: 5, failed: 0, lastAt },
    ],
    versions: [{ sequence: 3, lastAt, changed: 40, samples: [], writers: { batch: { changed: 40, lastAt } }, ...fields }],
  };
}

describe('the gate of a followed version', () => {
  it('is green when nothing was brought up within the window', () => {
    expect(quietFindings(3, table(silent), asked, now)).toEqual({ problems: [], notes: [] });
    expect(quietFindings(3, table(broughtUp('2026-11-26T11:59:59.000Z')), asked, now)).toEqual({ problems: [], notes: [] });
  });

  it.each([asked, defaultQuiet])('is red while something writes the older shape, and says how much, when and what to do', (quiet) => {
    const { problems, notes } = quietFindings(3, table(broughtUp('2026-11-26T12:00:00.000Z')), quiet, now);

    expect(notes).toEqual([]);
    expect(problems).toEqual([
      {
        name: 'OldWriters',
        message: expect.stringMatching(
          /^Something still writes .*40 items in the last day, the last at 2026-11-26 12:00 .*`dynamodt follow Users --failures` shows keys and who wrote them/,
        ),
        sequence: 3,
      },
    ]);
  });

  it('looks at its own version, and at no longer window than was asked for', () => {
    expect(quietFindings(1, table(broughtUp('2026-11-27T11:00:00.000Z')), asked, now).problems).toEqual([]);
    const hour: Quiet = { ms: 3_600_000, text: '1h', isAsked: true };
    expect(quietFindings(3, table(broughtUp('2026-11-27T10:59:59.000Z')), hour, now).problems).toEqual([]);
  });

  it('is red for an item that could not be brought up, as it still has the older shape', () => {
    const failed = [
      { key: { id: 'u7' }, sequence: 3, error: 'TypeError', message: 'm', place: 'Users/v3.ts:4', at: control.seenAt, tries: 2 },
    ];
    const { problems } = quietFindings(3, table({ ...silent, failed }), asked, now);
    expect(problems).toMatchObject([{ name: 'FollowFailed', message: expect.stringMatching(/^1 item .*\(TypeError, Users\/v3\.ts:4\)/) }]);
    expect(problems[0]?.message).not.toContain('u7');
    expect(quietFindings(1, table({ ...silent, failed }), asked, now).problems).toEqual([]);
    const refused = [{ key: {}, error: 'ItemTooLarge', message: 'm', at: control.seenAt, tries: 1 }];
    expect(quietFindings(1, table({ ...silent, failed: refused }), asked, now).problems).toMatchObject([{ name: 'FollowFailed' }]);
  });

  it.each<[string, number, FollowedTable, RegExp]>([
    ['the table is not followed', 3, table(undefined), /the deployed service does not follow the table.*`follow: true`/],
    ['the follower was never called', 3, table({ ...silent, control: undefined }), /nothing was written to the table since it is followed/],
    ['the version is not followed', 2, table(silent), /it is not followed \(its file says follows: false\)/],
    [
      'the follower does not know the version yet',
      3,
      table({ ...silent, control: { ...control, following: [1] } }),
      /nothing was written to the table since it is applied/,
    ],
    [
      'following is paused',
      3,
      table(silent, { calls: { ...calls, state: 'paused' } }),
      /following is paused.*`dynamodt resume Users --all`/,
    ],
    ['following starts or ends', 3, table(silent, { calls: { ...calls, state: 'changing' } }), /following starts or ends now/],
    ['Lambda does not tell', 3, table(silent, { calls: undefined }), /Lambda does not tell since when.*lambda:ListEventSourceMappings/],
    [
      'it was unfollowed, paused, or had another stream within the window, and no follower was called that could know it',
      3,
      table(silent, { calls: { ...calls, changedAt: Date.parse('2026-11-27T02:00:00.000Z') } }),
      /without a break since 2026-11-27 02:00, for less than 24h\. Ask again at 2026-11-28 02:00/,
    ],
    [
      'it is followed for less than the window',
      3,
      table({ ...silent, control: { ...control, since: '2026-11-27T02:00:00.000Z' } }),
      /since 2026-11-27 02:00, for less than 24h\. Ask again at 2026-11-28 02:00/,
    ],
    [
      'it was not followed in between',
      3,
      table({ ...silent, control: { ...control, followingSince: { 3: '2026-11-27T02:00:00.000Z' } } }),
      /since 2026-11-27 02:00, for less than 24h\. Ask again at 2026-11-28 02:00/,
    ],
    [
      'the follower was not called in the last hour',
      3,
      table({ ...silent, control: { ...control, seenAt: '2026-11-27T10:59:00.000Z' } }),
      /last called at 2026-11-27 10:59 .*`follower-is-late`/,
    ],
    [
      'it is applied for less than the window',
      3,
      table(silent, { versions: [version(3, { at: '2026-11-27T03:30:00.000Z' })] }),
      /since 2026-11-27 03:30, for less than 24h/,
    ],
  ])('is red for whoever asks when nothing is known, because %s, and otherwise notes it', (_, sequence, of, message) => {
    const red = quietFindings(sequence, of, asked, now);
    expect(red).toEqual({ problems: [{ name: 'QuietUnknown', message: expect.stringMatching(message), sequence }], notes: [] });
    if (of.follow) expect(quietFindings(sequence, of, defaultQuiet, now)).toEqual({ problems: [], notes: red.problems });
    else expect(quietFindings(sequence, of, defaultQuiet, now)).toEqual({ problems: [], notes: [] });
  });

  it('is red for whoever asks about a version that is not applied', () => {
    const pending = table(silent, { versions: [version(3, { status: 'applying' })] });
    expect(quietFindings(3, pending, asked, now).problems).toMatchObject([
      { name: 'QuietUnknown', message: expect.stringContaining('it is not applied here') },
    ]);
    expect(quietFindings(3, pending, defaultQuiet, now)).toEqual({ problems: [], notes: [] });
  });
});

describe('a plan that is no gate', () => {
  const file = (sequence: number, exports: object) => ({
    ...{ file: `Users/v${sequence}.ts`, sequence, checksum: '2:a' },
    transformation: checkExports({ sequence, transformUp: () => undefined, ...exports }, `Users/v${sequence}.ts`),
  });

  it('notes what applied versions are still needed for', () => {
    expect(followNotes(table(broughtUp('2026-11-27T11:00:00.000Z')), [], defaultQuiet, now)).toMatchObject([
      { name: 'OldWriters', sequence: 3 },
    ]);
    const isRolledBack = [version(3, { status: 'rolledBack' })];
    expect(followNotes(table(broughtUp('2026-11-27T11:00:00.000Z'), { versions: isRolledBack }), [], defaultQuiet, now)).toEqual([]);
  });

  it('notes which pending versions will not be followed, and why', () => {
    const pending = [
      file(4, { adds: ['n'] }),
      file(5, { adds: ['n'], follows: false }),
      file(6, { adds: ['n'], inserts: true }),
      file(7, { removes: ['n'] }),
    ];
    expect(followNotes(table(silent), pending, defaultQuiet, now)).toEqual([
      { name: 'NotFollowed', message: expect.stringContaining('its file says follows: false'), sequence: 5 },
      { name: 'NotFollowed', message: expect.stringContaining('inserts'), sequence: 6 },
      { name: 'NotFollowed', message: expect.stringContaining('transformDown'), sequence: 7 },
    ]);
  });

  it('notes a version that would not be followed as one below it is not', () => {
    const down = { transformDown: () => undefined };
    const pending = [file(5, { adds: ['n'], follows: false }), file(6, { removes: ['n'], ...down }), file(7, { adds: ['m'] })];
    expect(followNotes(table(silent), pending, defaultQuiet, now)).toMatchObject([
      { sequence: 5 },
      {
        name: 'NotFollowed',
        message: expect.stringMatching(/v2 is in the table and is not followed, and this version could remove/),
        sequence: 6,
      },
    ]);
  });

  it('says nothing of a table that is not followed', () => {
    expect(followNotes(table(undefined), [file(5, { adds: ['n'], follows: false })], defaultQuiet, now)).toEqual([]);
  });
});
