import { describe, expect, it } from 'vitest';
import type { ItemDecision } from '../../../../core/change/change.ts';
import { type Checkpoint, takeOver } from '../../../../core/ledger/checkpoint.ts';
import { decidingInHand } from '../../../../core/segment/deciding-in-hand.ts';
import type { PageRequest, TablePort } from '../../../../core/segment/table-port.ts';
import type { Item } from '../../../../core/transformation/contract.ts';
import type { Image } from '../../../../core/values/attribute-value.ts';
import { controlOf } from '../../../support/control-record.ts';
import { assignment, MemorySegment } from '../../../support/memory-segment.ts';
import type { File } from '../../../support/transformations.ts';

function users(count: number): Image[] {
  return Array.from({ length: count }, (_, n) => ({ id: { S: `u${n}` }, name: { S: 'Grace Hopper' } }));
}

/** A segment whose first worker died at its start. */
function diedAtStart(count: number, fields: Partial<Checkpoint> = {}) {
  const segment = new MemorySegment(users(count));
  segment.checkpoint = { ...takeOver(assignment, controlOf(), undefined), ...fields };
  return segment;
}

/** What stands in the ledger each time the function is called. */
function watching(segment: MemorySegment) {
  const calls: { id: unknown; inHand: Checkpoint['inHand']; writes: number }[] = [];
  const file: File = {
    adds: ['first'],
    transformUp: (item: Item) => {
      calls.push({ id: item['id'], inHand: segment.checkpoint?.inHand, writes: segment.writes });
      return { ...item, first: 'Grace' };
    },
  };
  return { file, calls };
}

function limitsOf(segment: MemorySegment) {
  const limits: PageRequest['limit'][] = [];
  const table: TablePort = {
    ...segment.table,
    readPage: (request) => {
      limits.push(request.limit);
      return segment.table.readPage(request);
    },
  };
  return { limits, ports: { openTable: () => table } };
}

