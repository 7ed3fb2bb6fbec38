import { describe, expect, it } from 'vitest';
import type { Item } from '../../../../core/transformation/contract.ts';
import type { Image } from '../../../../core/values/attribute-value.ts';
import { MemoryFollower, recordOf } from '../../../support/memory-follower.ts';
import type { File } from '../../../support/transformations.ts';

const splitName: File = {
  adds: ['first'],
  transformUp: ({ name, ...item }: { name?: string }) => (name === undefined ? undefined : { first: name.split(' ')[0], name, ...item }),
};
const dropName: File = {
  removes: ['name'],
  transformUp: ({ name: _, ...item }: Item) => item,
  transformDown: (item: Item) => item,
};

function old(id: string, fields: Image = {}): Image {
  return { id: { S: id }, name: { S: 'Ada Lovelace' }, ...fields };
}

function fresh(id: string): Image {
  return { id: { S: id }, first: { S: 'Ada' } };
}

function followed(images: readonly Image[]): MemoryFollower {
  return new MemoryFollower(images).applied(1, splitName).applied(2, dropName);
}

describe('the follower of a stream', () => {
  it('brings up what old code wrote by all versions in one write, and makes no request for the record of its own write', async () => {
    const follower = followed([old('u1')]);

    const first = await follower.follow([recordOf(old('u1'))]);
    expect(follower.image('u1')).toEqual(fresh('u1'));
    const second = await follower.follow([recordOf(fresh('u1'))]);

    expect(first).toMatchObject({ failedFrom: undefined, did: { changed: 1 } });
    expect(second).toMatchObject({ failedFrom: undefined, did: { changed: 0, unchanged: 1 } });
    expect(follower.log).toEqual(['create', 'write 1']);
  });

  it('says that the table is followed before its first write, and again after a minute', async () => {
    const follower = followed([]);

    await follower.follow([recordOf(fresh('u1'))]);
    expect(follower.control).toMatchObject({ table: 'Users', leaseMs: 6000, following: [1, 2], notFollowed: [] });
    await follower.clock.advance(59_000);
    await follower.follow([recordOf(fresh('u1'))]);
    expect(follower.log).toEqual(['create']);
    await follower.clock.advance(2000);
    await follower.follow([recordOf(fresh('u1'))]);

    expect(follower.log).toEqual(['create', 'seen']);
  });

  it('decides on each key once, by its newest record, and does nothing for a removed item', async () => {
    const follower = followed([old('u1'), old('u3')]);

    await follower.follow([
      recordOf({ id: { S: 'u1' }, name: { S: 'Older' } }),
      recordOf(old('u1')),
      recordOf(old('u2')),
      recordOf(old('u2'), { isRemoved: true, image: undefined }),
      recordOf(old('u3')),
    ]);

    expect(follower.image('u1')).toEqual(fresh('u1'));
    expect(follower.image('u3')).toEqual(fresh('u3'));
    expect(follower.log).toEqual(['create', 'write 2']);
  });

  it('reads the items of a stream that shows keys only', async () => {
    const follower = followed([old('u1')]);

    const { did } = await follower.follow([recordOf(old('u1'), { image: undefined }), recordOf(old('gone'), { image: undefined })]);

    expect(follower.image('u1')).toEqual(fresh('u1'));
    expect(follower.log).toEqual(['create', 'read 2', 'write 1']);
    expect(did).toMatchObject({ changed: 1, unchanged: 1, readUnits: 2 });
  });

  it('decides anew on what the application has written since the record', async () => {
    const follower = followed([old('u1', { name: { S: 'Grace Hopper' } })]);

    const { did } = await follower.follow([recordOf(old('u1'))]);

    expect(follower.image('u1')).toEqual({ id: { S: 'u1' }, first: { S: 'Grace' } });
    expect(did).toMatchObject({ changed: 1, conflicts: 1 });
  });

  it('does not put back an item that was removed since', async () => {
    const follower = followed([]);

    const { did, failedFrom } = await follower.follow([recordOf(old('u1'))]);

    expect(follower.items.size).toBe(0);
    expect({ failedFrom, unchanged: did?.unchanged }).toEqual({ failedFrom: undefined, unchanged: 1 });
  });

  it('counts by version, with keys and writers', async () => {
    const follower = followed([old('u1'), old('u2')]);

    await follower.follow([recordOf(old('u1', { by: { S: 'batch' } })), recordOf(old('u2', { by: { S: 'batch' } }))]);

    expect(follower.broughtUpBy).toMatchObject([
      { sequence: 1, changed: 2, writers: { batch: 2 }, samples: [{ key: { id: { S: 'u2' } } }, { key: { id: { S: 'u1' } } }] },
      { sequence: 2, changed: 2 },
    ]);
  });

  it('records an item that fails, and does not hold up the stream for it', async () => {
    const failing: File = {
      transformUp: () => {
        throw new TypeError('secret');
      },
    };
    const follower = followed([old('u1')]).applied(3, failing);

    const { failedFrom } = await follower.follow([recordOf(old('u1'))]);

    expect(failedFrom).toBeUndefined();
    expect(follower.failures).toMatchObject([{ key: { id: { S: 'u1' } }, sequence: 3, error: 'TransformThrew' }]);
    expect(JSON.stringify(follower.failures)).not.toContain('secret');
    expect(follower.broughtUpBy).toMatchObject([{ sequence: 3, failed: 1, changed: 0 }]);
  });

  it('asks for the record again if a failed item cannot be recorded', async () => {
    const follower = followed([old('u1')]).applied(3, { transformUp: () => ({ other: 1 }) });
    follower.before = (request) => {
      if (request === 'failed') throw new Error('no ledger');
    };
    const record = recordOf(old('u1'));

    expect(await follower.follow([record])).toMatchObject({ failedFrom: record.sequenceNumber });
  });

  it('tries the failed items again, and forgets those that are mended', async () => {
    const follower = followed([old('u1')]);

    const retried = await follower.retry([{ key: { id: { S: 'u1' } }, at: 'then' }]);

    expect(retried).toEqual({ retried: 1, mended: 1, failed: 0 });
    expect(follower.image('u1')).toEqual(fresh('u1'));
    expect(follower.log).toContain('mended [{"S":"u1"}]');
  });
});

