import { checkExports } from '../../core/transformation/check-exports.ts';
import type { Direction, Item, Transformation, TransformResult } from '../../core/transformation/contract.ts';
import type { Look } from '../../core/transformation/look.ts';
import type { Only } from '../../core/transformation/only.ts';
import { insert, remove } from '../../core/transformation/other-items.ts';
import { isFoundAgain } from '../../core/transformation/scope.ts';
import { decodeImage, type Image } from '../../core/values/attribute-value.ts';
import { encodeItem } from '../../core/values/encode-value.ts';
import type { TableShape } from '../../core/values/table-shape.ts';

/** A version of a table, made of rules that can be combined. */
export interface VersionSpec {
  direction: Direction;
  sortKey: boolean;
  /** Adds attributes, each from another one where that is present, or from nothing. */
  fills: { name: 'x' | 'y' | '#x'; from: 'a' | 'b' | 'nothing' }[];
  /** Changes `b` into its normal form, or writes `o` as derived from `a`. */
  overwrites: 'b' | 'o' | undefined;
  /** Removes an attribute. */
  removes: 'r' | ':r' | undefined;
  /** Inserts a child of each item that has `a`, guarded by `guard`. */
  inserts: boolean;
  /** Deletes items that have `d`; `unlessKept`: not those that have `keep`, an attribute that no version declares. */
  deletes: 'always' | 'unlessKept' | undefined;
  /** Replaces each item by one under another key. */
  rekeys: boolean;
  /** The first fill prefers `nick`, an attribute that is not declared, over its source. */
  prefersNick: boolean;
  /** Declares which attributes it reads. */
  reads: boolean;
  /** The application counts up `version` with each of its writes. */
  versionAttribute: boolean;
  /** Seeds two items. */
  seeds: boolean;
  /** Leaves out `transformDown` if it can be derived. */
  derivesDown: boolean;
  /** The function is slow. */
  async: boolean;
  /** Which items it is about: those of two partitions, those that have `g`, or those whose `g` is `p`; left out for all items. */
  only?: 'partitions' | 'index' | 'partitionOfIndex';
  /** What it writes to `o` is looked up in another table, of which one item changes now and then. Only on the way up. */
  looks?: boolean;
  /** Inserts other items with `insert()`, without a mark; left out for none. On the way down, the table begins with them. */
  others?: OthersSpec;
}

export interface OthersSpec {
  /** The number of children of each item that has `a`. */
  children: number;
  onExisting: 'fail' | 'keep' | 'merge';
  /** Every other child goes into the second table. */
  second: boolean;
  /** Items that have `d` are moved to the second table. */
  moves: boolean;
}

/** An item that shall be there; on the way down, one that shall not be there as it was inserted. */
export interface Asked {
  does: 'insert' | 'takeBack';
  /** Logical name; undefined for the version's own table. */
  table: string | undefined;
  image: Image;
  onExisting: OthersSpec['onExisting'];
}

/** A version as the engine knows it, and as the serial execution applies it. */
export interface Version {
  spec: VersionSpec;
  shape: TableShape;
  direction: Direction;
  transformation: Transformation;
  /** It is about some items only, in its direction. */
  isScoped: boolean;
  /** The function of the direction; undefined if it is derived. */
  transform: ((item: Item) => TransformResult) | undefined;
  /** The attributes that the application writes: those that the version reads and writes, and some that it does not declare. */
  names: readonly string[];
  /** What look-ups have answered so far, the last one last, and the one with which `transform` is called. */
  looked: { answers: string[]; answer: string };
  /** The other items that an item asks for. */
  asks(image: Image): Asked[];
  /** What the version gives an item, by name, for attributes that derive from others. */
  derived(item: Item): Map<string, string>;
}

const onlyOf = {
  partitions: { partitions: ['0', '2', 'new:0'] },
  index: { index: 'byG' },
  partitionOfIndex: { index: 'byG', partitions: ['p'] },
} satisfies Record<string, Only>;

export const childSuffix = '-child';
export const newKeyPrefix = 'new:';
/** The logical name of the other table. */
export const secondTable = 'Second';
const secondShape: TableShape = { name: 'second', keys: [{ name: 'id', type: 'S' }], indexKeys: {}, indexes: [] };
const seedIds = ['4', '5'];

