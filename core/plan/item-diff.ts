import type { Change, OtherWrite } from '../change/change.ts';
import type { Image } from '../values/attribute-value.ts';
import { keyOf, shapeOf, type TableShape } from '../values/table-shape.ts';
import { type ShownImage, type ShownValue, showImage, showValue } from './mask-value.ts';

/** The changes of a version in one item. */
export interface ItemDiff {
  key: ShownImage;
  item: 'changed' | 'deleted';
  attributes: { name: string; change: 'added' | 'changed' | 'removed'; before?: ShownValue; after?: ShownValue }[];
  /** Complete items inserted under other keys. */
  inserts: ShownImage[];
  /** What is done to items of other tables, and to items that are there. */
  others?: { table?: string | undefined; does: 'inserts' | 'changes' | 'deletes'; item: ShownImage }[];
}

export function itemDiff(before: Image, { item, inserts, others = [] }: Change, shape: TableShape, withValues: boolean): ItemDiff {
  const show = (value: Image[string]): ShownValue => showValue(value, withValues);
  const shown = {
    key: showImage(keyOf(shape, before), withValues),
    inserts: [...inserts, ...others.filter(({ kind, table }) => kind === 'put' && table === undefined).map(({ image }) => image)].map(
      (insert) => showImage(insert, withValues),
    ),
    ...(others.some(isBeside) ? { others: others.filter(isBeside).map((other) => shownOther(other, shape, withValues)) } : {}),
  };
  if (item.kind === 'delete') return { ...shown, item: 'deleted', attributes: [] };
  const set = Object.entries(item.set).map(([name, after]): ItemDiff['attributes'][number] => {
    const old = Object.hasOwn(before, name) ? before[name] : undefined;
    return old ? { name, change: 'changed', before: show(old), after: show(after) } : { name, change: 'added', after: show(after) };
  });
  const removed = item.remove.flatMap((name): ItemDiff['attributes'] => {
    const old = before[name];
    return old ? [{ name, change: 'removed', before: show(old) }] : [];
  });
  return { ...shown, item: 'changed', attributes: [...set, ...removed] };
}

/** A text that is equal for changes of the same kind, so that examples of different kinds can be selected. */
export function kindOfChange({ item, inserts, others = [] }: Change): string {
  return JSON.stringify([
    item.kind,
    item.kind === 'update' ? [Object.keys(item.set).sort(), [...item.remove].sort()] : [],
    inserts.length,
    ...others.map(({ kind, table }) => [kind, table]),
  ]);
}

function isBeside({ kind, table }: OtherWrite): boolean {
  return kind !== 'check' && (kind !== 'put' || table !== undefined);
}

function shownOther(other: OtherWrite, shape: TableShape, withValues: boolean): NonNullable<ItemDiff['others']>[number] {
  const { table, image, kind } = other;
  const does = kind === 'put' ? 'inserts' : kind === 'update' ? 'changes' : 'deletes';
  const item = kind === 'update' ? { ...keyOf(shapeOf(shape, table), image), ...other.set } : image;
  return { ...(table === undefined ? {} : { table }), does, item: showImage(item, withValues) };
}
