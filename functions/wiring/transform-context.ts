import type { Control } from '../../core/ledger/control.ts';
import type { GivenValues } from '../../core/ledger/given.ts';
import { ownValue } from '../../core/own-value.ts';
import type { BoundContext } from '../../core/transformation/contract.ts';
import { environment } from './environment.ts';
import { type PublishedTables, publishedTables } from './published-tables.ts';
import { teamLog } from './team-log.ts';
import { documentClient } from './team-lookups.ts';

/**
 * Physical names of tables by the names of the stack, as `look` resolves them; the run's own table has that of the run.
 *
 * @param run if given, the catalog is read once for its invocations in this container, and not by each: a run can have 10,000 segments
 */
export async function tableNamesFor(table: string, tableName: string, run?: string): Promise<(name: string) => string> {
  const published = await (run === undefined ? publishedTables() : publishedFor(run));
  return (name) => ownValue(environment.lookupTables, name) ?? (name === table ? tableName : published.tableName(name));
}

let kept: { run: string; tables: Promise<PublishedTables> } | undefined;

function publishedFor(run: string): Promise<PublishedTables> {
  if (kept?.run !== run) {
    const tables = publishedTables();
    kept = { run, tables };
    tables.catch(() => {
      kept = undefined;
    });
  }
  return kept.tables;
}

/** The physical name of another table, which the stack gives for look-ups or to be transformed. */
export function physicalName(table: string, published: PublishedTables): string {
  return ownValue(environment.lookupTables, table) ?? published.tableName(table);
}

/** The context that the functions of a sequence receive in a run, or in a trial before one. */
export async function contextOf(
  { run, table, shape, direction, dryRun }: Pick<Control, 'table' | 'shape' | 'direction' | 'dryRun'> & Partial<Pick<Control, 'run'>>,
  sequence: number,
  preparation: unknown,
  given: GivenValues,
): Promise<BoundContext> {
  const tableNameOf = await tableNamesFor(table, shape.name, run);
  return { table, tableName: shape.name, sequence, direction, dryRun, preparation, ...given, tableNameOf, documentClient, log: teamLog };
}
