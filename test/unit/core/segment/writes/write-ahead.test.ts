import { AsyncLocalStorage } from 'node:async_hooks';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RunError } from '../../../../../core/errors.ts';
import type { ChangeRecord } from '../../../../../core/journal/journal-record.ts';
import type { TablePort, Write } from '../../../../../core/segment/table-port.ts';
import type { Item } from '../../../../../core/transformation/contract.ts';
import type { Image } from '../../../../../core/values/attribute-value.ts';
import { keyText } from '../../../../../core/values/table-shape.ts';
import { controlOf } from '../../../../support/control-record.ts';
import { settled } from '../../../../support/fake-clock.ts';
import { MemorySegment } from '../../../../support/memory-segment.ts';
import type { File } from '../../../../support/transformations.ts';

const upper: File = {
  overwrites: ['name'],
  transformUp: (item: Item) => ({ ...item, name: String(item['name']).toUpperCase() }),
};

function users(count: number): Image[] {
  return Array.from({ length: count }, (_, n) => ({ id: { S: `u${n}` }, name: { S: `user ${n}` } }));
}

function journaled(count: number): MemorySegment {
  const segment = new MemorySegment(users(count));
  segment.control = { ...controlOf({}), journals: true };
  return segment;
}

function changesIn(segment: MemorySegment): ChangeRecord[] {
  return segment.recorded.filter((record) => record.kind === 'change');
}

function has(records: readonly ChangeRecord[], key: Image, name: Image[string] | undefined): boolean {
  return records.some(({ item }) => keyText(item.key) === keyText(key) && JSON.stringify(item.after['name']) === JSON.stringify(name));
}

