import { describe, expect, it } from 'vitest';
import { afterUpdate } from '../../../../core/change/change.ts';
import { equalsOf, imageOf } from '../../../../core/change/condition.ts';
import { bindTransformation } from '../../../../core/change/decide-change.ts';
import { TeamFunctions } from '../../../../core/change/team-functions.ts';
import { Pacing } from '../../../../core/segment/pacing/pacing.ts';
import { RequestsInFlight } from '../../../../core/segment/pacing/requests-in-flight.ts';
import { Halted } from '../../../../core/segment/segment-gate.ts';
import { type SettledItem, settleItem } from '../../../../core/segment/settle-item.ts';
import { type TablePort, Throttled, type Write, type WriteResult } from '../../../../core/segment/table-port.ts';
import { WriteBatches } from '../../../../core/segment/writes/write-batches.ts';
import type { Item } from '../../../../core/transformation/contract.ts';
import type { Image } from '../../../../core/values/attribute-value.ts';
import { FakeClock } from '../../../support/fake-clock.ts';
import { contextFor, type File, load, usersShape } from '../../../support/transformations.ts';

const id = { id: { S: 'u1' } };
const firstName: File = {
  adds: ['first'],
  transformUp: ({ name, ...item }: Item) => ({ ...item, name, first: String(name).split(' ')[0] }),
};
const grace: Image = { ...id, name: { S: 'Grace Hopper' } };
const ada: Image = { ...id, name: { S: 'Ada Lovelace' } };

interface Scene {
  file?: File;
  scanned?: Image;
  dryRun?: boolean;
  isLastPass?: boolean;
  /** What the table answers, write by write; the last answer stays. */
  answers?: (WriteResult | ((write: Write) => WriteResult))[];
  /** What strongly consistent reads find, one after the other; the last stays. */
  reads?: (Image | undefined | Error)[];
  putBacks?: ('written' | 'taken' | 'throttled' | Error)[];
  /** Called before each answer. */
  beforeAnswer?: (gate: { halted: boolean; leased: boolean }) => void;
}

async function settle({
  file = firstName,
  scanned = grace,
  dryRun = false,
  isLastPass = false,
  answers = [],
  reads = [],
  putBacks = [],
  beforeAnswer,
}: Scene) {
  const clock = new FakeClock();
  const gate = { halted: false, leased: true };
  const writes: Write[] = [];
  const log: string[] = [];
  const next = <T>(list: T[]): T | undefined => (list.length > 1 ? list.shift() : list[0]);
  const answer = (write: Write): WriteResult => {
    writes.push(write);
    log.push('write');
    beforeAnswer?.(gate);
    const result = next(answers) ?? { kind: 'written' };
    return typeof result === 'function' ? result(write) : result;
  };
  const table: TablePort = {
    readPage: () => Promise.reject(new Error('not expected')),
    readItems: () => Promise.reject(new Error('not expected')),
    readItem: async () => {
      log.push('read');
      const image = next(reads);
      if (image instanceof Error) throw image;
      return image;
    },
    writeBatch: async (batch) => batch.map(answer),
    writeTransaction: async (write) => answer(write),
    writeTogether: () => Promise.reject(new Error('not expected')),
    putBack: async (image, mayWrite) => {
      log.push(mayWrite() ? `put back ${Object.keys(image)}` : 'refused to put back');
      const result = mayWrite() ? (next(putBacks) ?? 'written') : 'throttled';
      if (result instanceof Error) throw result;
      return result;
    },
  };
  const check = (): void => {
    if (gate.halted) throw new Halted('stopped');
  };
  const writeGate = {
    assertMayDecide: check,
    waitUntilMayWrite: async () => check(),
    mayWriteNow: () => !gate.halted && gate.leased,
    holdsLease: () => gate.leased,
  };
  const transformation = load(file);
  const settled = settleItem(scanned, {
    shape: usersShape,
    transformation,
    decider: bindTransformation(transformation, usersShape, contextFor('up')),
    dryRun,
    isLastPass,
    table,
    targets: { read: () => Promise.reject(new Error('not expected')) },
    batches: new WriteBatches(table, new Pacing(clock, Number.POSITIVE_INFINITY), writeGate, new RequestsInFlight(clock, 10)),
    functions: new TeamFunctions(clock),
    clock,
    gate: writeGate,
  });
  const outcome: { settled?: SettledItem; error?: unknown } = await clock.until(
    Promise.resolve(settled).then(
      (value) => ({ settled: value }),
      (error: unknown) => ({ error }),
    ),
  );
  return { ...outcome, writes, log, clock };
}

