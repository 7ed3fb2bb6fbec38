import type { ItemDiff } from '../../core/plan/item-diff.ts';
import { type ShownImage, showImage } from '../../core/plan/mask-value.ts';
import type { RecordedChange } from '../../core/segment/undo/changes-of.ts';
import { diffLines } from '../plan/diff-text.ts';
import type { Output } from '../terminal/output.ts';

/** A change as `--json` and `--to` show it. Fields may be added, but not changed. */
export interface ShownChange extends Omit<RecordedChange, 'key' | 'before' | 'after'> {
  key: ShownImage;
  /** Of an update, the attributes that change; of a delete, the whole item; of an insert, nothing. */
  before: ShownImage;
  /** Of an update, the attributes that change; of an insert, the whole item; of a delete, nothing. */
  after: ShownImage;
}

export function shownChange(
  { key, table, does, before, after, run, pass, segment, at, dry }: RecordedChange,
  withValues: boolean,
): ShownChange {
  const show = (image: RecordedChange['key']): ShownImage => showImage(image, withValues);
  return { key: show(key), table, does, before: show(before), after: show(after), run, pass, segment, at, ...(dry ? { dry } : {}) };
}

/** A change as text. @param own logical name of the table that was asked for: it is named only if the item is in another one */
export function changeLines({ key, table, does, before, after, dry }: ShownChange, own: string, output: Pick<Output, 'styled'>): string[] {
  const names = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter((name) => !Object.hasOwn(key, name));
  const attributes = names.map((name): ItemDiff['attributes'][number] => {
    const [old, now] = [valueIn(before, name), valueIn(after, name)];
    const change = old && now ? 'changed' : old ? 'removed' : 'added';
    return { name, change, ...(old ? { before: old } : {}), ...(now ? { after: now } : {}) };
  });
  return diffLines(
    `${dry ? 'would ' : ''}${does}${table === own ? '' : ` in ${table}`}`,
    [{ key, item: 'changed', attributes, inserts: [] }],
    output,
  );
}

function valueIn(image: ShownImage, name: string) {
  return Object.hasOwn(image, name) ? image[name] : undefined;
}