describe('an item that failed', () => {
  /** Fails for an item that says so. */
  const picky: File = {
    adds: ['n'],
    transformUp: (item: Item) => {
      if (item['bad']) throw new TypeError('bad');
      return item['n'] === undefined ? { ...item, n: 1 } : undefined;
    },
  };
  const bad = { ...fresh('u1'), bad: { BOOL: true } };

  async function failed(): Promise<MemoryFollower> {
    const follower = followed([bad]).applied(3, picky);
    await follower.follow([recordOf(bad)]);
    expect(follower.failures).toHaveLength(1);
    await follower.clock.advance(3000);
    return follower;
  }

  it.each([
    ['is brought up later', fresh('u1')],
    ['is found in shape later', { ...fresh('u1'), n: { N: '1' } }],
  ])('is forgotten when it %s', async (_, image) => {
    const follower = await failed();
    follower.put(image);

    await follower.follow([recordOf(image)]);

    expect(follower.failures).toEqual([]);
  });

  it.each([
    ['was in shape', {}],
    ['was removed', { isRemoved: true, image: undefined }],
  ])('is not forgotten by an old record, which comes again, of when it %s', async (_, fields) => {
    const follower = await failed();

    await follower.follow([recordOf({ ...fresh('u1'), n: { N: '1' } }, fields)]);

    expect(follower.failures).toHaveLength(1);
  });

  it('is not forgotten if it fails again while another follower forgets it', async () => {
    const follower = await failed();
    const sound = { ...fresh('u1'), n: { N: '1' } };
    follower.put(sound);
    follower.before = (request) => {
      const [failure] = follower.failures;
      if (request === 'mended' && failure) follower.failures.splice(0, 1, { ...failure, at: 'later' });
    };

    await follower.follow([recordOf(sound)]);

    expect(follower.failures).toMatchObject([{ at: 'later' }]);
  });

  it('is looked at again, once, when a run has applied its version after it failed, also without a record of it', async () => {
    const follower = await failed();
    const swept = new Date(follower.clock.wallNow).toISOString();
    follower.versions = follower.versions.map((version) => (version.sequence === 3 ? { ...version, at: swept } : version));
    await follower.clock.advance(11_000);
    const reads = (): number => follower.log.filter((line) => line === 'read 1').length;
    const sound = { ...fresh('u2'), n: { N: '1' } };

    // It still fails.
    await follower.follow([recordOf(sound)]);
    await follower.clock.advance(11_000);
    await follower.follow([recordOf(sound)]);
    expect([follower.failures.length, reads()]).toEqual([1, 1]);

    // The sweep with another file has mended it.
    const again = new Date(follower.clock.wallNow).toISOString();
    follower.versions = follower.versions.map((version) => (version.sequence === 3 ? { ...version, at: again } : version));
    follower.put({ ...fresh('u1'), n: { N: '1' } });
    await follower.clock.advance(11_000);
    await follower.follow([recordOf(sound)]);
    expect(follower.failures).toEqual([]);
  });

  it('is forgotten when it is removed', async () => {
    const follower = await failed();
    follower.items.clear();

    await follower.follow([recordOf(fresh('u1'), { isRemoved: true, image: undefined })]);

    expect(follower.failures).toEqual([]);
  });

  it('stays while it fails, and while its version is not followed', async () => {
    const follower = await failed();
    await follower.follow([recordOf(bad)]);
    expect(follower.failures.length).toBeGreaterThan(0);
    follower.versions = follower.versions.map((version) => (version.sequence === 3 ? { ...version, checksum: 'other' } : version));
    follower.put(fresh('u1'));
    await follower.clock.advance(3000);

    await follower.follow([recordOf(fresh('u1'))]);

    expect(follower.failures.length).toBeGreaterThan(0);
  });

  it('costs one request in ten seconds while it is open, and none afterwards', async () => {
    const follower = await failed();
    const sound = { ...fresh('u2'), n: { N: '1' } };
    const reads = (): number => follower.log.filter((line) => line === 'read failures').length;
    for (let second = 0; second < 5; second++) {
      await follower.follow([recordOf(sound)]);
      await follower.clock.advance(1000);
    }
    expect(reads()).toBe(1);
    follower.put(fresh('u1'));
    await follower.follow([recordOf(fresh('u1'))]);
    await follower.follow([recordOf(sound)]);
    expect(follower.control).toMatchObject({ failures: 1, failuresClosed: 1 });
    await follower.clock.advance(20_000);
    const before = reads();

    await follower.follow([recordOf(sound)]);

    expect(reads()).toBe(before);
  });

  it('is not forgotten by a second try while its version is not followed', async () => {
    const follower = await failed();
    follower.put(fresh('u1'));
    follower.versions = follower.versions.map((version) => (version.sequence === 3 ? { ...version, checksum: 'other' } : version));
    await follower.clock.advance(3000);

    expect(await follower.retry([...follower.failures])).toEqual({ retried: 0, mended: 0, failed: 1 });
    expect(follower.failures).toHaveLength(1);
  });

  it('is forgotten by a second try once its version is not in the table', async () => {
    const follower = await failed();
    follower.versions = follower.versions.filter(({ sequence }) => sequence !== 3);
    await follower.clock.advance(3000);

    expect(await follower.retry([...follower.failures])).toEqual({ retried: 1, mended: 1, failed: 0 });
    expect(follower.failures).toEqual([]);
  });
});