function conflict(image?: Image): WriteResult {
  return { kind: 'conditionFailed', image };
}

/** What the table holds after the write was applied, whatever it answered. */
function applied(image: Image) {
  return ({ change: { item } }: Write): Image => (item.kind === 'update' ? afterUpdate(image, item.set, item.remove) : image);
}

describe('an item', () => {
  it('that changes is written once, under the condition that it is as it was scanned', async () => {
    const { settled, writes } = await settle({});

    expect(settled).toMatchObject({ outcome: 'changed', inserted: 0, deleted: 0, differing: 0, writeUnits: 1 });
    expect(writes).toEqual([
      {
        key: id,
        change: { item: { kind: 'update', set: { first: { S: 'Grace' } }, remove: [] }, inserts: [] },
        condition: { equals: equalsOf({ name: { S: 'Grace Hopper' } }), missing: ['first'] },
        units: 1,
      },
    ]);
  });

  it('that has nothing to change costs no write', async () => {
    const unchanged = await settle({ file: { transformUp: () => {} } });
    const kept = await settle({ scanned: { ...grace, first: { S: 'Amazing' } } });

    expect(unchanged).toMatchObject({ settled: { outcome: 'unchanged', writeUnits: 0 }, writes: [] });
    expect(kept).toMatchObject({ settled: { outcome: 'kept', differing: 1, writeUnits: 0 }, writes: [] });
  });

  it('is not written in a dry run, but counted as if, and its condition is tried', async () => {
    const wide = Object.fromEntries(Array.from({ length: 150 }, (_, n) => [`a${n}`, { NULL: true }] as const));

    expect(await settle({ dryRun: true })).toMatchObject({ settled: { outcome: 'changed', writeUnits: 1 }, writes: [] });
    expect(await settle({ dryRun: true, scanned: { ...grace, ...wide } })).toMatchObject({
      settled: { outcome: 'failed', error: { name: 'TooWide' } },
    });
  });

  it('fails by itself where the function or DynamoDB refuses it', async () => {
    const throws = (): never => {
      throw new TypeError('Grace');
    };

    expect(await settle({ file: { transformUp: throws } })).toMatchObject({
      settled: { outcome: 'failed', error: { name: 'TransformThrew' } },
      writes: [],
    });
    const refused = await settle({ answers: [{ kind: 'refused', code: 'ValidationError' }] });
    expect(refused).toMatchObject({ settled: { outcome: 'failed', error: { name: 'InvalidValue' } } });
    expect(refused.settled?.error?.message).toContain('ValidationError');
  });

  it('ends the segment where the table is out of reach', async () => {
    const denied = new Error('AccessDenied');
    const { error } = await settle({
      answers: [
        () => {
          throw denied;
        },
      ],
    });

    expect(error).toBe(denied);
  });
});

