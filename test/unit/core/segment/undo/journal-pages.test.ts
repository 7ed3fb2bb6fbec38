import fc from 'fast-check';
import { expect, it } from 'vitest';
import { type JournalObject, objectsOf } from '../../../../../core/journal/journal-port.ts';
import type { JournalRecord } from '../../../../../core/journal/journal-record.ts';
import { isEnd, type Place } from '../../../../../core/segment/table-port.ts';
import { JournalPages } from '../../../../../core/segment/undo/journal-pages.ts';

const segment = { table: 'Users', sequence: 3, run: 'r1', pass: 1, segment: 0 };

it('gives each change once, the newest first, wherever it goes on from', async () => {
  const objectSizes = fc.array(fc.integer({ min: 0, max: 5 }), { maxLength: 5 });
  const property = fc.asyncProperty(objectSizes, fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1 }), async (sizes, limits) => {
    const objects = objectsOf(segment, [{ attempt: 1, last: sizes.length }]);
    const written = sizes.map((size, object) => Array.from({ length: size }, (_, index) => record(`${object}.${index}`)));
    const read: string[] = [];
    let place: Place = { position: undefined };

    for (let round = 0; ; round++) {
      // Each page by a new reader, as after a worker was replaced.
      const page = await new JournalPages(objects, storeOf(written)).readPage(place, limits[round % limits.length]);
      read.push(...page.records.map(({ item }) => idOf(item.key)));
      expect(page.places?.at(-1) ?? page).toMatchObject({ position: page.position });
      if (isEnd(page)) break;
      place = page;
    }

    expect(read).toEqual(
      written
        .flat()
        .map(({ item }) => idOf(item.key))
        .reverse(),
    );
  });

  await fc.assert(property, { numRuns: 200 });
});

it('goes on behind the record that was the last to be done', async () => {
  const objects = objectsOf(segment, [{ attempt: 1, last: 2 }]);
  const pages = new JournalPages(
    objects,
    storeOf([
      [record('a'), record('b')],
      [record('c'), record('d')],
    ]),
  );

  const { places = [] } = await pages.readPage({ position: undefined });
  const [behindFirst, behindSecond] = places;

  expect(ids(await pages.readPage(behindFirst ?? { position: undefined }))).toEqual(['c']);
  expect(ids(await pages.readPage(behindSecond ?? { position: undefined }))).toEqual(['b', 'a']);
});

it('leaves out each change that was not applied, wherever it goes on from', async () => {
  const changes = fc.array(fc.record({ key: fc.constantFrom('a', 'b', 'c'), isApplied: fc.boolean(), delay: fc.nat(3) }), {
    maxLength: 12,
  });
  const property = fc.asyncProperty(
    changes,
    fc.integer({ min: 1, max: 4 }),
    fc.integer({ min: 1, max: 3 }),
    async (made, perObject, limit) => {
      const written: JournalRecord[] = [];
      const notes: { key: string; in: number }[] = [];
      const applied: string[] = [];
      const writeNotes = (isDue: (note: { key: string; in: number }) => boolean): void => {
        for (const note of notes.filter(isDue)) {
          written.push({ kind: 'notApplied', key: { id: { S: note.key } } });
          notes.splice(notes.indexOf(note), 1);
        }
      };
      for (const [index, { key, isApplied, delay }] of made.entries()) {
        // The worker knows what became of a change before it changes the item again.
        writeNotes((note) => note.key === key || note.in-- <= 0);
        written.push(record(key, String(index)));
        if (isApplied) applied.push(`${key}${index}`);
        else notes.push({ key, in: delay });
      }
      writeNotes(() => true);
      const objects: JournalRecord[][] = [];
      for (let from = 0; from < written.length; from += perObject) objects.push(written.slice(from, from + perObject));
      const read: string[] = [];

      let place: Place = { position: undefined };
      for (;;) {
        const page = await new JournalPages(objectsOf(segment, [{ attempt: 1, last: objects.length }]), storeOf(objects)).readPage(
          place,
          limit,
        );
        read.push(...page.records.map(({ item }) => `${idOf(item.key)}${idOf(item.after)}`));
        if (isEnd(page)) break;
        place = page;
      }

      expect(read).toEqual(applied.reverse());
    },
  );

  await fc.assert(property, { numRuns: 300 });
});

it('is at its end at once where nothing was changed', async () => {
  expect(isEnd(await new JournalPages([], storeOf([])).readPage({ position: undefined }))).toBe(true);
});

function record(id: string, after = '') {
  return { kind: 'change' as const, item: { does: 'update' as const, key: { id: { S: id } }, before: {}, after: { id: { S: after } } } };
}

function storeOf(objects: readonly (readonly JournalRecord[])[]) {
  return { read: async ({ number }: JournalObject) => [...(objects[number - 1] ?? [])] };
}

function idOf({ id }: { [name: string]: object }): string {
  return id && 'S' in id ? String(id.S) : '';
}

function ids({ records }: { records: readonly { item: { key: { [name: string]: object } } }[] }): string[] {
  return records.map(({ item }) => idOf(item.key));
}