describe('since when a version is followed', () => {
  it('begins anew when it was not followed for a while', async () => {
    const follower = followed([]);
    await follower.follow([recordOf(fresh('u1'))]);
    const start = follower.control?.since ?? '';
    const all = follower.versions;
    follower.versions = all.map((version) => (version.sequence === 2 ? { ...version, checksum: 'other' } : version));
    await follower.clock.advance(61_000);
    await follower.follow([recordOf(fresh('u1'))]);
    expect(follower.control).toMatchObject({ following: [], followingSince: {} });
    follower.versions = all;
    await follower.clock.advance(61_000);
    await follower.follow([recordOf(fresh('u1'))]);

    const { since, followingSince = {} } = follower.control ?? {};
    expect(since).toBe(start);
    expect(followingSince[1]).toBe(followingSince[2]);
    expect(Date.parse(followingSince[1] ?? '')).toBeGreaterThan(Date.parse(start) + 120_000);
    await follower.clock.advance(61_000);
    await follower.follow([recordOf(fresh('u1'))]);
    expect(follower.control?.followingSince).toEqual(followingSince);
  });
});

describe('since when versions are followed whose records wait', () => {
  it('stays while a run takes back the version above them', async () => {
    const follower = followed([]);
    await follower.follow([recordOf(fresh('u1'))]);
    const before = follower.control?.followingSince;
    const all = follower.versions;
    follower.versions = all.map((version) => (version.sequence === 2 ? { ...version, status: 'rollingBack' } : version));
    await follower.clock.advance(61_000);
    await follower.follow([recordOf(fresh('u1'))]);
    follower.versions = all.filter(({ sequence }) => sequence === 1);
    await follower.clock.advance(61_000);
    await follower.follow([recordOf(fresh('u1'))]);

    expect(follower.control).toMatchObject({ following: [1], followingSince: { 1: before?.[1] } });
  });
});