describe('an item that the application changed between read and write', () => {
  it('is decided again on its fresh image, under its condition', async () => {
    const { settled, writes } = await settle({ answers: [conflict(ada), { kind: 'written', units: 3 }] });

    expect(settled).toMatchObject({ outcome: 'changed', writeUnits: 4 });
    expect(writes.map(({ change, condition }) => [change.item, imageOf(condition.equals)])).toEqual([
      [{ kind: 'update', set: { first: { S: 'Grace' } }, remove: [] }, { name: { S: 'Grace Hopper' } }],
      [{ kind: 'update', set: { first: { S: 'Ada' } }, remove: [] }, { name: { S: 'Ada Lovelace' } }],
    ]);
  });

  it('is read where DynamoDB did not show it, and vanished where it is gone', async () => {
    expect(await settle({ answers: [conflict(), { kind: 'written' }], reads: [ada] })).toMatchObject({
      settled: { outcome: 'changed' },
      log: ['write', 'read', 'write'],
    });
    expect(await settle({ answers: [conflict()], reads: [undefined] })).toMatchObject({
      settled: { outcome: 'vanished', writeUnits: 1 },
      log: ['write', 'read'],
    });
  });

  it('is left alone where it has its new shape by now', async () => {
    const { settled, writes } = await settle({ answers: [conflict({ ...ada, first: { S: 'Ada' } })] });

    expect(settled).toMatchObject({ outcome: 'kept', differing: 0, writeUnits: 1 });
    expect(writes).toHaveLength(1);
  });

  it('fails where its fresh image makes it fail', async () => {
    const file: File = {
      adds: ['first'],
      transformUp: (item: Item) => ({ ...item, ...(item['name'] === 'Ada Lovelace' ? { x: 1 } : { first: 'x' }) }),
    };

    expect(await settle({ file, answers: [conflict(ada)] })).toMatchObject({
      settled: { outcome: 'failed', error: { name: 'UndeclaredChange' } },
    });
  });

  it.each([
    ['adds', { adds: ['first'] }, (item: Item) => ({ ...item, [String(item['name'])]: 1 })],
    ['holds a value that cannot be stored under', { adds: ['first'] }, (item: Item) => ({ ...item, [String(item['name'])]: Number.NaN })],
  ])('is never shown by a name that its function makes of its data and %s', async (_, file, transformUp) => {
    const { settled } = await settle({ file: { ...file, transformUp } });

    expect(settled).toMatchObject({ outcome: 'failed', error: { message: expect.stringMatching(/its name has \d+ characters/) } });
    expect(JSON.stringify([settled?.error, settled?.error?.message, settled?.error?.stack])).not.toContain('Hopper');
  });

  it('is shown by the name of an attribute that its file declares', async () => {
    const file: File = { adds: ['first'], transformUp: (item: Item) => ({ ...item, first: Number.NaN }) };

    expect((await settle({ file })).settled?.error?.message).toContain('"first"');
  });

  it('is contended after it lost eleven times, and never overwritten', async () => {
    let visits = 0;
    const { settled, writes, clock } = await settle({ answers: [() => conflict({ ...grace, visits: { N: String(++visits) } })] });

    expect(settled).toEqual({ outcome: 'contended', writeUnits: 11 });
    expect(writes).toHaveLength(11);
    expect(clock.sleeps).toHaveLength(11);
    expect(Math.max(...clock.sleeps)).toBeLessThanOrEqual(500);
  });

  it.each([
    ['reads', firstName, /Declare `reads`/],
    ['versionAttribute, as a version that deletes has no reads', { ...firstName, deletes: true }, /^(?!.*`reads`).*`versionAttribute`/],
    ['a quieter time, as it reads little already', { ...firstName, reads: ['name'] }, /writes less/],
  ] as const)('fails in the last pass after it lost every race, and is advised %s', async (_, file, advice) => {
    let visits = 0;
    const answers = [() => conflict({ ...grace, visits: { N: String(++visits) } })];
    const { settled, writes } = await settle({ file, answers, isLastPass: true });

    expect(settled).toMatchObject({ outcome: 'failed', error: { name: 'Contended', message: expect.stringMatching(advice) } });
    expect(writes).toHaveLength(11);
  });
});

describe('a write whose answer was lost', () => {
  it('counts as changed when it comes back as a conflict with itself', async () => {
    const { settled, writes } = await settle({
      answers: [{ kind: 'throttled' }, (write) => conflict(applied(grace)(write))],
    });

    expect(settled).toMatchObject({ outcome: 'changed', differing: 0 });
    expect(writes).toHaveLength(2);
  });

  it('counts as kept where the application gave the item that shape by more than we sent', async () => {
    const answers = [(write: Write) => conflict({ ...applied(grace)(write), visits: { N: '1' } })];

    expect(await settle({ answers })).toMatchObject({ settled: { outcome: 'kept' } });
  });
});

