import { ItemError, RunError } from '../errors.ts';
import type { AttributeValue, Image } from '../values/attribute-value.ts';
import { Digest } from '../values/digest.ts';
import { encode } from '../values/encode-value.ts';
import { valueSize } from '../values/item-size.ts';
import { canonicalNumber } from '../values/number-value.ts';
import { passes, type SortKeyTest, sortKeyComparisons } from '../values/sort-key-test.ts';
import type { Index, KeyType, TableShape } from '../values/table-shape.ts';
import type { Transformation, TransformContext } from './contract.ts';
import { failing, listed, type ScopeContext, type Scoped } from './list-partitions.ts';
import type { KeyValue, SortKeyCondition } from './look.ts';
import { indexLagMs, isSameScope, isUnresolved, type ScopeRef } from './scope-ref.ts';

interface KeyAttribute {
  name: string;
  type: KeyType;
}

/** Which items of a table a version is about, and how they are found. */
export interface Scope {
  /** Undefined if the table itself is read. */
  index: Index | undefined;
  /** The attributes by which items are found: the keys of the index, or of the table. */
  keys: readonly KeyAttribute[];
  /** Each once; undefined for all of the index. */
  partitions: readonly AttributeValue[] | undefined;
  sortKey: SortKeyTest | undefined;
  ref: ScopeRef;
}

const maxPartitionKeyBytes = 2048;
/** Items that a worker settles by an index in a few seconds. */
const indexItemsPerSegment = 5000;
/** An index can hold far more than DynamoDB counted hours ago. */
const minIndexSegments = 4;

/**
 * The scope of a version in a run; undefined if the version is about all items.
 *
 * @param context with what `partitions` is called
 * @param itemsInIndex about how many items an index has, by DynamoDB's count
 * @throws RunError InvalidScope: when `partitions` throws, gives no list, gives another list when it is called again, or gives values that are
 *   no keys of the table or index
 */
export function scopeOf(
  { file, sequence, only }: Scoped,
  shape: TableShape,
  context: ScopeContext,
  itemsInIndex: (index: string) => number = () => 0,
): Scope | undefined {
  if (!only) return undefined;
  const { index, keys } = readBy(only, shape);
  // Code that the ledger keeps was checked when the table had other indexes.
  if (only.index !== undefined && !index)
    throw new RunError(
      'InvalidScope',
      `"only" in ${file ?? 'the file'} names index "${only.index}", which ${shape.name} does not have. Create the index again, or take the version with code that does not need it.`,
      { fields: { table: context.table, sequence, file } },
    );
  const lagMs = index?.kind === 'global' ? indexLagMs : undefined;
  if (!only.partitions) {
    const segments = Math.max(minIndexSegments, Math.ceil(itemsInIndex(only.index) / indexItemsPerSegment));
    return { index, keys, partitions: undefined, sortKey: undefined, ref: { kind: 'index', index: only.index, lagMs, segments } };
  }
  const fail = failing(file, sequence, context.table);
  const given = listed(only.partitions, { file, context, fail });
  const partitions = distinct(given.map((value, position) => encoded(value, keys[0], `number ${position + 1} of ${given.length}`, fail)));
  const sortKey = only.sortKey && testOf(only.sortKey, (value) => encoded(value, keys[1], 'the value of its sortKey', fail));
  const ref: ScopeRef = {
    kind: 'partitions',
    index: only.index,
    lagMs,
    partitions: partitions.length,
    checksum: checksumOf(partitions, sortKey),
    segments: Math.max(1, partitions.length),
  };
  return { index, keys, partitions, sortKey, ref };
}

/**
 * The scope with which a pass began, as the code gives it again.
 *
 * @param recorded undefined for all items
 * @throws RunError InvalidScope
 * @throws RunError ScopeChanged: when the code gives other partitions now
 */
export function recordedScope(
  recorded: ScopeRef | undefined,
  transformation: Scoped,
  shape: TableShape,
  context: ScopeContext,
): Scope | undefined {
  if (!recorded) return undefined;
  const scope = scopeOf(transformation, shape, context);
  refuseOtherScope(recorded, scope?.ref, transformation, context);
  return scope;
}

/** @throws RunError ScopeChanged: when the partitions are not those of the pass */
export function refuseOtherScope(
  recorded: ScopeRef,
  found: ScopeRef | undefined,
  { file, sequence }: Scoped,
  { table }: Pick<TransformContext, 'table'>,
): void {
  if (isUnresolved(recorded) || (found && isSameScope(recorded, found))) return;
  throw new RunError(
    'ScopeChanged',
    `The function of "only" in ${file ?? 'the file'} gives ${found?.partitions ?? 'no'} partitions, and others than the ${recorded.partitions} with which the pass of ${table} v${sequence} began. A crash would leave some of them out. Let the function depend on nothing but its argument (gather the list in prepare), deploy it, and redrive the execution.`,
    { fields: { table, sequence, file } },
  );
}

/** What is known of a scope whose partitions depend on a preparation. */
export function unresolvedScope({ only }: Pick<Transformation, 'only'>, shape: TableShape): ScopeRef | undefined {
  if (!only) return undefined;
  const lagMs = readBy(only, shape).index?.kind === 'global' ? indexLagMs : undefined;
  return { kind: only.partitions ? 'partitions' : 'index', index: only.index, lagMs, segments: minIndexSegments };
}

