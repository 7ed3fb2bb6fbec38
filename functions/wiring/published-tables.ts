import { readCatalog } from '../../aws/ledger/catalog.ts';
import { ownValue } from '../../core/own-value.ts';
import type { StageParameters } from '../../core/transformation/catalog.ts';
import { retryingClient } from './clients/retrying-client.ts';
import { environment } from './environment.ts';

/** The tables of the service, as the last deploy published them in the catalog. */
export interface PublishedTables {
  /** Logical names. */
  names: readonly string[];
  /** Physical name; that of a table which no deploy names is the name of its folder. */
  tableName(table: string): string;
  /** What the deployment gives to parameters of the table's versions. */
  parameters(table: string): StageParameters | undefined;
  /** True if the team's stack accepts that replicas of the table may lose writes. */
  acceptsLastWriterWins(table: string): boolean;
  /** True if the table's stream is followed: functions/follow-stream.ts. */
  follows(table: string): boolean;
}

/** Read by each invocation that needs it, since a deploy may change tables and no code. */
export async function publishedTables(): Promise<PublishedTables> {
  const tables = (await readCatalog(retryingClient, environment.ledger))?.tables ?? {};
  return {
    names: Object.keys(tables),
    tableName: (table) => ownValue(tables, table)?.tableName ?? table,
    parameters: (table) => ownValue(tables, table)?.parameters,
    acceptsLastWriterWins: (table) => ownValue(tables, table)?.acceptsLastWriterWins ?? false,
    follows: (table) => ownValue(tables, table)?.follows ?? false,
  };
}
