import { afterUpdate, type Change, namesIn } from '../../change/change.ts';
import { changeIndexUnits, leavesIndex, tableUnits, unitsOfOtherTables } from '../../change/change-units.ts';
import { isLarge } from '../../change/write-limits.ts';
import { type Image, sameAttribute } from '../../values/attribute-value.ts';
import type { TableShape } from '../../values/table-shape.ts';
import { type ItemDiff, itemDiff, kindOfChange } from '../item-diff.ts';
import type { SampledItem, TriedItem } from '../tried-item.ts';
import { type Expiry, ExpiryCount, type ExpiryFigures } from './expiry-figures.ts';

/** Outcomes of items in a trial: scanned = changed + unchanged + kept + failed. */
export interface TrialCounters {
  scanned: number;
  changed: number;
  unchanged: number;
  /** Nothing written: the attributes that the function adds exist already. */
  kept: number;
  failed: number;
  /** Not outcomes of their own, as in the counters of a run. */
  differing: number;
  inserted: number;
  deleted: number;
}

function noTrialCounters(): TrialCounters {
  return {
    scanned: 0,
    changed: 0,
    unchanged: 0,
    kept: 0,
    failed: 0,
    differing: 0,
    inserted: 0,
    deleted: 0,
  };
}

/** The figures of all trials on a sample. */
export interface TrialFigures {
  /** Numbers in the sample. */
  counters: TrialCounters;
  /** The same numbers, extrapolated to the whole table. */
  estimated: TrialCounters;
  /** Write units for the whole table: of the table itself, and of each index that is written. */
  writeUnits: number;
  indexUnits: Record<string, number>;
  /** Write units for other tables and their indexes, by logical name; undefined if it writes to none. */
  otherUnits?: Record<string, number> | undefined;
  /** Items for which more is written than a transaction holds: numbers in the sample, and of the whole table. */
  severalTransactions?: { items: number; estimated: number } | undefined;
  /** Items that stay in the table and leave an index, by its name: numbers in the sample, and of the whole table. */
  leftIndexes: Record<string, { items: number; estimated: number }>;
  /** Undefined if no item gets a new value of the attribute by which DynamoDB deletes items. */
  expiry?: ExpiryFigures | undefined;
  /** A few changed items, of different kinds first. */
  diffs: ItemDiff[];
  /** Names of attributes that were set or removed. */
  touched: string[];
  /** The items that the next version would find. */
  items: SampledItem[];
}

export interface FigureOptions {
  shape: TableShape;
  /** Max number of changed items that are shown before and after. */
  diffs: number;
  showValues: boolean;
  /** Undefined if the table has no time to live. */
  expiry?: Expiry | undefined;
}

export function figuresOf(trials: readonly TriedItem[], options: FigureOptions): TrialFigures {
  const { shape } = options;
  const figures = { counters: noTrialCounters(), estimated: noTrialCounters(), writeUnits: 0 };
  const indexUnits = new Map<string, number>();
  const leftIndexes = new Map<string, { items: number; estimated: number }>();
  const otherUnits = new Map<string, number>();
  const several = { items: 0, estimated: 0 };
  const expiry = options.expiry && new ExpiryCount(options.expiry);
  const touched = new Set<string>();
  const items: SampledItem[] = [];
  for (const { item, tried, error } of trials) {
    const { image: before, weight } = item;
    const count = (name: keyof TrialCounters, times = 1): void => {
      figures.counters[name] += times;
      figures.estimated[name] += times * weight;
    };
    count('scanned');
    if (error) count('failed');
    if (!tried) continue;
    const { decision, images } = tried;
    items.push(...images.map((image) => ({ image, weight })));
    if (!error) count(decision.outcome);
    if (!error && decision.outcome !== 'unchanged' && decision.differing) count('differing');
    if (decision.outcome !== 'changed') continue;

    const { change } = decision;
    const isDeleted = change.item.kind === 'delete';
    const others = change.others ?? [];
    if (!error) count('inserted', change.inserts.length + others.filter(({ kind }) => kind === 'put' || kind === 'update').length);
    for (const [table, units] of Object.entries(unitsOfOtherTables(change, shape)))
      otherUnits.set(table, (otherUnits.get(table) ?? 0) + units * weight);
    if (isLarge(change)) {
      several.items += 1;
      several.estimated += weight;
    }
    if (!error && isDeleted) count('deleted');
    figures.writeUnits += tableUnits(before, change) * weight;
    for (const index of shape.indexes) {
      const units = changeIndexUnits(before, change, index, shape) * weight;
      if (units > 0) indexUnits.set(index.name, (indexUnits.get(index.name) ?? 0) + units);
      if (!leavesIndex(before, change, index)) continue;
      const left = leftIndexes.get(index.name) ?? { items: 0, estimated: 0 };
      leftIndexes.set(index.name, { items: left.items + 1, estimated: left.estimated + weight });
    }
    const names = namesIn(change);
    for (const name of names) touched.add(name);
    if (error || !options.expiry) continue;
    if (change.item.kind === 'update' && names.includes(options.expiry.attribute))
      expiry?.count(afterUpdate(before, change.item.set, change.item.remove), weight);
    for (const image of itemsPut(change)) if (hasOtherValue(image, before, options.expiry.attribute)) expiry?.count(image, weight);
  }
  return {
    ...figures,
    indexUnits: Object.fromEntries(indexUnits),
    ...(otherUnits.size > 0 ? { otherUnits: Object.fromEntries(otherUnits) } : {}),
    ...(several.items > 0 ? { severalTransactions: several } : {}),
    leftIndexes: Object.fromEntries(leftIndexes),
    touched: [...touched].sort(),
    ...(expiry?.figures ? { expiry: expiry.figures } : {}),
    diffs: fewDiffs(trials, options),
    items,
  };
}

/** Items of the table itself that a change inserts, or merges into what is there. */
function itemsPut({ inserts, others = [] }: Change): Image[] {
  const own = others.filter(({ table }) => table === undefined);
  return [
    ...inserts,
    ...own.flatMap((other) =>
      other.kind === 'put' ? [other.image] : other.kind === 'update' ? [afterUpdate(other.image, other.set, other.remove)] : [],
    ),
  ];
}

/** False for an item that is moved with what it has. */
function hasOtherValue(image: Image, before: Image, name: string): boolean {
  return Object.hasOwn(image, name) && !sameAttribute(image, before, name);
}

/** The first change of each kind, then others. */
function fewDiffs(trials: readonly TriedItem[], { shape, diffs, showValues }: FigureOptions): ItemDiff[] {
  const kinds = new Set<string>();
  const first: ItemDiff[] = [];
  const more: ItemDiff[] = [];
  for (const { item, tried } of trials) {
    if (tried?.decision.outcome !== 'changed') continue;
    const kind = kindOfChange(tried.decision.change);
    const chosen = kinds.has(kind) ? more : first;
    kinds.add(kind);
    if (chosen.length < diffs) chosen.push(itemDiff(item.image, tried.decision.change, shape, showValues));
  }
  return [...first, ...more].slice(0, diffs);
}
