import { expect, it } from 'vitest';
import type { JournalObject } from '../../../../../core/journal/journal-port.ts';
import type { ChangeRecord, JournalRecord } from '../../../../../core/journal/journal-record.ts';
import { changesOf, type JournaledSegment, type RecordedChange } from '../../../../../core/segment/undo/changes-of.ts';

const owner = { table: 'Users', sequence: 3, run: 'r1', pass: 1 };

/** One object a minute, in each segment. */
function journalsOf(segments: readonly (readonly JournalRecord[])[][]) {
  const asked: string[] = [];
  const readDated = async ({ segment, number }: JournalObject) => {
    asked.push(`${segment}.${number}`);
    const records = segments[segment]?.[number - 1];
    if (!records) throw new Error(`there is no object ${segment}.${number}`);
    return { records: [...records], at: `2030-01-01T00:0${number}:00.000Z` };
  };
  async function* journaled(): AsyncGenerator<JournaledSegment> {
    for (const [segment, objects] of segments.entries())
      yield { segment: { ...owner, segment }, attempts: [{ attempt: 1, last: objects.length }] };
  }
  return { asked, journaled, readDated };
}

async function read({ journaled, readDated }: ReturnType<typeof journalsOf>, since?: string): Promise<RecordedChange[]> {
  const changes: RecordedChange[] = [];
  for await (const change of changesOf(journaled(), { readDated }, since === undefined ? undefined : Date.parse(since)))
    changes.push(change);
  return changes;
}

function update(id: string): ChangeRecord {
  return { kind: 'change', item: { does: 'update', key: { id: { S: id } }, before: {}, after: { new: { S: id } } } };
}

function idsOf(changes: readonly RecordedChange[]): string[] {
  return changes.map(({ key: { id } }) => (id && 'S' in id ? id.S : ''));
}

it('gives every change of every segment once, the newest of a segment first, with its place', async () => {
  const six = Array.from({ length: 6 }, (_, segment) => [[update(`${segment}a`), update(`${segment}b`)], [update(`${segment}c`)]]);

  const changes = await read(journalsOf(six));

  expect(idsOf(changes)).toEqual([0, 1, 2, 3, 4, 5].flatMap((segment) => [`${segment}c`, `${segment}b`, `${segment}a`]));
  expect(changes[0]).toEqual({
    ...update('0c').item,
    table: 'Users',
    run: 'r1',
    pass: 1,
    segment: 0,
    at: '2030-01-01T00:02:00.000Z',
  });
  expect(changes[2]).toMatchObject({ segment: 0, at: '2030-01-01T00:01:00.000Z' });
});

it('leaves out what was not applied', async () => {
  const notApplied: JournalRecord = { kind: 'notApplied', key: { id: { S: 'a' } } };

  const changes = await read(
    journalsOf([
      [
        [update('a'), update('b')],
        [notApplied, update('c')],
      ],
    ]),
  );

  expect(idsOf(changes)).toEqual(['c', 'b']);
});

it('gives the items that are written with another one, in their tables', async () => {
  const insert = { does: 'insert', table: 'Orders', key: { id: { S: 'o' } }, before: {}, after: { id: { S: 'o' } } } as const;

  const changes = await read(journalsOf([[[{ ...update('a'), others: [insert] }]]]));

  expect(changes.map(({ does, table }) => [does, table])).toEqual([
    ['update', 'Users'],
    ['insert', 'Orders'],
  ]);
});

it('leaves out objects that were written before a time', async () => {
  const objects = ['a', 'b', 'c'].map((id) => [update(id)]);

  expect(idsOf(await read(journalsOf([objects, objects]), '2030-01-01T00:02:00Z'))).toEqual(['c', 'b', 'c', 'b']);
});

it('ends with the error of an object, and never passes over it', async () => {
  const { readDated, ...journals } = journalsOf([[[update('a')], [update('b')]]]);
  const damaged = async (object: JournalObject) => {
    if (object.number === 1) throw new Error('damaged');
    return readDated(object);
  };

  await expect(read({ ...journals, readDated: damaged })).rejects.toThrow('damaged');
});

it('reads only a few segments ahead', async () => {
  const many = Array.from({ length: 50 }, () => [[update('a')]]);
  const journals = journalsOf(many);

  for await (const _ of changesOf(journals.journaled(), journals)) break;

  expect(journals.asked.length).toBeLessThanOrEqual(4);
});
