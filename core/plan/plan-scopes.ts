import { isIrreversible } from '../change/way-back.ts';
import { countOf } from '../count-of.ts';
import { RunError } from '../errors.ts';
import { budgetFor } from '../ledger/budget.ts';
import { listPrices, pricesFor } from '../ledger/limits/prices.ts';
import { scopedStep } from '../run/steps/step-scopes.ts';
import type { BoundContext } from '../transformation/contract.ts';
import { isFoundAgain, isInScope, type Scope } from '../transformation/scope.ts';
import type { Image } from '../values/attribute-value.ts';
import { itemSize } from '../values/item-size.ts';
import type { EstimateOptions } from './estimate/plan-estimate.ts';
import type { TableProfile } from './estimate/table-profile.ts';
import type { LoadedFile } from './local-file.ts';
import { about, items as inWords } from './number-text.ts';
import type { Finding } from './table-plan.ts';
import type { SampledItem } from './tried-item.ts';

/** Items of a scope. */
export interface ScopeSample {
  images: readonly Image[];
  /** The part of the scope's partitions that was read, from 0 to 1; of an index, 1 if all of it was read. */
  share: number;
  isWholeTable: boolean;
  readUnits: number;
}

export type ReadScope = (scope: Scope, count: number) => Promise<ScopeSample>;

/** The scope of a version with a sample of it. */
export interface PlannedScope {
  scope: Scope;
  items: readonly SampledItem[];
  isWholeTable: boolean;
  /** About how many items the scope has, and the read units of one pass over it. */
  count: number;
  passUnits: number;
}

interface ScopePorts {
  contextOf: (sequence: number) => BoundContext;
  /** If left out, the items of the table's sample that are in the scope stand for it. */
  readScope?: ReadScope | undefined;
  /** Of the table. */
  sample: readonly SampledItem[];
}

const sampledItems = 500;
/** An eventually consistent read costs half a unit for 4 KB, a strongly consistent one a unit. */
const bytesPerUnit = 8192;
const bytesPerItemUnit = 4096;

/**
 * The scopes of versions, each with a sample.
 *
 * @returns by sequence; of a version whose scope cannot be known, there is none, and a problem
 */
export async function planScopes(
  files: readonly LoadedFile[],
  profile: Pick<TableProfile, 'shape' | 'indexDetails'>,
  ports: ScopePorts,
): Promise<{ scopes: Map<number, PlannedScope>; problems: Finding[] }> {
  const scopes = new Map<number, PlannedScope>();
  const problems: Finding[] = [];
  for (const { sequence, checksum, transformation } of files) {
    if (!transformation.only) continue;
    try {
      const version = { context: ports.contextOf(sequence), version: undefined };
      const step = { sequence, checksum, prepares: false };
      const { scope } = scopedStep(step, { ...transformation, prepare: undefined }, profile, version);
      if (scope) scopes.set(sequence, await sampled(scope, profile, ports));
    } catch (error) {
      if (!(error instanceof RunError)) throw error;
      problems.push({ name: error.name, message: error.message, sequence });
    }
  }
  return { scopes, problems };
}

async function sampled(
  scope: Scope,
  { indexDetails = {} }: Pick<TableProfile, 'indexDetails'>,
  { readScope, sample }: ScopePorts,
): Promise<PlannedScope> {
  const index = scope.index && indexDetails[scope.index.name];
  if (!readScope) {
    const items = sample.filter(({ image }) => isInScope(scope)(image));
    const count = items.reduce((sum, { weight }) => sum + weight, 0);
    return { scope, items, isWholeTable: false, count, passUnits: 0 };
  }
  const { images, share, isWholeTable } = await readScope(scope, sampledItems);
  const found = images.length;
  const counted = scope.partitions ? found / Math.max(share, Number.EPSILON) : (index?.items ?? found);
  const count = isWholeTable ? found : Math.max(found, Math.round(counted));
  const bytesOfItem = found > 0 ? images.reduce((sum, image) => sum + itemSize(image), 0) / found : 0;
  return {
    scope,
    items: images.map((image) => ({ image, weight: found > 0 ? count / found : 1 })),
    isWholeTable,
    count,
    passUnits: passUnits(scope, count, bytesOfItem, index?.bytes ?? 0),
  };
}

function passUnits({ index, partitions, ref }: Scope, count: number, bytesOfItem: number, indexBytes: number): number {
  const requests = (partitions?.length ?? ref.segments) / 2;
  if (!index) return Math.ceil(Math.max(requests, (count * bytesOfItem) / bytesPerUnit));
  const keys = partitions ? requests : Math.max(requests, indexBytes / bytesPerUnit);
  return Math.ceil(keys + count * Math.max(1, Math.ceil(bytesOfItem / bytesPerItemUnit)));
}

/** What a version reads in place of the whole table, and what that saves. @param bytes of the table; undefined if not known */
export function scopeNotes(
  { sequence, transformation }: LoadedFile,
  { scope, count, passUnits: units }: PlannedScope,
  profile: TableProfile,
  bytes: number | undefined,
  { prices, budget }: EstimateOptions,
): Finding[] {
  const { partitions, index } = scope;
  const what = [
    ...(partitions ? [`${countOf(partitions.length, 'partition')}`] : ['what']),
    index ? `${partitions ? 'of index' : 'index'} ${JSON.stringify(index.name)}${partitions ? '' : ' shows'}` : 'of the table',
  ].join(' ');
  const notes: Finding[] = [];
  const note = (name: string, message: string): void => void notes.push({ name, message, sequence });
  if (partitions?.length === 0)
    note(
      'EmptyScope',
      'Its list of partitions is empty: a run reads nothing, and applies the version with 0 items. See what the list is made of.',
    );
  else
    note(
      'ReadsOnly',
      `It reads ${what}, about ${inWords(count)}: about ${about(units)} read units in a pass${savings(units, bytes, profile, { prices, budget })}.`,
    );
  // A way back by the journal reads only the items of which the journal tells.
  if (!isIrreversible(transformation) && !isFoundAgain(transformation, profile.shape))
    note(
      'DownReadsTable',
      'Down reads the whole table: the version inserts or deletes items, seeds some, or changes a key of the index, so that its items are not all found where it found them. transformDown then gets other items, too, and must leave those of the old shape.',
    );
  return notes;
}

function savings(
  units: number,
  bytes: number | undefined,
  profile: TableProfile,
  { prices, budget }: Pick<EstimateOptions, 'prices' | 'budget'>,
): string {
  if (bytes === undefined || units === 0) return '';
  const ofScan = Math.ceil(bytes / bytesPerUnit);
  const scan = `a scan of the table takes about ${about(ofScan)}`;
  if (ofScan <= units) return `, and ${scan}: without "only" it costs no more`;
  const { dynamodb } = pricesFor(prices, profile);
  const money = dynamodb && ((ofScan - units) * dynamodb.millionReadUnits) / 1_000_000;
  const rate = budgetFor(budget ?? {}, profile.throughputs, []).readUnits;
  const saved = [
    `${about(ofScan - units)} read units`,
    ...(money === undefined
      ? []
      : [money < 0.005 ? `less than 0.01 ${(prices ?? listPrices).currency}` : `${money.toFixed(2)} ${(prices ?? listPrices).currency}`]),
    ...(rate === undefined ? [] : [`${about(Math.ceil((ofScan - units) / rate))} seconds at ${about(rate)} units a second`]),
  ];
  return `; ${scan}, so that each pass saves ${saved.join(', ')}`;
}
