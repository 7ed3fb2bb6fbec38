import { describe, expect, it } from 'vitest';
import { recordText } from '../../../../../aws/journal/record-text.ts';
import { imageOf } from '../../../../../core/change/condition.ts';
import type { ChangeRecord, ReportRecord } from '../../../../../core/journal/journal-record.ts';
import { type Checkpoint, maxFailedRecords } from '../../../../../core/ledger/checkpoint.ts';
import type { TablePort, Write } from '../../../../../core/segment/table-port.ts';
import type { TokenPort } from '../../../../../core/segment/writes/change-tokens.ts';
import type { Image } from '../../../../../core/values/attribute-value.ts';
import { keyText } from '../../../../../core/values/table-shape.ts';
import { controlOf, withFields } from '../../../../support/control-record.ts';
import { checkpoint } from '../../../../support/memory-run-ledger.ts';
import { MemorySegment } from '../../../../support/memory-segment.ts';

const recordsPerObject = 40;

function key(n: number): Image {
  return { id: { S: `u${n}` } };
}

function overwritten(n: number, before = 'original', after = 'ours'): ChangeRecord {
  return { kind: 'change', item: { does: 'update', key: key(n), before: { name: { S: before } }, after: { name: { S: after } } } };
}

/** A segment of which a run overwrote the names, and that is taken back. */
class UndoneSegment {
  readonly segment: MemorySegment;
  readonly #objects: ChangeRecord[][] = [];
  readonly #control = controlOf({ direction: 'down', totalSegments: 1, undoes: { run: 'up', pass: 1 } });
  /** Numbers of items that DynamoDB refuses to change. */
  refused: number[] = [];
  /** Number of an object of the journal at which a worker ends. */
  endsAtObject: number | undefined;
  /** Of all workers, in order. */
  readonly reported: ReportRecord[] = [];

  /** @param records in the order in which the run made the changes */
  constructor(records: readonly ChangeRecord[]) {
    for (let from = 0; from < records.length; from += recordsPerObject) this.#objects.push(records.slice(from, from + recordsPerObject));
    this.segment = new MemorySegment(records.map(({ item }) => ({ ...item.key, ...item.after })));
    const last = this.#objects.length;
    this.segment.undone = checkpoint(0, { run: 'up', journal: [{ attempt: 1, last }] });
    this.segment.control = this.#control;
  }

  nameOf(n: number): Image[string] | undefined {
    return this.segment.items.get(keyText(key(n)))?.['name'];
  }

  rename(n: number, name: string): void {
    this.segment.items.set(keyText(key(n)), { ...key(n), name: { S: name } });
  }