/** True if the partitions of a version are known only once its preparation is. */
export function needsPreparation({ only, prepare }: Pick<Transformation, 'only' | 'prepare'>): boolean {
  return prepare !== undefined && typeof only?.partitions === 'function';
}

/**
 * True if a run down can find by the scope all items that a run up by the same code and preparation wrote: neither inserts nor deletes nor
 * seeds, and no change of an attribute that decides whether an item is in the index.
 */
export function isFoundAgain({ only, declared, seed }: Pick<Transformation, 'only' | 'declared' | 'seed'>, shape: TableShape): boolean {
  if (!only || declared.inserts || declared.deletes || seed) return false;
  if (only.index === undefined) return true;
  const { keys } = readBy(only, shape);
  return !keys.some(({ name }) => declared.overwrites.includes(name) || declared.removes.includes(name));
}

/** Whether an item belongs to the scope, by what the table has of it. The image needs the attributes by which items are found. */
export function isInScope({ index, keys, partitions, sortKey }: Scope): (image: Image) => boolean {
  const known = partitions && new Set(partitions.map(valueText));
  return (image) => {
    const values = keys.map(({ name, type }) => {
      const value = Object.hasOwn(image, name) ? image[name] : undefined;
      return value && type in value ? value : undefined;
    });
    if (index && values.some((value) => value === undefined)) return false;
    const [partition, sort] = values;
    if (known && !(partition && known.has(valueText(partition)))) return false;
    return !sortKey || (sort !== undefined && passes(sortKey, sort));
  };
}

/** The transformation, also reading the attributes by which items are found: a change is conditional on them, too. */
export function readingScope<T extends Pick<Transformation, 'reads'>>(transformation: T, scope: Scope | undefined): T {
  const { reads } = transformation;
  if (!reads || !scope?.index) return transformation;
  return { ...transformation, reads: [...new Set([...reads, ...scope.keys.map(({ name }) => name)])] };
}

/** The partitions of one segment: one after the other from the list, so that large ones that stand side by side get several workers. */
export function partitionsOf({ partitions = [] }: Pick<Scope, 'partitions'>, segment: number, totalSegments: number): AttributeValue[] {
  return partitions.filter((_, position) => position % totalSegments === segment);
}

export const keyTypeInWords = { S: 'text', N: 'a number', B: 'binary' } satisfies Record<KeyType, string>;

/** The index that is read, and the keys by which. */
export function readBy(only: NonNullable<Transformation['only']>, shape: TableShape): Pick<Scope, 'index' | 'keys'> {
  if (only.index === undefined) return { index: undefined, keys: shape.keys };
  const index = shape.indexes.find(({ name }) => name === only.index);
  const typeOf = (name: string): KeyType => shape.indexKeys[name] ?? shape.keys.find((key) => key.name === name)?.type ?? 'S';
  return { index, keys: (index?.keys ?? []).map((name) => ({ name, type: typeOf(name) })) };
}

function encoded(value: KeyValue, key: KeyAttribute | undefined, what: string, fail: (problem: string) => RunError): AttributeValue {
  const type = key?.type ?? 'S';
  const made = encodedIfStorable(value, key?.name ?? '');
  if (!made || !(type in made)) throw fail(`must be ${keyTypeInWords[type]}, as the key "${key?.name}" is, and ${what} is not`);
  const bytes = valueSize(made);
  if (type !== 'N' && bytes === 0) throw fail(`must not be empty, and ${what} is`);
  if (bytes > maxPartitionKeyBytes) throw fail(`may have ${maxPartitionKeyBytes} bytes, and ${what} has ${bytes}`);
  return made;
}

function encodedIfStorable(value: KeyValue, name: string): AttributeValue | undefined {
  try {
    return encode(value, name);
  } catch (error) {
    if (error instanceof ItemError) return undefined;
    throw error;
  }
}

function distinct(values: readonly AttributeValue[]): AttributeValue[] {
  return [...new Map(values.map((value) => [valueText(value), value])).values()];
}

function testOf(condition: SortKeyCondition, encodeOne: (value: KeyValue) => AttributeValue): SortKeyTest {
  const { by, values } = conditionIn(condition);
  return { by, operands: values.map(encodeOne) };
}

/** Name and values of the one condition. */
export function conditionIn(condition: SortKeyCondition): { by: SortKeyTest['by']; values: readonly KeyValue[] } {
  for (const by of sortKeyComparisons) {
    const value = condition[by];
    if (value === undefined) continue;
    return { by, values: by === 'between' ? (condition.between ?? []) : isKeyValue(value) ? [value] : [] };
  }
  throw new TypeError('a sortKey has one condition');
}

function isKeyValue(value: KeyValue | readonly KeyValue[]): value is KeyValue {
  return !Array.isArray(value);
}

function checksumOf(partitions: readonly AttributeValue[], sortKey: SortKeyTest | undefined): string {
  const digest = new Digest();
  for (const value of partitions) digest.add(valueText(value));
  if (sortKey) for (const text of [sortKey.by, ...sortKey.operands.map(valueText)]) digest.add(text);
  return digest.toString();
}

/** One text for all spellings of a value. */
function valueText(value: AttributeValue): string {
  if ('S' in value) return `S${value.S}`;
  if ('N' in value) return `N${canonicalNumber(value.N)}`;
  return 'B' in value ? `B${[...value.B].join()}` : '';
}