describe('a follower is fenced', () => {
  it('sends nothing after its lease, and asks for the records again from the earliest open key on', async () => {
    const follower = followed([old('u1'), old('u2')]);
    let isFirst = true;
    follower.before = (request) => {
      if (request !== 'write' || !isFirst) return;
      isFirst = false;
      // Frozen between the decision and the hand-over; meanwhile a run takes v2 back.
      follower.versions = follower.versions.map((version) => (version.sequence === 2 ? { ...version, status: 'rollingBack' } : version));
      follower.clock.now += 7000;
      follower.clock.wallNow += 7000;
    };
    const records = [recordOf(fresh('u0')), recordOf(old('u1')), recordOf(fresh('u0')), recordOf(old('u2'))];

    const { failedFrom } = await follower.follow(records);

    expect(failedFrom).toBe(records[1]?.sequenceNumber);
    expect(follower.image('u1')).toEqual(old('u1'));
    expect(follower.log).toEqual(['create']);
  });

  it('follows what the ledger says by then when the records come again', async () => {
    const follower = followed([old('u1')]);
    await follower.follow([recordOf(fresh('u0'))]);
    follower.versions = follower.versions.map((version) => (version.sequence === 2 ? { ...version, status: 'rollingBack' } : version));
    await follower.clock.advance(3000);

    const { did } = await follower.follow([recordOf(old('u1'))]);

    expect(did).toBeUndefined();
    expect(follower.control?.notFollowed).toMatchObject([
      { sequence: 1, name: 'blocked' },
      { sequence: 2, name: 'rollingBack' },
    ]);
    expect(follower.image('u1')).toEqual(old('u1'));
  });

  it('keeps the records for the versions below while a run takes back one that removes', async () => {
    const follower = followed([old('u1')]);
    follower.versions = follower.versions.map((version) => (version.sequence === 2 ? { ...version, status: 'rollingBack' } : version));
    follower.holder = { run: 'r9', isRunning: true, waitsForFollower: true };
    const record = recordOf(old('u1'));

    expect(await follower.follow([record])).toEqual({ failedFrom: record.sequenceNumber, did: undefined });
  });

  it.each(['applying', 'rollingBack'] as const)(
    'keeps the records for the versions below while one that removes is left %s by a run that failed',
    async (status) => {
      const follower = followed([old('u1')]);
      follower.versions = follower.versions.map((version) => (version.sequence === 2 ? { ...version, status } : version));
      const record = recordOf(old('u1'));

      expect(await follower.follow([record])).toEqual({ failedFrom: record.sequenceNumber, did: undefined });
    },
  );

  it('keeps no records while a run applies a version that will not be followed, and so keeps others from it for good', async () => {
    const { transformDown: _, ...byJournal } = dropName;
    const follower = followed([old('u1')]).applied(3, byJournal as File, { status: 'applying' });
    follower.holder = { run: 'r1', isRunning: true, waitsForFollower: true };

    expect(await follower.follow([recordOf(old('u1'))])).toEqual({ failedFrom: undefined, did: undefined });
  });

  it('keeps no records for versions that stay blocked', async () => {
    const follower = followed([old('u1')]).applied(3, { ...dropName, follows: false } as File);
    follower.versions = follower.versions.map((version) => (version.sequence === 2 ? { ...version, status: 'applying' } : version));

    expect(await follower.follow([recordOf(old('u1'))])).toEqual({ failedFrom: undefined, did: undefined });
  });

  it('waits while a run holds the table that does not wait for it, and says nothing', async () => {
    const follower = followed([old('u1')]);
    follower.holder = { run: 'r9', isRunning: true, waitsForFollower: false };
    const record = recordOf(old('u1'));

    expect(await follower.follow([record])).toEqual({ failedFrom: record.sequenceNumber, did: undefined });
    expect(follower.log).toEqual([]);
  });

  it('waits until the deploy is over that says that the table is followed', async () => {
    const follower = followed([old('u1')]);
    follower.isFollowed = false;
    const record = recordOf(old('u1'));

    expect(await follower.follow([record])).toEqual({ failedFrom: record.sequenceNumber, did: undefined });
  });

  it('records until when a write without an answer can be applied, before the batch is over', async () => {
    const follower = followed([old('u1')]);
    follower.answer = (writes) => {
      follower.answer = undefined;
      return writes.map(() => ({ kind: 'throttled', isUnknown: true, isUnanswered: true }));
    };

    await follower.follow([recordOf(old('u1'))]);

    expect(follower.lateUntil).toEqual([Date.UTC(2030, 0, 1) + 15 * 60_000]);
    expect(follower.image('u1')).toEqual(fresh('u1'));
  });

  it('fails if the ledger cannot be read', async () => {
    const follower = followed([old('u1')]);
    follower.before = () => {
      throw new Error('no ledger');
    };

    await expect(follower.follow([recordOf(old('u1'))])).rejects.toThrow('no ledger');
  });

  it('asks for the records again when time is short', async () => {
    const follower = followed([old('u1')]);
    follower.deadline = 0;
    const record = recordOf(old('u1'));

    expect(await follower.follow([record])).toMatchObject({ failedFrom: record.sequenceNumber });
    expect(follower.image('u1')).toEqual(old('u1'));
  });
});

