import { describe, expect, it } from 'vitest';
import { RunError } from '../../../../core/errors.ts';
import { dryChangesOf, reportsOf } from '../../../../core/segment/undo/reports-of.ts';
import type { Item } from '../../../../core/transformation/contract.ts';
import { controlOf } from '../../../support/control-record.ts';
import { assignment, MemorySegment } from '../../../support/memory-segment.ts';
import type { File } from '../../../support/transformations.ts';

/** Of a hundred items, all but each tenth. */
const failing: File = {
  adds: ['initial'],
  transformUp: (item: Item) => {
    if (Number(item['n']) % 10 > 0) throw new TypeError('No name.');
    return { ...item, initial: 'A' };
  },
};

function numbered(count: number): MemorySegment {
  return new MemorySegment(Array.from({ length: count }, (_, n) => ({ id: { S: `u${n}` }, n: { N: String(n) } })));
}

describe('the reports on a segment', () => {
  it('name each item that failed with its cause, also beyond those that the ledger has', async () => {
    const segment = numbered(100);

    await segment.work(failing);

    expect(segment.checkpoint).toMatchObject({ counters: { failed: 90, changed: 10 }, reports: [{ attempt: 1, last: 1 }] });
    expect(segment.reported.length).toBe(90);
    expect(segment.reported[89]).toMatchObject({ kind: 'failed', key: { id: { S: 'u99' } }, name: 'TransformThrew' });
  });

  it('are written before a checkpoint counts their items: the next worker reports what the one before could not', async () => {
    const segment = numbered(100);
    const unavailable = new RunError('JournalUnavailable', 'x', { fields: {} });
    segment.before = (operation) => (operation === 'report' ? Promise.reject(unavailable) : undefined);
    await expect(segment.work(failing)).rejects.toBe(unavailable);
    expect(segment.checkpoint).toMatchObject({ counters: { failed: 0 } });

    segment.before = () => {};
    await segment.work(failing);

    expect(segment.checkpoint?.counters.failed).toBe(90);
    expect(segment.reported.length).toBe(90);
  });

  it('are begun again with a segment that is done again, so that no item stands there that did not fail at last', async () => {
    const segment = numbered(100);
    await segment.work(failing);

    await segment.work({ adds: ['initial'], transformUp: (item: Item) => ({ ...item, initial: 'A' }) });

    expect(segment.checkpoint).toMatchObject({ done: true, counters: { failed: 0 } });
    expect(segment.reported).toEqual([]);
  });

  it('have all that a dry run would change, of more items than one object takes', async () => {
    const segment = numbered(2500);
    segment.itemsPerPage = 400;
    segment.control = controlOf({ dryRun: true });

    await segment.work({ adds: ['initial'], transformUp: (item: Item) => ({ ...item, initial: 'A' }) });

    expect(segment.writes).toBe(0);
    expect(segment.reports.size).toBeGreaterThan(1);
    const reports = segment.checkpoint?.reports ?? [];
    const read = async ({ attempt, number }: { attempt: number; number: number }) => ({
      records: [...(segment.reports.get(`${attempt}-${number}`) ?? [])],
      at: undefined,
    });
    const changes = [];
    const reported = reportsOf([{ segment: { table: 'Users', sequence: 3, ...assignment }, reports }], { readReport: read });
    for await (const change of dryChangesOf('Users', reported)) changes.push(change);
    expect(changes.length).toBe(2500);
    expect(changes[7]).toMatchObject({
      dry: true,
      table: 'Users',
      does: 'update',
      key: { id: { S: 'u7' } },
      after: { initial: { S: 'A' } },
    });
  });

  it('are none if the version has no journal by its own word, or if there is nothing to tell', async () => {
    const silent = numbered(100);
    await silent.work({ ...failing, journal: 'none' });
    const sound = numbered(100);
    await sound.work({ adds: ['initial'], transformUp: (item: Item) => ({ ...item, initial: 'A' }) });

    expect([silent.reports.size, silent.checkpoint?.reports]).toEqual([0, undefined]);
    expect([sound.reports.size, sound.checkpoint?.reports]).toEqual([0, undefined]);
  });
});