/** @param pause awaited within the function */
export function versionOf(spec: VersionSpec, pause: () => Promise<void> = async () => {}): Version {
  const looked = { answers: ['0'], answer: '0' };
  const up = (item: Item): TransformResult => transformUp(spec, item, looked.answer);
  const lookingUp = async (item: Item, { look }: { look: Look }): Promise<TransformResult> => {
    const rate = await look['rates']?.get<{ rate: string }>({ id: 'rate' });
    const again = await look['rates']?.get<{ rate: string }>({ id: 'rate' });
    if (rate?.rate !== again?.rate) throw new RangeError('two answers in one decision');
    return transformUp(spec, item, rate?.rate);
  };
  const upWithOthers = (item: Item): TransformResult => withOthers(spec, item, up(item));
  const down = (item: Item): TransformResult => transformDown(spec, item);
  const slowly = (transform: typeof up) => (spec.async ? (item: Item) => pause().then(() => transform(item)) : transform);
  const adds = [...spec.fills.map(({ name }) => name), ...(spec.inserts ? ['guard'] : [])];
  const { others } = spec;
  const deletes = spec.deletes !== undefined || spec.rekeys || (others?.moves ?? false);
  const onlyFills = !spec.overwrites && !spec.removes && !spec.inserts && !deletes;
  const derived = spec.derivesDown && onlyFills;
  const mayDeleteOthers = spec.inserts || (others !== undefined && !derived);
  const readsSome = spec.reads && !deletes && !spec.seeds && !(mayDeleteOthers && spec.direction === 'down');
  const reads = ['a', 'b', 'parent', ...(spec.prefersNick ? ['nick'] : [])];
  const transformation = checkExports(
    {
      sequence: 1,
      adds,
      overwrites: spec.overwrites ? [spec.overwrites] : [],
      removes: spec.removes ? [spec.removes] : [],
      inserts: others ? { onExisting: others.onExisting === 'merge' ? merge : others.onExisting } : spec.inserts || spec.rekeys,
      ...(others?.second || others?.moves ? { writes: [secondTable] } : {}),
      deletes,
      ...(readsSome ? { reads } : {}),
      ...(spec.versionAttribute ? { versionAttribute: 'version' } : {}),
      ...(spec.seeds ? { seed: seedIds.map((id) => ({ ...sortKeyOf(spec, { sort: Number(id) }), id, a: 'p' })) } : {}),
      ...(spec.only ? { only: onlyOf[spec.only] } : {}),
      ...(spec.looks ? { lookups: { rates: 'Rates' } } : {}),
      transformUp: spec.looks ? lookingUp : slowly(upWithOthers),
      ...(derived || (others && spec.direction === 'up') || (readsSome && spec.inserts) ? {} : { transformDown: slowly(down) }),
    },
    'Model/v1.ts',
  );
  const shape: TableShape = {
    name: 'model',
    keys: [{ name: 'id', type: 'S' as const }, ...(spec.sortKey ? [{ name: 'sort', type: 'N' as const }] : [])],
    indexKeys: spec.only === 'index' || spec.only === 'partitionOfIndex' ? { g: 'S' } : {},
    indexes: spec.only === 'index' || spec.only === 'partitionOfIndex' ? [{ name: 'byG', kind: 'global', keys: ['g'], projected: [] }] : [],
    ...(others ? { others: { [secondTable]: secondShape } } : {}),
  };
  const isScoped = spec.only !== undefined && (spec.direction === 'up' || isFoundAgain(transformation, shape));
  return {
    spec,
    shape,
    isScoped,
    direction: spec.direction,
    transformation,
    transform: spec.direction === 'up' ? up : derived ? undefined : down,
    names: [
      'a',
      ...adds,
      ...(spec.overwrites ? [spec.overwrites] : []),
      ...(spec.removes ? [spec.removes] : []),
      ...(spec.fills.some(({ from }) => from === 'b') ? ['b'] : []),
      ...(spec.deletes ? ['d', 'd', 'keep'] : []),
      ...(others?.moves ? ['d'] : []),
      ...(others ? ['content', 'content'] : []),
      ...(spec.prefersNick ? ['nick'] : []),
      ...(spec.only && spec.only !== 'partitions' ? ['g', 'g', 'g'] : []),
      'undeclared',
    ],
    asks: (image) => asked(spec, decodeImage(image)),
    looked,
    derived: (item) => derivedAttributes(spec, item, looked.answer),
  };
}

/** Whether a version is about an item: independent of the code under test. */
export function isAbout({ spec, isScoped }: Pick<Version, 'spec' | 'isScoped'>, { id, g }: Image): boolean {
  if (!isScoped) return true;
  switch (spec.only) {
    case 'partitions':
      return id !== undefined && 'S' in id && ['0', '2', 'new:0'].includes(id.S);
    case 'index':
      return g !== undefined && 'S' in g;
    case 'partitionOfIndex':
      return g !== undefined && 'S' in g && g.S === 'p';
    default:
      return true;
  }
}