describe('what a run relies on', () => {
  it('is said anew if another follower said something else since, and a version that one did not follow begins anew', async () => {
    const follower = followed([old('u1')]);
    await follower.follow([recordOf(fresh('u1'))]);
    const before = follower.control;
    await follower.clock.advance(61_000);
    follower.before = (request) => {
      if (request !== 'say' || !before || follower.control !== before) return;
      // A container with other code of v2, at the same time.
      follower.control = { ...before, seenAt: '2030-01-01T00:01:00.500Z', following: [], followingSince: {} };
    };

    await follower.follow([recordOf(old('u1'))]);

    expect(follower.control).toMatchObject({ following: [1, 2], followingSince: { 2: follower.control?.seenAt } });
    expect(follower.log).toEqual(['create', 'seen', 'write 1']);
  });

  it('is that records are late, once a minute, before they are settled', async () => {
    const follower = followed([old('u1')]);
    await follower.follow([recordOf(fresh('u0'))]);
    expect(follower.control?.behindAt).toBeUndefined();
    await follower.clock.advance(301_000);
    const late = () => recordOf(old('u1'), { at: '2030-01-01T00:00:00.000Z' });

    await follower.follow([late()]);
    expect(follower.log).toEqual(['create', 'seen', 'write 1']);
    const { behindAt } = follower.control ?? {};
    expect(behindAt).toBe(follower.control?.seenAt);
    await follower.clock.advance(30_000);
    await follower.follow([late()]);
    expect(follower.control?.behindAt).toBe(behindAt);
    await follower.clock.advance(31_000);
    await follower.follow([late()]);

    expect(follower.control?.behindAt).not.toBe(behindAt);
  });
});