describe('a throttled write', () => {
  it('is sent again, the same and slower, until it is answered', async () => {
    const busy: WriteResult = { kind: 'throttled' };
    const { settled, writes, clock } = await settle({ answers: [...Array(12).fill(busy), { kind: 'written' }] });

    expect(settled).toMatchObject({ outcome: 'changed', writeUnits: 1 });
    expect(writes).toHaveLength(13);
    expect(new Set(writes).size).toBe(1);
    expect(clock.sleeps).toEqual(clock.sleeps.toSorted((a, b) => a - b));
    expect(clock.sleeps[0]).toBeLessThanOrEqual(50);
    expect(Math.max(...clock.sleeps)).toBe(2500);
  });

  it('is given up where the segment must stop', async () => {
    const { error } = await settle({
      answers: [{ kind: 'throttled' }],
      beforeAnswer: (gate) => {
        gate.halted = true;
      },
    });

    expect(error).toBeInstanceOf(Halted);
  });

  it('does not make a read that is throttled the end of the segment', async () => {
    const { settled, log } = await settle({
      answers: [conflict(), { kind: 'written' }],
      reads: [new Throttled(), new Throttled(), ada],
    });

    expect(settled).toMatchObject({ outcome: 'changed' });
    expect(log).toEqual(['write', 'read', 'read', 'read', 'write']);
  });
});

describe('a delete', () => {
  const file: File = { deletes: true, transformUp: (item: Item) => (item['keep'] ? undefined : []) };

  it('counts what it deleted', async () => {
    expect(await settle({ file, answers: [{ kind: 'written', old: grace }] })).toMatchObject({
      settled: { outcome: 'changed', deleted: 1 },
    });
  });

  it('of an item that is gone found it vanished', async () => {
    expect(await settle({ file, answers: [{ kind: 'written', old: undefined }] })).toMatchObject({ settled: { outcome: 'vanished' } });
  });

  const unseen: WriteResult = { kind: 'written', old: { ...grace, keep: { BOOL: true } } };

  it('that took along an attribute nobody had seen puts the item back and decides again', async () => {
    const { settled, log } = await settle({ file, answers: [unseen], reads: [{ ...grace, keep: { BOOL: true } }] });

    expect(log).toEqual(['write', 'put back id,name,keep', 'read']);
    expect(settled).toMatchObject({ outcome: 'unchanged' });
  });

  it('decides on what the application put in its place meanwhile', async () => {
    const { settled, log } = await settle({ file, answers: [unseen, { kind: 'written', old: ada }], putBacks: ['taken'], reads: [ada] });

    expect(log).toEqual(['write', 'put back id,name,keep', 'read', 'write']);
    expect(settled).toMatchObject({ outcome: 'changed', deleted: 1 });
  });

  it('puts back until that is done, however busy the table is', async () => {
    const { log } = await settle({
      file,
      answers: [unseen],
      putBacks: ['throttled', 'throttled', 'written'],
      reads: [{ ...grace, keep: { BOOL: true } }],
    });

    expect(log.filter((line) => line.startsWith('put back'))).toHaveLength(3);
  });

  it('puts back what it took along also when the run is paused or stopped in that instant, while its lease lasts', async () => {
    const { error, log } = await settle({
      file,
      answers: [unseen],
      putBacks: ['throttled', 'written'],
      reads: [{ ...grace, keep: { BOOL: true } }],
      beforeAnswer: (gate) => {
        gate.halted = true;
      },
    });

    expect(log.slice(0, 3)).toEqual(['write', 'put back id,name,keep', 'put back id,name,keep']);
    expect(error ?? new Halted('stopped')).toBeInstanceOf(Halted);
  });

  it('puts nothing back once its lease is over, as another worker may be at work', async () => {
    const { settled, log } = await settle({
      file,
      answers: [unseen],
      beforeAnswer: (gate) => {
        gate.halted = true;
        gate.leased = false;
      },
    });

    // Not Halted: the worker that reads the page again would not find the item, and nobody would learn that it is gone.
    expect(settled).toMatchObject({ outcome: 'failed', error: { name: 'NotPutBack' } });
    expect(log.filter((line) => line.startsWith('put back'))).toEqual([]);
  });

  it('fails the item if it cannot be put back, as on a table that allows no transactions', async () => {
    const refused = Object.assign(new Error('Transactions are not supported: {"id":"u1"}'), { name: 'ValidationException' });
    const { settled } = await settle({ file, answers: [unseen], putBacks: [refused] });

    expect(settled).toMatchObject({
      outcome: 'failed',
      error: { name: 'NotPutBack', message: expect.stringContaining('ValidationException') },
    });
    expect(settled?.error?.message).not.toContain('u1');
  });
});