describe('a worker that begins where one before it died', () => {
  it('saves each item before the function is called, and settles it before the next', async () => {
    const segment = diedAtStart(40);
    const { file, calls } = watching(segment);

    expect(await segment.work(file)).toEqual({ more: false });

    expect(calls).toEqual(
      users(40).map(({ id }, index) => ({
        id: `u${index}`,
        inHand: { key: { id }, attempt: 2, deaths: 0 },
        writes: index,
      })),
    );
    expect(segment.checkpoint).toMatchObject({ done: true, signedOff: true, inHand: undefined, counters: { scanned: 40, changed: 40 } });
  });

  it('has no item in hand in the ledger while its change is written', async () => {
    const segment = diedAtStart(3);
    const inHand: unknown[] = [];
    segment.before = (operation) => {
      if (operation.startsWith('write')) inHand.push(segment.checkpoint?.inHand);
    };

    await segment.work(watching(segment).file);

    expect(inHand).toEqual([undefined, undefined, undefined]);
  });

  it('reads pages of 25 items as far as that one may have come, and then whole ones', async () => {
    const segment = diedAtStart(4100);
    const { limits, ports } = limitsOf(segment);

    await segment.work({ transformUp: () => {} }, ports);

    expect(limits.filter((limit) => limit === 25)).toHaveLength(120);
    expect(limits.slice(120).every((limit = 0) => limit > 25)).toBe(true);
    expect(segment.checkpoint?.counters.scanned).toBe(4100);
  });

  it.each([
    ['signed off', { signedOff: true }],
    ['got on', { tries: undefined }],
  ])('is not careful if that one %s', async (_, fields) => {
    const segment = diedAtStart(40, fields);
    const { limits, ports } = limitsOf(segment);
    const { file, calls } = watching(segment);

    await segment.work(file, ports);

    expect(limits.every((limit = 0) => limit > 25)).toBe(true);
    expect(calls.every(({ inHand }) => inHand === undefined)).toBe(true);
  });

  it('leaves out an item at which three careful workers died, and does not call the function for it', async () => {
    const key = { id: { S: 'u0' } };
    const segment = diedAtStart(3, { attempt: 4, tries: { count: 4, since: 0 }, inHand: { key, attempt: 4, deaths: 2 } });
    segment.control = controlOf({ marks: { maxFailures: 1 } });
    const { file, calls } = watching(segment);

    await segment.work(file);

    expect(calls.map(({ id }) => id)).toEqual(['u1', 'u2']);
    expect(segment.failures).toMatchObject([{ key, error: { name: 'TransformKilled' } }]);
    expect(segment.checkpoint).toMatchObject({ done: true, counters: { scanned: 3, changed: 2, failed: 1 } });
  });

  it.each([
    ['two careful workers', { count: 3, deaths: 1, id: 'u0' }],
    ['three, at another item,', { count: 4, deaths: 2, id: 'u2' }],
  ])('calls the function for an item at which %s died', async (_, { count, deaths, id }) => {
    const inHand = { key: { id: { S: id } }, attempt: count, deaths };
    const segment = diedAtStart(2, { attempt: count, tries: { count, since: 0 }, inHand });
    const { file, calls } = watching(segment);

    await segment.work(file);

    expect(calls.map((call) => call.id)).toEqual(['u0', 'u1']);
    expect(calls[0]?.inHand?.deaths).toBe(id === 'u0' ? deaths + 1 : 0);
  });

  it.each([
    [2, 'saves no item', [undefined, undefined]],
    [3, 'saves each item', [{ id: { S: 'u0' } }, { id: { S: 'u1' } }]],
  ])('decides in another process on try %i, %s, and closes it at the end', async (tries, _, inHand) => {
    const segment = diedAtStart(2, { tries: { count: tries - 1, since: 0 } });
    const log: string[] = [];
    const saved: unknown[] = [];
    const openProcess = () => ({
      started: async () => {
        log.push('started');
        saved.push(segment.checkpoint?.inHand?.key);
      },
      decide: async ({ id }: Image) => {
        log.push(`decide ${id && 'S' in id ? id.S : ''}`);
        saved.push(segment.checkpoint?.inHand?.key);
        return { kind: 'decided' as const, decision: { outcome: 'unchanged' as const } };
      },
      close: async () => void log.push('close'),
    });
    const { file, calls } = watching(segment);

    await segment.work(file, { openProcess });

    expect(log).toEqual(['started', 'decide u0', 'decide u1', 'close']);
    // A worker that is killed while its process starts blames no item.
    expect(saved).toEqual([undefined, ...inHand]);
    expect(calls).toEqual([]);
  });

  it('starts no other process if it must leave while one decides', async () => {
    const segment = diedAtStart(3);
    let opened = 0;
    const openProcess = () => {
      opened++;
      let end: () => void = () => {};
      return {
        started: async () => {},
        decide: () =>
          new Promise<{ kind: 'ended'; cause: string }>((resolve) => {
            end = () => resolve({ kind: 'ended', cause: 'it was closed' });
            segment.control = controlOf({ marks: { paused: { by: 'ann', since: '2026-01-01T00:00:00Z' } } });
          }),
        close: async () => end(),
      };
    };

    expect(await segment.work(watching(segment).file, { openProcess })).toEqual({ more: false });

    expect(opened).toBe(1);
    expect(segment.failures).toEqual([]);
    expect(segment.checkpoint).toMatchObject({ done: false, signedOff: true, counters: { scanned: 0 } });
  });

  it('leaves at once if another worker takes the segment while an item is in hand', async () => {
    const segment = diedAtStart(5);
    segment.before = (operation) => {
      const { checkpoint } = segment;
      if (operation.startsWith('save') && checkpoint?.attempt === 2) segment.checkpoint = { ...checkpoint, attempt: 3 };
    };
    const { file, calls } = watching(segment);

    expect(await segment.work(file)).toEqual({ more: false });

    expect(calls).toEqual([]);
    expect(segment.writes).toBe(0);
  });
});

it('an item in hand is saved outside the time of the function', async () => {
  const happened: string[] = [];
  const save = async (): Promise<void> => void happened.push('saved');
  const decide = async (): Promise<ItemDecision> => {
    happened.push('decided');
    return { outcome: 'unchanged' };
  };
  const decideInHand = decidingInHand(decide, {
    progress: { checkpoint: takeOver(assignment, controlOf(), undefined), take: () => {} },
    saves: { save },
    gate: { assertMayDecide: () => {} },
    shape: controlOf().shape,
    file: undefined,
  });

  await decideInHand(
    { id: { S: 'u0' } },
    {
      leaveFor: async (work) => {
        happened.push('left');
        const done = await work();
        happened.push('back');
        return done;
      },
    },
  );

  expect(happened).toEqual(['left', 'saved', 'back', 'decided']);
});