function transformUp(spec: VersionSpec, item: Item, answer?: string): TransformResult {
  if (item['parent'] !== undefined) return undefined;
  if (spec.others?.moves && item['d'] !== undefined) return [];
  if (spec.deletes && item['d'] !== undefined && !(spec.deletes === 'unlessKept' && item['keep'] !== undefined)) return [];
  const next: Item = { ...item };
  for (const [name, value] of derivedAttributes(spec, item, answer))
    if (!(spec.rekeys && name !== 'o' && next[name] !== undefined)) next[name] = value;
  if (spec.overwrites === 'b' && typeof item['b'] === 'string' && !item['b'].endsWith('~')) next['b'] = `${item['b']}~`;
  if (spec.removes) delete next[spec.removes];

  const results: Item[] = [];
  if (spec.inserts && typeof item['a'] === 'string' && item['guard'] === undefined) {
    next['guard'] = true;
    results.push({ ...sortKeyOf(spec, item), id: `${item['id']}${childSuffix}`, parent: String(item['id']), content: `of ${item['a']}` });
  }
  if (spec.rekeys && !String(item['id']).startsWith(newKeyPrefix)) next['id'] = `${newKeyPrefix}${item['id']}`;
  return [next, ...results];
}

/** The same with what `insert()` and `remove()` say. */
function withOthers(spec: VersionSpec, item: Item, own: TransformResult): TransformResult {
  const asks = askedItems(spec, item);
  if (asks.length === 0) return own;
  const items = Array.isArray(own) ? own : [];
  const inserts = asks.map(({ table, other }) => (table === undefined ? insert(other) : insert(other, { table })));
  return [...(items.length > 0 ? items : [remove()]), ...inserts];
}

function asked(spec: VersionSpec, item: Item): Asked[] {
  const does = spec.direction === 'up' ? 'insert' : 'takeBack';
  const onExisting = spec.others?.onExisting ?? 'fail';
  return askedItems(spec, item).map(({ table, other }) => ({ does, table, image: encodeItem(other), onExisting }));
}

function askedItems(spec: VersionSpec, item: Item): { table: string | undefined; other: Item }[] {
  const { others } = spec;
  const own = transformUp(spec, item);
  if (!others || item['parent'] !== undefined) return [];
  const parent = String(item['id']);
  if (others.moves && item['d'] !== undefined)
    return [{ table: secondTable, other: { id: `${parent}${childSuffix}`, parent, content: 'moved' } }];
  const isDeleted = Array.isArray(own) && own.length === 0;
  if (typeof item['a'] !== 'string' || isDeleted) return [];
  const content = `from ${item['a']}`;
  return Array.from({ length: others.children }, (_, child) => {
    const table = others.second && child % 2 === 1 ? secondTable : undefined;
    const number = others.second ? Math.floor(child / 2) : child;
    const id = `${parent}${childSuffix}${number || ''}`;
    return { table, other: { ...(table === undefined ? sortKeyOf(spec, item) : {}), id, parent, content } };
  });
}

/** As `onExisting`: it only looks at what it writes. */
function merge(existing: Item, given: Item): Item {
  return { ...existing, content: given['content'] ?? '' };
}

function transformDown(spec: VersionSpec, item: Item): TransformResult {
  if (item['parent'] !== undefined) return spec.inserts && !(spec.deletes === 'unlessKept' && item['keep'] !== undefined) ? [] : undefined;
  const next: Item = { ...item };
  for (const { name } of spec.fills) delete next[name];
  if (spec.overwrites === 'b' && typeof item['b'] === 'string' && item['b'].endsWith('~')) next['b'] = item['b'].slice(0, -1);
  if (spec.overwrites === 'o') delete next['o'];
  if (spec.removes && next[spec.removes] === undefined) next[spec.removes] = 'restored';
  if (spec.inserts) delete next['guard'];
  if (spec.rekeys && String(item['id']).startsWith(newKeyPrefix)) next['id'] = String(item['id']).slice(newKeyPrefix.length);
  return next;
}

/** Also what live code of both shapes keeps up to date. */
function derivedAttributes(spec: VersionSpec, item: Item, answer?: string): Map<string, string> {
  const derived = new Map<string, string>();
  for (const [index, { name, from }] of spec.fills.entries()) {
    const preferred = spec.prefersNick && index === 0 ? item['nick'] : undefined;
    const source = preferred ?? (from === 'nothing' ? from : item[from]);
    if (typeof source === 'string') derived.set(name, `from ${source}`);
  }
  if (spec.overwrites === 'o' && typeof item['a'] === 'string') derived.set('o', spec.looks ? `rate ${answer}` : `from ${item['a']}`);
  return derived;
}

function sortKeyOf({ sortKey }: VersionSpec, item: Item): Item {
  return sortKey ? { sort: item['sort'] ?? 0 } : {};
}
