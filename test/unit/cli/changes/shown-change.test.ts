import { expect, it } from 'vitest';
import { changeLines, shownChange } from '../../../../cli/changes/shown-change.ts';
import type { RecordedChange } from '../../../../core/segment/undo/changes-of.ts';

const place = { table: 'Users', run: 'r1', pass: 1, segment: 0, at: '2030-01-01T00:00:00.000Z' };
const plain = { styled: (_: string, text: string) => text };
const update: RecordedChange = {
  ...place,
  does: 'update',
  key: { id: { S: 'secret' } },
  before: { text: { S: 'old' }, gone: { N: '12' } },
  after: { text: { S: 'newer' }, more: { BOOL: true } },
};

function lines(change: RecordedChange, withValues: boolean): string[] {
  return changeLines(shownChange(change, withValues), 'Users', plain);
}

it('shows each attribute before and after, masked', () => {
  expect(lines(update, false)).toEqual([
    'update  id: string of 6 characters',
    '  ~ text: string of 3 characters → string of 5 characters',
    '  - gone: number of 2 digits',
    '  + more: boolean',
  ]);
  expect(JSON.stringify(shownChange(update, false))).not.toMatch(/secret|newer|old/);
});

it('shows values if they are asked for', () => {
  expect(lines(update, true)).toEqual(['update  id: "secret"', '  ~ text: "old" → "newer"', '  - gone: 12', '  + more: true']);
});

it('shows a deleted item as a whole, and names the table of an item that was inserted elsewhere', () => {
  const { key } = update;

  expect(lines({ ...update, does: 'delete', before: { ...key, text: { S: 'old' } }, after: {} }, true)).toEqual([
    'delete  id: "secret"',
    '  - text: "old"',
  ]);
  expect(lines({ ...update, table: 'Orders', does: 'insert', before: {}, after: { ...key, text: { S: 'new' } } }, true)).toEqual([
    'insert in Orders  id: "secret"',
    '  + text: "new"',
  ]);
});