describe('a journaled segment', () => {
  it('records each change with what it takes away, and sends none before the checkpoint names its record', async () => {
    const segment = journaled(60);

    await segment.work(upper);

    expect(segment.log.filter((line) => /put|write|save/.test(line)).slice(0, 3)).toEqual(['put 60', 'save dirty', 'write 25']);
    expect(segment.checkpoint).toMatchObject({ done: true, journal: [{ attempt: 1, last: 1 }], counters: { changed: 60 } });
    expect(changesIn(segment)[7]).toEqual({
      kind: 'change',
      item: { does: 'update', key: { id: { S: 'u7' } }, before: { name: { S: 'user 7' } }, after: { name: { S: 'USER 7' } } },
    });
  });

  it('has no journal, and no request for one, if its version is not journaled', async () => {
    const segment = journaled(60);
    segment.control = controlOf({});

    await segment.work(upper);

    expect(segment.journal.size).toBe(0);
    expect(segment.checkpoint?.journal).toBeUndefined();
  });

  it('puts up to 1,000 records in an object, also of several pages, and reads on while it is written', async () => {
    const segment = journaled(3000);
    segment.itemsPerPage = 400;

    await segment.work(upper, { maxWriteUnitsPerWorker: Number.POSITIVE_INFINITY });

    const puts = segment.log.filter((line) => line.startsWith('put'));
    expect(puts.length).toBeLessThanOrEqual(6);
    for (const put of puts) expect(Number(put.split(' ')[1])).toBeLessThanOrEqual(1000);
    expect(segment.log.indexOf(puts[1] ?? '')).toBeGreaterThan(segment.log.indexOf('write 25'));
    expect(changesIn(segment).length).toBe(3000);
  });

  it('writes two full objects at a time, and sends nothing of the second before the first is durable', async () => {
    const segment = journaled(3000);
    const first = Promise.withResolvers<void>();
    let puts = 0;
    let whileFirst = { writes: -1, named: -1 };
    segment.before = (operation) => {
      if (!operation.startsWith('put')) return undefined;
      puts++;
      if (puts === 1) return first.promise;
      if (puts === 2)
        setImmediate(() => {
          whileFirst = { writes: segment.writes, named: segment.checkpoint?.journal?.at(-1)?.last ?? 0 };
          first.resolve();
        });
      return undefined;
    };

    await segment.work(upper, { maxWriteUnitsPerWorker: Number.POSITIVE_INFINITY });

    expect(whileFirst).toEqual({ writes: 0, named: 0 });
    expect(changesIn(segment).length).toBe(3000);
  });

  it('sends nothing if the journal cannot be written, and keeps what was sent before', async () => {
    const segment = journaled(60);
    const unavailable = new RunError('JournalUnavailable', 'x', { fields: {} });
    segment.before = (operation) => (operation.startsWith('put') ? Promise.reject(unavailable) : undefined);

    await expect(segment.work(upper)).rejects.toBe(unavailable);

    expect(segment.writes).toBe(0);
    expect(segment.checkpoint).toMatchObject({ signedOff: true, fault: { name: 'JournalUnavailable' }, counters: { scanned: 0 } });
  });

  it('sends nothing if another worker took the segment while its object was written', async () => {
    const segment = journaled(60);
    segment.before = (operation) => {
      if (operation.startsWith('put') && segment.checkpoint) segment.checkpoint = { ...segment.checkpoint, attempt: 2 };
    };

    await segment.work(upper);

    expect(segment.writes).toBe(0);
    expect(segment.checkpoint?.journal).toBeUndefined();
  });

  it('takes a segment with all objects of the worker before, also with one that is named while it takes it', async () => {
    const segment = journaled(60);
    segment.before = (operation) => (operation.startsWith('write') ? Promise.reject(new Error('killed')) : undefined);
    await segment.work(upper).catch(() => undefined);
    const late = segment.checkpoint;
    if (!late) throw new Error('There is no checkpoint.');
    let tries = 0;
    segment.before = (operation) => {
      if (operation !== 'take' || tries++ > 0) return;
      segment.journal.set('1-2', []);
      segment.checkpoint = { ...late, saves: late.saves + 1, journal: [{ attempt: 1, last: 2 }] };
    };

    await segment.work(upper);

    expect(tries).toBe(2);
    expect(segment.checkpoint?.journal).toEqual([
      { attempt: 1, last: 2 },
      { attempt: 2, last: 3 },
    ]);
    expect(changesIn(segment).length).toBe(120);
  });

  it('says of a change that lost its race that it was not applied, and records the next one', async () => {
    const segment = journaled(1);
    const key = { id: { S: 'u0' } };
    let written = false;
    segment.before = (operation) => {
      if (written || !operation.startsWith('write')) return;
      written = true;
      segment.items.set(keyText(key), { ...key, name: { S: 'newer' } });
    };

    await segment.work(upper);

    expect(segment.images).toEqual([{ ...key, name: { S: 'NEWER' } }]);
    expect(segment.recorded.map(({ kind, ...record }) => [kind, 'item' in record ? record.item.before : record.key])).toEqual([
      ['change', { name: { S: 'user 0' } }],
      ['notApplied', key],
      ['change', { name: { S: 'newer' } }],
    ]);
  });

  it.each([
    ['is busy, which says that nothing was applied', {}, ['change', 'notApplied', 'change']],
    ['gives no answer, so that nobody knows', { isUnknown: true, isUnanswered: true }, ['change', 'change']],
  ])('says so only if it is known, if DynamoDB at first %s, and the repetition loses its race', async (_, answer, kinds) => {
    const segment = journaled(1);
    let requests = 0;
    const busy: TablePort = {
      ...segment.table,
      writeBatch: async (writes, mayWrite) => {
        if (requests++ > 0) return segment.table.writeBatch(writes, mayWrite);
        for (const { key } of writes) segment.items.set(keyText(key), { ...key, name: { S: 'newer' } });
        return writes.map(() => ({ kind: 'throttled', ...answer }));
      },
    };

    await segment.work(upper, { openTable: () => busy });

    expect(segment.images).toMatchObject([{ name: { S: 'NEWER' } }]);
    expect(segment.recorded.map(({ kind }) => kind)).toEqual(kinds);
  });

  it('says that also of the last change, before it leaves', async () => {
    const segment = journaled(1);
    segment.before = (operation) => {
      if (operation.startsWith('write')) segment.items.clear();
    };

    await segment.work(upper);

    expect(segment.checkpoint).toMatchObject({ done: true, counters: { vanished: 1 } });
    expect(segment.recorded.map(({ kind }) => kind)).toEqual(['change', 'notApplied']);
  });

  it('says so of changes that it recorded and did not send, if the run is paused, and of those that it holds nothing', async () => {
    const segment = journaled(1500);
    segment.control = slow(segment);
    segment.before = (operation) => {
      if (operation.startsWith('write') && segment.writes > 300) pause(segment);
    };

    await segment.work(upper, { maxWriteUnitsPerWorker: 100 });

    expect(segment.checkpoint).toMatchObject({ done: false });
    expect(changesIn(segment).length).toBeGreaterThan(segment.writes);
    expect(appliedIn(segment)).toEqual(changedIn(segment));

    segment.before = () => {};
    segment.control = slow(journaled(0));
    await segment.work(upper);

    expect(segment.checkpoint).toMatchObject({ done: true });
    expect(changedIn(segment).length).toBe(1500);
    expect(appliedIn(segment)).toEqual(changedIn(segment));
  });

  it.each([
    ['DynamoDB throttled', {}, 0],
    ['DynamoDB did not answer, of which nobody knows,', { isUnknown: true, isUnanswered: true }, 60],
  ])('says so of changes that %s until the run was paused, if it is known', async (_, answer, count) => {
    const segment = journaled(60);
    const busy: TablePort = {
      ...segment.table,
      writeBatch: async (writes) => {
        pause(segment);
        return writes.map(() => ({ kind: 'throttled', ...answer }));
      },
    };

    await segment.work(upper, { openTable: () => busy });

    expect(changesIn(segment).length).toBe(60);
    expect(appliedIn(segment).length).toBe(count);
  });

  it('says so of seeds that it recorded and did not insert, as the run was paused', async () => {
    const segment = journaled(0);
    const seeded: File = { seed: users(3).map((image) => ({ id: image['id'] && 'S' in image['id'] ? image['id'].S : '' })) };
    const openSeeds = (inserted: boolean) => () => ({
      position: async () => 0,
      inserted: async () => new Set<number>(),
      insert: async () => {
        if (!inserted) pause(segment);
        return inserted ? ({ kind: 'done' } as const) : ({ kind: 'throttled' } as const);
      },
    });
    const readItems: TablePort['readItems'] = async () => ({ found: [], unread: [], readUnits: 0 });
    const openTable = (): TablePort => ({ ...segment.table, readItems });

    await segment.work(seeded, { openTable, openSeeds: openSeeds(false) });
    expect(changesIn(segment).length).toBe(3);
    expect(appliedIn(segment)).toEqual([]);

    segment.control = slow(journaled(0));
    await segment.work(seeded, { openTable, openSeeds: openSeeds(true) });
    expect(changesIn(segment).length).toBe(6);
    expect(appliedIn(segment).length).toBe(3);
  });

  it('does not say so of a change whose record it did not write: an older one of the item was applied', async () => {
    const segment = journaled(60);
    await segment.work(upper);
    // The application writes the old shape again, and the next worker begins the segment anew.
    for (const image of users(60)) segment.items.set(keyText(keyIn(image)), image);
    if (segment.checkpoint) segment.checkpoint = { ...segment.checkpoint, done: false, position: undefined };
    const late: File = {
      overwrites: ['name'],
      transformUp: (item: Item) => {
        if (item['id'] === 'u59') segment.deadline.write = 0;
        return { ...item, name: String(item['name']).toUpperCase() };
      },
    };

    await segment.work(late);

    expect(segment.images).toEqual(users(60));
    expect(appliedIn(segment).length).toBe(60);
  });
});

