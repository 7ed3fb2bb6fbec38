import type { Control } from '../../core/ledger/control.ts';
import type { GivenValues } from '../../core/ledger/given.ts';
import { ownValue } from '../../core/own-value.ts';
import type { BoundContext } from '../../core/transformation/contract.ts';
import { environment } from './environment.ts';
import { log } from './log.ts';
import type { PublishedTables } from './published-tables.ts';
import { documentClient } from './team-lookups.ts';

/** The physical name of a table to look things up in: that of the stack, the run's own, or the name itself. */
export function tableNamesFor(table: string, tableName: string): (name: string) => string {
  return (name) => ownValue(environment.lookupTables, name) ?? (name === table ? tableName : name);
}

/** The physical name of another table, into which versions insert. */
export function physicalName(table: string, published: PublishedTables): string {
  return ownValue(environment.lookupTables, table) ?? published.tableName(table);
}

/** The context that the functions of a sequence receive in a run. */
export function contextOf(
  { table, shape, direction, dryRun }: Pick<Control, 'table' | 'shape' | 'direction' | 'dryRun'>,
  sequence: number,
  preparation: unknown,
  given: GivenValues,
): BoundContext {
  const tableNameOf = tableNamesFor(table, shape.name);
  return { table, tableName: shape.name, sequence, direction, dryRun, preparation, ...given, tableNameOf, documentClient, log };
}
