import { sortKeyComparisons } from '../values/sort-key-test.ts';
import type { KeyValue, SortKeyCondition } from './look.ts';
import type { AnyParameters, GivenParameters } from './parameters/parameter-types.ts';

/** With what `partitions` is called if it is a function. */
export interface OnlyContext<Preparation = unknown, Parameters = AnyParameters> {
  /** The values for what the file exports as `parameters`. */
  parameters: GivenParameters<Parameters>;
  /** When the run began that applies the version, in milliseconds since 1970. The only clock that may decide on partitions. */
  startedAt: number;
  /** What `prepare` gathered; undefined if the file exports no `prepare`. */
  preparation: Preparation;
}

/** Values of the partition key, or a function that returns them. It must return the same list whenever it is called in one run. */
export type Partitions<Preparation = unknown, Parameters = AnyParameters> =
  | readonly KeyValue[]
  | ((context: OnlyContext<Preparation, Parameters>) => readonly KeyValue[]);

/** Which items of the table a version is about: those of some partitions, or those in an index, or those of some partitions of an index. */
export type Only<Preparation = unknown, Parameters = AnyParameters> =
  | {
      /** Partitions of the table. */
      readonly partitions: Partitions<Preparation, Parameters>;
      /** Of these partitions, only items with such sort keys. */
      readonly sortKey?: SortKeyCondition;
      /** Left out: items are found in the table. */
      readonly index?: never;
    }
  | {
      /** The name of a secondary index. */
      readonly index: string;
      /** Left out: all partitions of the index. */
      readonly partitions?: never;
      /** It can be given only with partitions. */
      readonly sortKey?: never;
    }
  | {
      /** The name of a secondary index. */
      readonly index: string;
      /** Partitions of the index. */
      readonly partitions: Partitions<Preparation, Parameters>;
      /** Of these partitions, only items with such sort keys of the index. */
      readonly sortKey?: SortKeyCondition;
    };

/** Max partitions of one version: each worker holds the list. */
const maxPartitions = 250_000;

/** Why a value cannot be exported as `only`, as what follows its name; undefined if it can. What depends on the table is checked later. */
export function onlyProblem(value: unknown): string | undefined {
  if (!isRecord(value)) return 'must be an object such as { partitions: [...] } or { index: "..." }';
  const unknown = Object.keys(value).find((name) => !['partitions', 'index', 'sortKey'].includes(name));
  if (unknown !== undefined) return `has a field "${unknown}", which means nothing. Its fields are partitions, sortKey and index`;
  const { partitions, index, sortKey } = value;
  if (index !== undefined && (typeof index !== 'string' || index === '')) return 'must name an index by a text that is not empty';
  if (partitions === undefined && index === undefined) return 'must have partitions, an index, or both';
  if (partitions === undefined && sortKey !== undefined)
    return 'has sortKey and no partitions: a condition on the sort key holds within partitions. Add partitions, or remove sortKey';
  if (partitions !== undefined && !Array.isArray(partitions) && typeof partitions !== 'function')
    return 'must have partitions that are an array of partition key values, or a function that returns one';
  return (
    (Array.isArray(partitions) ? partitionsProblem(partitions) : undefined) ?? (sortKey === undefined ? undefined : sortKeyProblem(sortKey))
  );
}

/** Why a list cannot be one of partitions, as what follows its name; undefined if it can. Without the values, which could be item data. */
export function partitionsProblem(list: readonly unknown[]): string | undefined {
  if (list.length > maxPartitions)
    return `has ${list.length} partitions, and a version takes up to ${maxPartitions}. Divide them among several versions, or use an index, or leave "only" out and return undefined for the other items`;
  const wrong = list.findIndex((element) => kindOf(element) === undefined);
  if (wrong !== -1)
    return `has a partition that is no key value: number ${wrong + 1} of ${list.length}. Use strings, numbers or Uint8Array`;
  const other = list.findIndex((element) => kindOf(element) !== kindOf(list[0]));
  if (other !== -1) return `has partitions of two types: number ${other + 1} of ${list.length} is not of the type of the first`;
  return undefined;
}

function sortKeyProblem(value: unknown): string | undefined {
  const names = `{ ${sortKeyComparisons.join(' | ')}: … }`;
  if (!isRecord(value)) return `must have a sortKey such as ${names}`;
  const [name, second] = Object.keys(value);
  if (name === undefined || second !== undefined) return `must have a sortKey with exactly one condition: ${names}`;
  if (!sortKeyComparisons.some((known) => known === name)) return `has a sortKey with "${name}", which is no condition: ${names}`;
  const operand = value[name];
  const operands: unknown[] = name === 'between' && Array.isArray(operand) ? operand : [operand];
  if (name === 'between' && operands.length !== 2) return 'must have a sortKey whose "between" is an array of two values: [from, to]';
  if (operands.some((one) => kindOf(one) === undefined))
    return `has a sortKey whose "${name}" is no key value. Use a string, a number or Uint8Array`;
  if (kindOf(operands[0]) !== kindOf(operands.at(-1))) return 'has a sortKey whose "between" has values of two types';
  if (name === 'beginsWith' && kindOf(operand) === 'N')
    return 'has a sortKey whose "beginsWith" is a number: only text and binary begin with something';
  return undefined;
}

/** The type that DynamoDB gives a value as a key; undefined if it can be no key. */
export function kindOf(value: unknown): 'S' | 'N' | 'B' | undefined {
  if (typeof value === 'string') return 'S';
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value))) return 'N';
  if (value instanceof Uint8Array) return 'B';
  return typeof value === 'object' && value !== null && 'toAttributeValue' in value ? 'N' : undefined;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