function slow(segment: MemorySegment): NonNullable<MemorySegment['control']> {
  const control = segment.control ?? controlOf({});
  return { ...control, budget: { ...control.budget, writeUnits: 100 } };
}

function pause(segment: MemorySegment): void {
  const { control } = segment;
  if (control) segment.control = { ...control, marks: { ...control.marks, paused: { by: 'ann', since: '2026-01-01T00:00:00.000Z' } } };
}

/** Keys of the items that an undo finds changed, by the journal. */
function appliedIn(segment: MemorySegment): string[] {
  const applied: string[] = [];
  for (const record of segment.recorded) {
    if (record.kind === 'change') applied.push(keyText(record.item.key));
    else applied.splice(applied.lastIndexOf(keyText(record.key)), 1);
  }
  return applied.sort();
}

/** Keys of the items that are changed. */
function changedIn(segment: MemorySegment): string[] {
  const changed = segment.images.filter(({ name }) => name && 'S' in name && name.S === name.S.toUpperCase());
  return changed.map((image) => keyText(keyIn(image))).sort();
}

/** What befalls a worker at one of its operations. */
const faults = ['none', 'none', 'none', 'killed', 'killedAfter', 'frozen', 'failed', 'applicationWrites'] as const;

interface Simulated {
  dead: boolean;
  frozen?: Promise<void>;
}

