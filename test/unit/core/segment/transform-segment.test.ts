import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Checkpoint, takeOver } from '../../../../core/ledger/checkpoint.ts';
import { noCounters, outcomes } from '../../../../core/ledger/counters.ts';
import type { SegmentFigures } from '../../../../core/segment/segment-ports.ts';
import type { TablePort } from '../../../../core/segment/table-port.ts';
import type { Item } from '../../../../core/transformation/contract.ts';
import type { Image } from '../../../../core/values/attribute-value.ts';
import { keyText } from '../../../../core/values/table-shape.ts';
import { controlOf, withFields } from '../../../support/control-record.ts';
import { assignment, MemorySegment } from '../../../support/memory-segment.ts';
import type { File } from '../../../support/transformations.ts';

function users(count: number): Image[] {
  return Array.from({ length: count }, (_, n) => ({ id: { S: `u${n}` }, name: { S: 'Grace Hopper' } }));
}

const addFirst: File = { adds: ['first'], transformUp: (item: Item) => ({ ...item, first: 'Grace' }) };
const leave: File = { transformUp: () => {} };

function writesIn(log: readonly string[]) {
  return log.filter((line) => line.startsWith('write'));
}

describe('a segment', () => {
  it('is transformed, saved as done and signed off', async () => {
    const segment = new MemorySegment(users(60));

    expect(await segment.work(addFirst)).toEqual({ more: false });

    expect(segment.images.every(({ first }) => first)).toBe(true);
    expect(writesIn(segment.log)).toEqual(['write 25', 'write 25', 'write 10']);
    expect(segment.checkpoint).toMatchObject({
      attempt: 1,
      done: true,
      dirty: true,
      signedOff: true,
      position: undefined,
      counters: { scanned: 60, changed: 60, readUnits: 1, writeUnits: 60 },
    });
  });

  it('stays clean and costs no write where there is nothing to change', async () => {
    const segment = new MemorySegment(users(60));

    await segment.work(leave);

    expect(writesIn(segment.log)).toEqual([]);
    expect(segment.checkpoint).toMatchObject({ done: true, dirty: false, counters: { scanned: 60, unchanged: 60, writeUnits: 0 } });
  });

  it('reads its preparation for the table, sequence and code of the run', async () => {
    const segment = new MemorySegment(users(1));
    segment.control = controlOf({ preparation: { table: 'Users', sequence: 3, checksum: 'c3', version: 'p' } });
    const asked: unknown[] = [];

    await segment.work(addFirst, { readPreparation: async (...of) => void asked.push(of) });

    expect(asked).toEqual([[{ table: 'Users', sequence: 3, checksum: 'c3' }, 'p']]);
  });

  it.each([{ table: 'Salaries' }, { sequence: 2 }, { checksum: 'c2' }])('reads no preparation of %o, and writes nothing', async (of) => {
    const segment = new MemorySegment(users(1));
    segment.control = controlOf({ preparation: { table: 'Users', sequence: 3, checksum: 'c3', version: 'p', ...of } });
    const readPreparation = () => Promise.reject(new Error('it was read'));

    await expect(segment.work(addFirst, { readPreparation })).rejects.toMatchObject({ name: 'PreparationInvalid' });

    expect(writesIn(segment.log)).toEqual([]);
  });

  it('keeps keys of up to 20 items that a dry run would change', async () => {
    const segment = new MemorySegment(users(60));
    segment.control = controlOf({ dryRun: true });
    segment.itemsPerPage = 15;

    await segment.work(addFirst);

    expect(segment.toChange).toHaveLength(20);
    expect(new Set(segment.toChange.map(keyText)).size).toBe(20);
    expect(writesIn(segment.log)).toEqual([]);
    segment.toChange = [];
    segment.checkpoint = undefined;
    segment.control = controlOf({ dryRun: false });
    await segment.work(addFirst);
    expect(segment.toChange).toEqual([]);
  });

  it('measures what each invocation did, not what the checkpoint sums up, also when it fails', async () => {
    const segment = new MemorySegment(users(60));
    const figures: SegmentFigures[] = [];
    const measure = (measured: SegmentFigures) => void figures.push(measured);
    segment.itemsPerPage = 20;
    let throttledPages = 2;
    const table: TablePort = {
      ...segment.table,
      readPage: async (request) => (throttledPages-- > 0 ? { kind: 'throttled' } : segment.table.readPage(request)),
      writeBatch: async (writes, mayWrite) => {
        const { key } = writes[0] ?? {};
        // The application is faster than the first write.
        if (key && segment.writes === 0) segment.items.set(keyText(key), { ...key, name: { S: 'Ada Lovelace' } });
        return segment.table.writeBatch(writes, mayWrite);
      },
    };
    segment.before = (operation) => {
      if (operation === 'read' && segment.writes >= 20) throw new Error('table is gone');
    };
    await expect(segment.work(addFirst, { measure, openTable: () => table })).rejects.toThrow('table is gone');
    segment.before = () => {};

    await segment.work(addFirst, { measure, openTable: () => table });

    const [first, second] = figures;
    expect(figures.length).toBe(2);
    expect(first).toMatchObject({ table: 'Users', sequence: 3, attempt: 1, throttles: 2, conflicts: 1 });
    expect(second).toMatchObject({ attempt: 2, throttles: 0, conflicts: 0 });
    expect((first?.counters.changed ?? 0) + (second?.counters.changed ?? 0)).toBe(60);
    expect(segment.checkpoint?.counters.changed).toBe(60);
    expect(first?.counters.changed).toBeGreaterThan(0);
  });

  it('is saved as dirty before any of its writes is sent, however long that takes', async () => {
    const segment = new MemorySegment(users(200));
    segment.before = (operation) => (operation === 'save dirty' ? segment.clock.sleep(50) : undefined);

    await segment.work(addFirst);

    expect(segment.log.indexOf('save dirty')).toBeLessThan(segment.log.findIndex((line) => line.startsWith('write')));
    expect(segment.log).toContain('save dirty');
  });

  it('is written to while a function that keeps the process busy still has items of the page before it', async () => {
    const segment = new MemorySegment(users(200));
    let calls = 0;
    const callsAtWrites: number[] = [];
    segment.before = (operation) => void (operation.startsWith('write') && callsAtWrites.push(calls));
    const slow: File = {
      adds: ['first'],
      transformUp: (item: Item) => {
        calls++;
        segment.clock.now += 10;
        return { ...item, first: 'Grace' };
      },
    };

    await segment.work(slow);

    expect(callsAtWrites[0]).toBeLessThan(50);
    expect(writesIn(segment.log)).toEqual(Array(8).fill('write 25'));
  });

  it('is decided no further than its writes get', async () => {
    const segment = new MemorySegment(users(1000));
    let calls = 0;
    const callsAtWrites: number[] = [];
    segment.before = async (operation) => {
      if (!operation.startsWith('write')) return;
      callsAtWrites.push(calls);
      await segment.clock.sleep(10);
    };

    await segment.work({
      adds: ['first'],
      transformUp: (item: Item) => {
        calls++;
        return { ...item, first: 'Grace' };
      },
    });

    expect(callsAtWrites.filter((count, index) => count > 25 * (index + 1) + 400)).toEqual([]);
    expect(segment.checkpoint).toMatchObject({ done: true, counters: { changed: 1000 } });
  });

  it('is not written to where it cannot be saved as dirty', async () => {
    const segment = new MemorySegment(users(60));
    segment.before = (operation) => {
      if (operation === 'save dirty') throw new Error('no ledger');
    };

    await expect(segment.work(addFirst)).rejects.toThrow('no ledger');

    expect(segment.writes).toBe(0);
  });

  it('saves nothing further than what is settled, page by page', async () => {
    const segment = new MemorySegment(users(30));
    segment.itemsPerPage = 10;
    const saved: (readonly [number | undefined, number])[] = [];
    segment.before = (operation) => {
      if (operation.startsWith('write')) saved.push([segment.checkpoint?.counters.scanned, segment.writes]);
    };

    await segment.work(addFirst);

    for (const [scanned, written] of saved) expect(scanned).toBeLessThanOrEqual(written);
    expect(segment.checkpoint).toMatchObject({ done: true, counters: { scanned: 30 } });
  });

  it('goes on where the last worker left it', async () => {
    const segment = new MemorySegment(users(30));
    segment.checkpoint = {
      ...takeOver(assignment, controlOf(), undefined),
      position: { id: { S: 'u9' } },
      counters: { ...takeOver(assignment, controlOf(), undefined).counters, scanned: 10, unchanged: 10 },
    };

    await segment.work(addFirst);

    expect(segment.images.filter(({ first }) => first)).toHaveLength(20);
    expect(segment.checkpoint).toMatchObject({ attempt: 2, abandoned: true, counters: { scanned: 30, changed: 20, unchanged: 10 } });
  });

  it('counts every scanned item once, whatever becomes of it', async () => {
    const kinds = ['leave', 'change', 'keep', 'fail', 'throw'] as const;
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.constantFrom(...kinds), { maxLength: 120 }),
        fc.integer({ min: 1, max: 40 }),
        async (fates, itemsPerPage) => {
          const images = fates.map((fate, n) => ({
            id: { S: `u${n}` },
            fate: { S: fate },
            ...(fate === 'keep' ? { first: { S: 'x' } } : {}),
          }));
          const segment = new MemorySegment(images);
          segment.itemsPerPage = itemsPerPage;
          segment.control = controlOf({ marks: { maxFailures: 1000 } });
          const transformUp = (item: Item) => {
            if (item['fate'] === 'throw') throw new Error('x');
            if (item['fate'] === 'leave') return;
            return item['fate'] === 'fail' ? { ...item, more: 1 } : { ...item, first: 'x' };
          };

          await segment.work({ adds: ['first'], transformUp });

          const count = (...fate: (typeof kinds)[number][]) => fates.filter((each) => fate.includes(each)).length;
          const counters = segment.checkpoint?.counters;
          expect(counters).toMatchObject({
            scanned: fates.length,
            changed: count('change'),
            unchanged: count('leave'),
            kept: count('keep'),
            failed: count('fail', 'throw'),
          });
          expect(outcomes.reduce((sum, outcome) => sum + (counters?.[outcome] ?? 0), 0)).toBe(counters?.scanned);
          expect(segment.failures).toHaveLength(count('fail', 'throw'));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('records the keys of twenty failed items, and counts all', async () => {
    const segment = new MemorySegment(users(50));
    segment.itemsPerPage = 15;
    const fails = (): never => {
      throw new Error('x');
    };

    await segment.work({ transformUp: fails });

    const recorded = segment.log.flatMap((line) => /record (\d+), room for (\d+)/.exec(line)?.slice(1).map(Number) ?? []);
    const pairs = recorded.flatMap((count, index) => (index % 2 === 0 ? [[count, recorded[index + 1] ?? 0] as const] : []));
    expect(pairs.reduce((sum, [count]) => sum + count, 0)).toBe(50);
    expect(pairs.reduce((sum, [count, room]) => sum + Math.min(count, room), 0)).toBe(20);
    expect(segment.checkpoint?.counters.failed).toBe(50);
  });
});

describe('a worker that takes a segment over', () => {
  /** What the worker before saves after it was read, and before the segment is taken: that it is about to write, and how far it came. */
  const saved: Partial<Checkpoint> = {
    saves: 2,
    dirty: true,
    position: { id: { S: 'u9' } },
    counters: { ...noCounters(), scanned: 10, unchanged: 4, changed: 6 },
  };

  it('keeps all that the worker before it saved, also between its read of the checkpoint and its take', async () => {
    const segment = new MemorySegment(users(10));
    const before = { ...takeOver(assignment, controlOf(), undefined), saves: 1 };
    segment.checkpoint = before;
    let takes = 0;
    segment.before = (operation) => {
      if (operation === 'take' && takes++ === 0) segment.checkpoint = { ...before, ...saved };
    };

    await segment.work({ adds: ['first'], transformUp: () => undefined });

    expect(takes).toBe(2);
    expect(segment.checkpoint).toMatchObject({ attempt: 2, dirty: true, done: true, counters: { scanned: 10, changed: 6, unchanged: 4 } });
  });
});

describe('a worker returns without a trace', () => {
  it.each<[string, (segment: MemorySegment) => void]>([
    ['where there is no run', (segment) => Object.assign(segment, { control: undefined })],
    ['where the run is over', (segment) => Object.assign(segment, { control: controlOf({ ended: true }) })],
    [
      'where the run is paused',
      (segment) => Object.assign(segment, { control: controlOf({ marks: { paused: { by: 'me', since: 'then' } } }) }),
    ],
    ['where the pass is another', (segment) => Object.assign(segment, { control: controlOf({ pass: 2 }) })],
    ['where its code is not that of the pass', (segment) => Object.assign(segment, { control: controlOf({ checksum: 'c4' }) })],
    [
      'where the segment is finished',
      (segment) => Object.assign(segment, { checkpoint: { ...takeOver(assignment, controlOf(), undefined), done: true } }),
    ],
  ])('%s', async (_, prepare) => {
    const segment = new MemorySegment(users(3));
    prepare(segment);
    const { checkpoint } = segment;

    expect(await segment.work(addFirst)).toEqual({ more: false });

    expect(segment.checkpoint).toBe(checkpoint);
    expect(segment.log.filter((line) => line !== 'control')).toEqual([]);
  });

  it('where the code is not deployed', async () => {
    const segment = new MemorySegment(users(3));

    expect(await segment.work(addFirst, { loadTransformation: async () => undefined })).toEqual({ more: false });
    expect(segment.checkpoint).toBeUndefined();
  });

  it('where another worker took the segment first', async () => {
    const segment = new MemorySegment(users(3));
    segment.before = (operation) => {
      if (operation === 'take') segment.checkpoint = takeOver(assignment, controlOf(), undefined);
    };

    expect(await segment.work(addFirst)).toEqual({ more: false });
    expect(segment.writes).toBe(0);
    expect(segment.checkpoint).toMatchObject({ attempt: 1, signedOff: false });
  });
});

describe('a worker stops before the end', () => {
  /** Changes the control, or anything else, when this number of items was written. */
  const interrupt = (segment: MemorySegment, after: number, what: () => void) => {
    segment.before = (operation) => {
      if (operation.startsWith('write') && segment.writes >= after) what();
    };
  };

  it.each<[string, Parameters<typeof controlOf>[0]]>([
    ['paused', { marks: { paused: { by: 'me', since: 'then' } } }],
    ['stopped', { marks: { stopped: { by: 'me', since: 'then', redriveCount: 0 } } }],
  ])('where the run is %s: it saves how far it came, signs off and does not ask to be called again', async (_, mark) => {
    const segment = new MemorySegment(users(2000));
    segment.itemsPerPage = 100;
    interrupt(segment, 300, () => {
      segment.control = controlOf(mark);
    });

    expect(await segment.work(addFirst)).toEqual({ more: false });

    expect(segment.writes).toBeGreaterThanOrEqual(300);
    expect(segment.writes).toBeLessThan(2000);
    expect(segment.checkpoint).toMatchObject({ done: false, signedOff: true });
    expect(segment.checkpoint?.counters.scanned).toBeLessThanOrEqual(segment.writes);
  });

  it('where time is short: it reads no more, writes what it has, and asks to be called again', async () => {
    const segment = new MemorySegment(users(3000));
    segment.itemsPerPage = 100;
    segment.deadline = { read: 2000, write: 4000 };

    expect(await segment.work(addFirst)).toEqual({ more: true });

    expect(segment.clock.now).toBeLessThanOrEqual(5000);
    expect(segment.checkpoint).toMatchObject({ done: false, signedOff: true, counters: { scanned: segment.writes } });
    expect(segment.writes).toBeGreaterThan(500);
  });

  it('where the table is busy for longer than it has time', async () => {
    const segment = new MemorySegment(users(100));
    segment.deadline = { read: 2000, write: 4000 };
    const asked = await segment.work(addFirst, {
      openTable: () => ({ ...segment.table, writeBatch: async (writes) => writes.map(() => ({ kind: 'throttled' })) }),
    });

    expect(asked).toEqual({ more: true });
    expect(segment.clock.now).toBeLessThanOrEqual(8000);
    expect(segment.checkpoint).toMatchObject({ done: false, signedOff: true });
  });

  it('where the run was superseded: it saves nothing more', async () => {
    const segment = new MemorySegment(users(2000));
    segment.itemsPerPage = 100;
    interrupt(segment, 300, () => {
      segment.control = controlOf({ fence: 2 });
    });

    expect(await segment.work(addFirst)).toEqual({ more: false });

    expect(segment.writes).toBeLessThan(2000);
    expect(segment.checkpoint).toMatchObject({ signedOff: false });
  });

  it('where another worker took its segment: it writes no more and saves nothing', async () => {
    const segment = new MemorySegment(users(6000));
    segment.itemsPerPage = 100;
    let theirs: typeof segment.checkpoint;
    interrupt(segment, 300, () => {
      theirs ??= takeOver(assignment, controlOf(), segment.checkpoint);
      segment.checkpoint = theirs;
    });

    expect(await segment.work(addFirst)).toEqual({ more: false });

    expect(segment.writes).toBeLessThan(3000);
    expect(segment.checkpoint).toBe(theirs);
  });

  it('where too many items of the run failed', async () => {
    const segment = new MemorySegment(users(2000));
    segment.itemsPerPage = 100;
    interrupt(segment, 300, () => {
      segment.control = controlOf({ marks: { failures: 101 } });
    });

    expect(await segment.work(addFirst)).toEqual({ more: false });
    expect(segment.writes).toBeLessThan(2000);
  });

  it('where the table is out of reach: it throws when nothing is in flight any more, after it signed off', async () => {
    const segment = new MemorySegment(users(200));
    let inFlight = 0;
    segment.before = async (operation) => {
      if (!operation.startsWith('write')) return;
      inFlight++;
      await segment.clock.sleep(operation === 'write 25' ? 100 : 1000);
      inFlight--;
      if (segment.writes >= 100) throw Object.assign(new Error('denied'), { name: 'AccessDeniedException' });
    };

    await expect(segment.work(addFirst)).rejects.toThrow('denied');

    expect(inFlight).toBe(0);
    expect(segment.checkpoint).toMatchObject({ signedOff: true, done: false, dirty: true });
  });
});

describe('a small budget', () => {
  it('does not keep a worker from stopping soon when it is told to', async () => {
    const segment = new MemorySegment(users(400));
    segment.control = controlOf({ budget: { writeUnits: 1 } });
    const working = segment.start(addFirst);
    await segment.clock.advance(20_000);
    const written = segment.writes;
    segment.control = controlOf({ budget: { writeUnits: 1 }, marks: { stopped: { by: 'me', since: 'then', redriveCount: 0 } } });

    expect(await segment.clock.until(working)).toEqual({ more: false });

    expect(segment.clock.now).toBeLessThanOrEqual(26_000);
    expect(segment.writes).toBe(written);
    expect(segment.checkpoint).toMatchObject({ signedOff: true });
  });

  it.each([{ writeUnits: 1 }, { readUnits: 1 }])('does not keep a worker from returning in time: %o', async (budget) => {
    const segment = new MemorySegment(users(400));
    segment.control = controlOf({ budget });
    segment.readUnitsPerPage = 1000;
    segment.deadline = { read: 20_000, write: 30_000 };
    const writtenAt: number[] = [];
    segment.before = (operation) => {
      if (operation.startsWith('write')) writtenAt.push(segment.clock.now);
    };

    expect(await segment.work(addFirst)).toEqual({ more: true });

    expect(segment.clock.now).toBeLessThanOrEqual(32_000);
    expect(Math.max(...writtenAt)).toBeLessThanOrEqual(30_000);
    expect(segment.checkpoint).toMatchObject({ done: false, signedOff: true });
  });

  it('is left as soon as a larger one is set', async () => {
    const segment = new MemorySegment(users(400));
    segment.control = controlOf({ budget: { writeUnits: 1, readUnits: 1 } });
    segment.readUnitsPerPage = 10;
    const working = segment.start(addFirst);
    await segment.clock.advance(60_000);
    expect(segment.writes).toBeLessThan(100);

    segment.control = controlOf({ budget: { writeUnits: 4000, readUnits: 4000 } });
    await segment.clock.until(working);

    expect(segment.writes).toBe(400);
    expect(segment.clock.now).toBeLessThan(75_000);
  });

  it('holds for reads as well as for writes', async () => {
    const segment = new MemorySegment(users(400));
    segment.control = controlOf({ budget: { readUnits: 40, workers: 4 } });
    segment.readUnitsPerPage = 10;

    await segment.work(leave);

    const pages = segment.log.filter((line) => line === 'read').length;
    expect(pages).toBeGreaterThan(10);
    expect(segment.clock.now).toBeGreaterThanOrEqual((pages - 2) * 1000);
  });

  it('is paid in full before the segment is left: the next one knows of no debts', async () => {
    const segment = new MemorySegment(users(1));
    segment.control = controlOf({ budget: { readUnits: 10, workers: 1 } });
    segment.readUnitsPerPage = 100;

    expect(await segment.work(leave)).toEqual({ more: false });

    expect(segment.clock.now).toBe(10_000);
    expect(segment.checkpoint).toMatchObject({ done: true, signedOff: true });
  });

  it('is named in the checkpoint as what holds the worker up, until it signs off', async () => {
    const segment = new MemorySegment(users(400));
    segment.control = controlOf({ budget: { writeUnits: 40, workers: 4 } });
    const working = segment.start(addFirst);

    await segment.clock.advance(10_000);
    expect(segment.checkpoint?.pace).toMatchObject({ limit: 'writeBudget' });
    expect(segment.checkpoint?.pace?.writeUnits).toBeGreaterThan(5);
    await segment.clock.until(working);

    expect(segment.checkpoint).toMatchObject({ done: true, signedOff: true, pace: undefined });
  });

  it('grows where others are done', async () => {
    const segment = new MemorySegment(users(400));
    segment.control = controlOf({ budget: { writeUnits: 40, workers: 4 }, totalSegments: 4 });
    await segment.work(addFirst, {
      shares: {
        claim: async () => true,
        finished: async () => 3,
        share: async (control, workers) => {
          segment.control = withFields(control, { budget: { workers } });
          return true;
        },
      },
    });

    expect(segment.control?.budget.workers).toBe(1);
    // At its first share, 400 items would take 40 seconds.
    expect(segment.clock.now).toBeLessThan(22_000);
  });
});

describe('the Map of an execution that lost the table', () => {
  it('leaves the segment to the run that goes on, though that is the same run and pass', async () => {
    const segment = new MemorySegment(users(5));
    segment.control = controlOf({ decision: { number: 4 } });

    expect(await segment.work(addFirst, { decisionNumber: 3 })).toEqual({ more: false });
    expect(segment.log).toEqual(['control']);

    expect(await segment.work(addFirst, { decisionNumber: 4 })).toEqual({ more: false });
    expect(segment.checkpoint).toMatchObject({ done: true, counters: { changed: 5 } });
  });
});

describe('a slow or failing ledger', () => {
  it('is given one save at a time, and one that waits: the last one is not kept waiting by all that fell due meanwhile', async () => {
    const segment = new MemorySegment(users(4000));
    segment.control = controlOf({ budget: { writeUnits: 50, workers: 1 } });
    segment.before = async (operation) => {
      if (operation.startsWith('save')) await segment.clock.sleep(3000);
    };

    await segment.work(addFirst);

    expect(segment.clock.now).toBeLessThan((4000 / 50) * 1000 + 15_000);
    expect(segment.checkpoint).toMatchObject({ done: true, counters: { changed: 4000 } });
  });

  it('loses no failure that it could not record: who takes the segment over finds none counted that is not named', async () => {
    const segment = new MemorySegment(users(100));
    segment.control = controlOf({ budget: { writeUnits: 20, workers: 1 } });
    const file: File = {
      adds: ['first'],
      transformUp: (item: Item) => {
        if (item['id'] === 'u2') throw new Error('no');
        return { ...item, first: 'Grace' };
      },
    };
    let faults = 1;
    segment.before = (operation) => {
      if (operation.startsWith('record') && faults-- > 0) throw new Error('the ledger is busy');
    };

    await expect(segment.work(file)).rejects.toThrow('the ledger is busy');
    expect(segment.checkpoint?.done).toBe(false);
    expect(segment.failures).toHaveLength(segment.checkpoint?.counters.failed ?? 0);

    await segment.work(file);
    expect(segment.failures).toHaveLength(1);
    expect(segment.checkpoint).toMatchObject({ done: true, counters: { scanned: 100, changed: 99, failed: 1 } });
  });
});

describe('a save', () => {
  it.each([
    [500, 2],
    [50, 3],
  ])(
    'of a worker with %i units a second is due after about 2,000 units, but within three seconds: %i a save',
    async (writeUnits, seconds) => {
      const segment = new MemorySegment(users(12 * writeUnits));
      segment.control = controlOf({ budget: { writeUnits, workers: 1 } });
      const times: number[] = [];
      segment.before = (operation) => {
        if (operation.startsWith('save')) times.push(segment.clock.now);
      };

      await segment.work(addFirst);

      const between = times.slice(2, -1).map((at, index) => (at - (times[index + 1] ?? 0)) / 1000);
      for (const each of between) expect(each).toBeGreaterThan(seconds - 0.5);
      for (const each of between) expect(each).toBeLessThan(seconds + 2);
    },
  );

  it('has a higher number than the one before it, and the next worker begins anew', async () => {
    const segment = new MemorySegment(users(600));
    segment.control = controlOf({ budget: { writeUnits: 50, workers: 1 } });
    const numbers: number[] = [];
    segment.before = (operation) => {
      if (segment.checkpoint && operation.startsWith('save')) numbers.push(segment.checkpoint.saves);
    };

    await segment.work(addFirst);

    expect(numbers).toEqual(numbers.map((_, index) => index));
    expect(segment.checkpoint).toMatchObject({ takenBy: 'w1', saves: numbers.length });
    expect(numbers.length).toBeGreaterThan(3);
    expect(takeOver(assignment, controlOf(), segment.checkpoint).saves).toBe(0);
  });

  it('is told how many failed items were saved before it', async () => {
    const segment = new MemorySegment(users(200));
    segment.control = controlOf({ budget: { writeUnits: 50, workers: 1 } });
    const fails = (item: Item) => {
      if (Number(String(item['id']).slice(1)) % 50 === 0) throw new Error('no');
      return { ...item, first: 'Grace' };
    };

    await segment.work({ adds: ['first'], transformUp: fails });

    expect(segment.counted).toEqual(segment.counted.toSorted((a, b) => a - b));
    expect(segment.counted[0]).toBe(0);
    expect(segment.checkpoint?.counters.failed).toBe(4);
    expect(segment.failuresOfRun).toBe(4);
  });
});

describe('a write that nobody answered', () => {
  const unanswered = { kind: 'throttled', isUnknown: true, isUnanswered: true } as const;

  it('stands in the checkpoint until its signature is too old, though it was sent again and answered', async () => {
    const segment = new MemorySegment(users(3));
    const { table } = segment;
    let lost = 1;
    let noted: number | undefined;
    const openTable = () => ({
      ...table,
      writeBatch: async (...parameters: Parameters<typeof table.writeBatch>) => {
        noted ??= segment.checkpoint?.lateUntil;
        return lost-- > 0 ? parameters[0].map(() => unanswered) : table.writeBatch(...parameters);
      },
    });

    await segment.work(addFirst, { openTable, signatureLifetimeMs: 60_000 });

    expect(segment.checkpoint).toMatchObject({ done: true, signedOff: true, counters: { changed: 3 } });
    const late = (segment.checkpoint?.lateUntil ?? 0) - segment.clock.wall();
    expect(late).toBeLessThanOrEqual(60_000);
    expect(late).toBeGreaterThan(50_000);
    expect(noted).toBe(segment.checkpoint?.lateUntil);
  });

  it('is remembered by the next worker, also if that begins anew', () => {
    const before = { ...takeOver(assignment, controlOf(), undefined), lateUntil: 77 };

    expect(takeOver(assignment, controlOf(), before).lateUntil).toBe(77);
    expect(takeOver(assignment, controlOf({ checksum: 'c4' }), before).lateUntil).toBe(77);
  });

  it('is no answer that says that the table is busy', async () => {
    const segment = new MemorySegment(users(3));
    const { table } = segment;
    let busy = 1;
    const openTable = () => ({
      ...table,
      writeBatch: async (...parameters: Parameters<typeof table.writeBatch>) =>
        busy-- > 0 ? parameters[0].map(() => ({ kind: 'throttled', isUnknown: true }) as const) : table.writeBatch(...parameters),
    });

    await segment.work(addFirst, { openTable });

    expect(segment.checkpoint?.done).toBe(true);
    expect(segment.checkpoint?.lateUntil).toBeUndefined();
  });
});
