import { describe, expect, it } from 'vitest';
import type { TablePort, WriteResult } from '../../../../../core/segment/table-port.ts';
import { type AnsweredWrites, ItemFaults } from '../../../../../core/segment/writes/item-faults.ts';
import type { Image } from '../../../../../core/values/attribute-value.ts';
import { controlOf } from '../../../../support/control-record.ts';
import { MemorySegment } from '../../../../support/memory-segment.ts';

const fault: WriteResult = { kind: 'throttled', isUnknown: true };

/** Counts a fault of one item every few seconds, and what else DynamoDB answers in between. @returns after how many it fails */
function faultsUntilFailed(secondsApart: number, othersEachTime: AnsweredWrites, max = 1000): number | undefined {
  let now = 0;
  const answered = { sound: 0, faulty: 0 };
  const faults = new ItemFaults({ monotonic: () => now }, () => answered);
  for (let count = 1; count <= max; count++) {
    answered.faulty++;
    try {
      faults.count();
    } catch {
      return count;
    }
    answered.sound += othersEachTime.sound;
    answered.faulty += othersEachTime.faulty;
    now += secondsApart * 1000;
  }
  return undefined;
}

describe('internal errors for one item', () => {
  it('fail it after 20 of them and a minute, if other items are written', () => {
    expect(faultsUntilFailed(1, { sound: 5, faulty: 0 })).toBe(61);
    expect(faultsUntilFailed(10, { sound: 5, faulty: 0 })).toBe(20);
  });

  it.each([
    ['all other writes are answered so', { sound: 0, faulty: 5 }],
    ['half of the other writes are answered so', { sound: 5, faulty: 5 }],
  ])('never fail it while %s', (_, others) => {
    expect(faultsUntilFailed(10, others)).toBeUndefined();
  });

  it('fail it after five minutes if there is nothing else to write', () => {
    expect(faultsUntilFailed(10, { sound: 0, faulty: 0 })).toBe(31);
  });
});

describe('a segment with an item that DynamoDB cannot write', () => {
  const users: Image[] = Array.from({ length: 60 }, (_, n) => ({ id: { S: `u${n}` }, name: { S: 'Grace Hopper' } }));
  const addFirst = { adds: ['first'], transformUp: (item: object) => ({ ...item, first: 'Grace' }) };

  function answering(segment: MemorySegment, isFaulty: (id: unknown) => boolean): TablePort {
    return {
      ...segment.table,
      writeBatch: async (writes, mayWrite) => {
        const results = await segment.table.writeBatch(
          writes.filter(({ key }) => !isFaulty(key['id'])),
          mayWrite,
        );
        return writes.map(({ key }) => (isFaulty(key['id']) ? fault : (results.shift() ?? fault)));
      },
    };
  }

  it('records it as failed, by its key, and writes all others', async () => {
    const segment = new MemorySegment(users);
    segment.control = controlOf({ marks: { maxFailures: 1 } });
    const table = answering(segment, (id) => typeof id === 'object' && id !== null && 'S' in id && id.S === 'u7');

    await segment.work(addFirst, { openTable: () => table });

    expect(segment.failures).toMatchObject([{ key: { id: { S: 'u7' } }, error: { name: 'NotWritten' } }]);
    expect(segment.checkpoint).toMatchObject({ done: true, counters: { scanned: 60, changed: 59, failed: 1 } });
  });

  it('blames none in an outage of an hour, and leaves when its time is over', async () => {
    const segment = new MemorySegment(users);
    segment.deadline = { read: 3_600_000, write: 3_600_000 };
    const table = answering(segment, () => true);

    expect(await segment.work(addFirst, { openTable: () => table })).toEqual({ more: true });

    expect(segment.failures).toEqual([]);
    expect(segment.checkpoint).toMatchObject({ done: false, signedOff: true, counters: { failed: 0 } });
  });
});
