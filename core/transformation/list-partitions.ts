import { RunError } from '../errors.ts';
import type { Transformation, TransformContext } from './contract.ts';
import type { KeyValue } from './look.ts';
import { type OnlyContext, type Partitions, partitionsProblem } from './only.ts';
import { sourceLocation, thrownName } from './thrown-error.ts';

export type ScopeContext = Pick<TransformContext, 'table' | 'preparation' | 'parameters' | 'startedAt'>;
export type Scoped = Pick<Transformation, 'file' | 'sequence' | 'only'>;

/**
 * The values of `partitions`, as far as they can be known without a table.
 *
 * @throws RunError InvalidScope: when they cannot be listed
 */
export function listPartitions({ file, sequence, only }: Scoped, context: ScopeContext): readonly KeyValue[] {
  if (!only?.partitions) return [];
  return listed(only.partitions, { file, context, fail: failing(file, sequence, context.table) });
}

interface Listing {
  file: string | undefined;
  context: ScopeContext;
  fail: (problem: string) => RunError;
}

/** As the file gives them: a list, or a function that gives one. It is called twice: workers call it again, and must get the same list. */
export function listed(partitions: Partitions, { file, context, fail }: Listing): readonly KeyValue[] {
  if (typeof partitions !== 'function') return partitions;
  const given = onlyContextOf(context);
  const list = listBy(partitions, given, file, fail);
  const again = listBy(partitions, given, file, fail);
  const differing = list.length === again.length ? list.findIndex((value, position) => textOf(value) !== textOf(again[position])) : 0;
  if (differing !== -1)
    throw fail(
      'are others each time its function is called, and each worker calls it. Let the function depend on nothing but its argument: no clock, no random value, no file',
    );
  return list;
}

export function failing(file: string | undefined, sequence: number, table: string): (problem: string) => RunError {
  return (problem) =>
    new RunError('InvalidScope', `The partitions of "only" in ${file ?? 'the file'} ${problem}.`, { fields: { table, sequence, file } });
}

function listBy(
  partitions: (context: OnlyContext) => unknown,
  context: OnlyContext,
  file: string | undefined,
  fail: (problem: string) => RunError,
): readonly KeyValue[] {
  let list: unknown;
  try {
    list = partitions(context);
  } catch (error) {
    // The message may hold item data.
    const place = sourceLocation(error, file);
    throw fail(
      `cannot be listed, as its function threw ${thrownName(error)}${place ? ` (${place})` : ''}. Mend the function and deploy it`,
    );
  }
  if (!Array.isArray(list))
    throw fail(
      `cannot be listed, as its function returned ${list instanceof Promise ? 'a promise' : 'no array'}. Return an array of key values; gather them in prepare`,
    );
  const problem = partitionsProblem(list);
  if (problem) throw fail(`cannot be listed: the list ${problem}`);
  return list;
}

function onlyContextOf({ preparation, parameters, startedAt }: ScopeContext): OnlyContext {
  return { preparation, parameters, startedAt };
}

function textOf(value: unknown): string {
  return value instanceof Uint8Array ? [...value].join() : `${typeof value} ${String(value)}`;
}