describe('a change with inserts', () => {
  const target = { id: { S: 'u1-copy' }, of: { S: 'u1' } };
  const file: File = {
    inserts: true,
    adds: ['copied'],
    transformUp: (item: Item) =>
      item['copied'] || item['of']
        ? undefined
        : [
            { ...item, copied: true },
            { id: 'u1-copy', of: 'u1' },
          ],
  };
  const both: File = {
    ...file,
    transformUp: (item: Item) =>
      item['copied'] || item['of']
        ? undefined
        : [
            { ...item, copied: true },
            { id: 'u1-copy', of: 'u1' },
            { id: 'u1-other', of: 'u1' },
          ],
  };

  it('counts what it inserted, and costs twice what its writes cost', async () => {
    expect(await settle({ file })).toMatchObject({ settled: { outcome: 'changed', inserted: 1, writeUnits: 4 } });
  });

  it('goes on without those that exist already with the same content, and does not count them as inserted', async () => {
    const { settled, writes } = await settle({
      file: both,
      answers: [{ kind: 'targetExists', images: [target, undefined] }, { kind: 'written' }],
    });

    expect(writes.map(({ change }) => change.inserts.length)).toEqual([2, 1]);
    expect(settled).toMatchObject({ outcome: 'changed', inserted: 1 });
  });

  it('becomes an update where all exist already', async () => {
    const { settled, writes } = await settle({ file, answers: [{ kind: 'targetExists', images: [target] }, { kind: 'written' }] });

    expect(writes.map(({ change }) => change.inserts.length)).toEqual([1, 0]);
    expect(settled).toMatchObject({ outcome: 'changed', inserted: 0 });
  });

  it('fails with TargetExists where one exists with other content', async () => {
    for (const image of [{ ...target, of: { S: 'u2' } }, { ...target, more: { NULL: true } }, { id: target.id }])
      expect(await settle({ file, answers: [{ kind: 'targetExists', images: [image] }, { kind: 'written' }] })).toMatchObject({
        settled: { outcome: 'failed', error: { name: 'TargetExists', target: { id: target.id.S } } },
        log: ['write'],
      });
  });
});

describe('an item that is gone when its delete or move is sent again, as the answer was lost', () => {
  const unanswered: WriteResult = { kind: 'throttled', isUnknown: true, isUnanswered: true };
  const busy: WriteResult = { kind: 'throttled' };
  const deletes: File = { deletes: true, transformUp: () => [] };
  const moves: File = {
    deletes: true,
    inserts: true,
    transformUp: (item: Item) => (item['id'] === 'new' ? undefined : [{ ...item, id: 'new' }]),
  };
  const moved: Image = { ...grace, id: { S: 'new' } };

  it('counts as deleted, as a statement and as a DeleteItem', async () => {
    expect(await settle({ file: deletes, answers: [unanswered, { kind: 'written' }] })).toMatchObject({
      settled: { outcome: 'changed', deleted: 1 },
    });
    expect(await settle({ file: deletes, answers: [unanswered, conflict()], reads: [undefined] })).toMatchObject({
      settled: { outcome: 'changed', deleted: 1 },
    });
  });

  it('counts as moved if the target is what was sent', async () => {
    const { settled } = await settle({ file: moves, answers: [unanswered, conflict()], reads: [undefined, moved] });

    expect(settled).toMatchObject({ outcome: 'changed', deleted: 1, inserted: 1 });
  });

  it('has vanished if the target is missing or has other content', async () => {
    for (const target of [undefined, { ...moved, name: { S: 'Ada' } }])
      expect(await settle({ file: moves, answers: [unanswered, conflict()], reads: [undefined, target] })).toMatchObject({
        settled: { outcome: 'vanished' },
      });
  });

  it('has vanished if nothing of ours can have removed it', async () => {
    expect(await settle({ file: deletes, answers: [busy, { kind: 'written' }] })).toMatchObject({ settled: { outcome: 'vanished' } });
    expect(await settle({ file: moves, answers: [conflict()], reads: [undefined, moved] })).toMatchObject({
      settled: { outcome: 'vanished' },
    });
  });
});