describe('whatever happens to its workers', () => {
  it('each change that was applied has a record in an object that the checkpoint names', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...faults), { minLength: 5, maxLength: 60 }),
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 5, max: 60 }),
        async (schedule, count, itemsPerPage) => {
          const { segment, applied, writtenLate } = await simulate(schedule, count, itemsPerPage);
          expect(segment.checkpoint).toMatchObject({ done: true });
          const records = changesIn(segment);
          for (const { key, name } of applied) expect(has(records, key, name), `${JSON.stringify(key)} is in no object`).toBe(true);
          // What the application wrote after its item was settled is left to the next pass.
          const settledItems = segment.images.filter((image) => !writtenLate.has(keyText(keyIn(image))));
          expect(settledItems.every(({ name }) => name && 'S' in name && name.S === name.S.toUpperCase())).toBe(true);
        },
      ),
      { numRuns: 150 },
    );
  }, 60_000);
});

async function simulate(schedule: readonly (typeof faults)[number][], count: number, itemsPerPage: number) {
  const segment = journaled(count);
  segment.itemsPerPage = itemsPerPage;
  const worker = new AsyncLocalStorage<Simulated>();
  const applied: { key: Image; name: Image[string] | undefined }[] = [];
  const writtenLate = new Set<string>();
  let operations = 0;
  segment.before = async (operation) => {
    const me = worker.getStore();
    if (!me) return;
    const fault = me.dead ? 'none' : schedule[operations++];
    if (fault === 'killed') me.dead = true;
    if (fault === 'killedAfter') void settled().then(() => (me.dead = true));
    if (fault === 'frozen') me.frozen = segment.clock.sleep(20_000);
    if (me.dead) await new Promise(() => {});
    await me.frozen;
    if (me.dead) await new Promise(() => {});
    if (fault === 'failed' && operation.startsWith('put')) throw new Error('S3 is busy');
    if (fault === 'applicationWrites') {
      const key = { id: { S: `u${operations % count}` } };
      segment.items.set(keyText(key), { ...key, name: { S: `written at ${operations}` } });
      writtenLate.add(keyText(key));
    }
  };
  const checked: TablePort = {
    ...segment.table,
    writeBatch: async (writes, mayWrite) => {
      const before = changesIn(segment);
      const results = await segment.table.writeBatch(writes, mayWrite);
      for (const [index, { key, change }] of writes.entries()) {
        if (results[index]?.kind !== 'written') continue;
        const name = nameIn(change);
        expect(has(before, key, name), 'it was sent before it was named').toBe(true);
        applied.push({ key, name });
        writtenLate.delete(keyText(key));
      }
      return results;
    },
  };
  for (let attempt = 1; !segment.checkpoint?.done && attempt < 80; attempt++) {
    const me: Simulated = { dead: false };
    const work = worker.run(me, () => segment.start(upper, { worker: `w${attempt}`, openTable: () => checked }));
    const left = work.then(
      () => true,
      () => true,
    );
    // A worker that is killed or frozen is followed by another one.
    const lost = (async () => {
      while (!me.dead && !me.frozen) await segment.clock.sleep(50);
    })();
    await segment.clock.until(Promise.race([left, lost]));
  }
  return { segment, applied, writtenLate };
}

function keyIn({ id }: Image): Image {
  return id ? { id } : {};
}

function nameIn({ item }: Write['change']): Image[string] | undefined {
  return item.kind === 'update' ? item.set['name'] : undefined;
}