  /** Lets the run change any number of items, each by a token that the ledger must be asked for. */
  claimTokens(): void {
    const pauseAfter = { items: 1000, since: '2030-01-01T00:00:00.000Z' };
    this.segment.control = withFields(this.#control, { marks: { pauseAfter } });
  }

  /** A worker until it returns. @param killedAt the number of the request with writes at which it is killed */
  async work(killedAt?: number): Promise<Checkpoint | undefined> {
    const { segment } = this;
    let requests = 0;
    const table: TablePort = {
      ...segment.table,
      readItems: async (targets) => {
        const found = targets.flatMap((target) => {
          const image = segment.items.get(keyText({ id: target.image['id'] ?? { S: '' } }));
          return image ? [{ ...target, image }] : [];
        });
        return { found, unread: [], readUnits: 0 };
      },
      writeBatch: async (writes, mayWrite) => {
        if (++requests === killedAt) throw new Error('killed');
        const isRefused = ({ key: written, condition }: Write): boolean => {
          const present = segment.items.get(keyText(written));
          const holds = Object.entries(imageOf(condition.equals)).every(
            ([name, value]) => JSON.stringify(present?.[name]) === JSON.stringify(value),
          );
          return holds && this.refused.some((n) => keyText(key(n)) === keyText(written));
        };
        const kinds = writes.map(isRefused);
        const results = await segment.table.writeBatch(
          writes.filter((_, index) => !kinds[index]),
          mayWrite,
        );
        return writes.map((_, index) =>
          kinds[index] ? { kind: 'refused', code: 'ValidationException' } : (results.shift() ?? { kind: 'throttled' }),
        );
      },
    };
    const journal = {
      read: async ({ number }: { number: number }) => {
        if (number === this.endsAtObject) throw new Error('killed');
        return this.#objects[number - 1] ?? [];
      },
      textOf: recordText,
      write: () => Promise.reject(new Error('not expected')),
      writeReport: async (_: object, records: readonly ReportRecord[]) => void this.reported.push(...records),
    };
    const tokens: TokenPort = {
      claim: async (_, { items }, count) => ({ claimed: count, left: items }),
      giveBack: async () => {},
    };
    await segment.work({ transformUp: () => {} }, { openTable: () => table, journal, tokens }).catch((error: Error) => {
      if (error.message !== 'killed') throw error;
    });
    return segment.checkpoint;
  }
}

describe('an undo that is redriven', () => {
  const all = Array.from({ length: 100 }, (_, n) => overwritten(n));
  const [ours, original] = ['ours', 'original'].map((S) => ({ S }));

  it('reports each item of which something stays, and counts none of them as failed', async () => {
    const undone = new UndoneSegment(all);
    undone.rename(60, 'newer');
    undone.rename(5, 'newer');

    expect(await undone.work()).toMatchObject({ done: true, counters: { failed: 0, differing: 2 } });
    expect(undone.reported).toEqual([
      { kind: 'kept', key: key(60) },
      { kind: 'kept', key: key(5) },
    ]);
  });

  it('repeats only the records that failed, as the application may have written the same since', async () => {
    const undone = new UndoneSegment(all);
    undone.refused = [70, 20];
    const failed = await undone.work();
    expect(failed).toMatchObject({ done: true, counters: { scanned: 100, changed: 98, failed: 2 } });
    expect(undone.reported).toMatchObject([
      { kind: 'failed', key: key(70), name: 'InvalidValue' },
      { kind: 'failed', key: key(20), name: 'InvalidValue' },
    ]);

    undone.refused = [];
    for (const n of [90, 60, 1]) undone.rename(n, 'ours');
    const redriven = await undone.work();

    // What the first worker reported as failed is out of date, and nothing else was to be told.
    expect(redriven?.reports).toEqual([{ attempt: 1, last: 1, isRetried: true }]);
    expect([90, 60, 1].map((n) => undone.nameOf(n))).toEqual([ours, ours, ours]);
    expect([70, 20].map((n) => undone.nameOf(n))).toEqual([original, original]);
    expect(redriven).toMatchObject({ done: true, counters: { scanned: 100, changed: 100, failed: 0 } });
  });

  it('does so also where its worker is killed, or a record fails again', async () => {
    const undone = new UndoneSegment(all);
    undone.refused = [70, 20, 5];
    await undone.work();
    undone.rename(60, 'ours');

    await undone.work(1);
    await undone.work();
    undone.refused = [];
    const last = await undone.work();

    expect(undone.nameOf(60)).toEqual(ours);
    expect([70, 20, 5].map((n) => undone.nameOf(n))).toEqual([original, original, original]);
    expect(last).toMatchObject({ done: true, counters: { scanned: 100, changed: 100, failed: 0 } });
  });

  it('repeats an older record of an item with the newer one that failed', async () => {
    const undone = new UndoneSegment([overwritten(1, 'original', 'first'), overwritten(2), overwritten(1, 'first', 'ours')]);
    undone.refused = [1];
    await undone.work();

    undone.refused = [];
    await undone.work();

    expect(undone.nameOf(1)).toEqual(original);
  });

  it('does so under a limit of changes, if the newer one must wait for its token', async () => {
    const undone = new UndoneSegment([overwritten(1, 'original', 'first'), overwritten(2), overwritten(1, 'first', 'ours')]);
    undone.refused = [1];
    await undone.work();

    undone.refused = [];
    undone.claimTokens();
    await undone.work();

    expect(undone.nameOf(1)).toEqual(original);
  });

  it('does so if its worker ends between the two', async () => {
    const between = Array.from({ length: 3 * recordsPerObject }, (_, n) => overwritten(n + 2));
    const undone = new UndoneSegment([overwritten(1, 'original', 'first'), ...between, overwritten(1, 'first', 'ours'), overwritten(999)]);
    undone.refused = [1];
    await undone.work();

    undone.refused = [];
    undone.endsAtObject = 1;
    expect(await undone.work()).toMatchObject({ done: false });
    undone.endsAtObject = undefined;
    await undone.work();

    expect(undone.nameOf(1)).toEqual(original);
  });

  it('goes on at the first record that failed where more did than a checkpoint names', async () => {
    const many = Array.from({ length: maxFailedRecords + 10 }, (_, n) => overwritten(n));
    const undone = new UndoneSegment(many);
    undone.refused = many.map((_, n) => n).filter((n) => n < maxFailedRecords + 5);
    const failed = await undone.work();
    expect(failed?.failedAt).toMatchObject({ isCut: true, counters: { scanned: 5, changed: 5 } });

    undone.refused = [];
    undone.rename(maxFailedRecords + 7, 'ours');
    const redriven = await undone.work();

    expect(undone.nameOf(maxFailedRecords + 7)).toEqual(ours);
    expect(undone.nameOf(0)).toEqual(original);
    expect(redriven?.counters).toMatchObject({ scanned: many.length, changed: many.length, failed: 0 });
  });
});
