import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { assumedRole } from '../../aws/lookups/assumed-role.ts';
import { LookupTables } from '../../aws/lookups/lookup-tables.ts';
import { readOnlyDocumentClient } from '../../aws/lookups/read-only-document-client.ts';
import { SignedWire } from '../../aws/table/signed-wire.ts';
import { withoutQuotes } from '../../aws/unreadable-answer.ts';
import type { LookupPort, LookupSource } from '../../core/lookup/lookup-port.ts';
import { ownValue } from '../../core/own-value.ts';
import { requestTimeouts } from './clients/request-timeouts.ts';
import { environment } from './environment.ts';
import { publishedTables } from './published-tables.ts';

/** Lookups by transformations use a separate read-only role, because the roles of the functions may write. */
const reader = withoutQuotes(new DynamoDBClient(environment.readerRole ? { credentials: assumedRole(environment.readerRole) } : {}));

let note: (readUnits: number) => void = () => {};

export const documentClient = readOnlyDocumentClient(reader, (readUnits) => note(readUnits));

let port: LookupPort | undefined;

/** Made if it is needed: most transformations look nothing up. */
function lookupPort(): LookupPort {
  if (port) return port;
  const client = withoutQuotes(new DynamoDBClient({ credentials: reader.config.credentials, requestHandler: requestTimeouts }));
  port = new LookupTables(client, new SignedWire(client));
  return port;
}

/** What the functions of the team look things up in. */
export const teamLookups: LookupSource = {
  port: {
    describe: (tableName) => lookupPort().describe(tableName),
    getItems: (tableName, keys, consistent) => lookupPort().getItems(tableName, keys, consistent),
    queryPage: (request) => lookupPort().queryPage(request),
  },
  // A table that the stack does not name may be one that it transforms.
  tableNameOf: async (table) => ownValue(environment.lookupTables, table) ?? (await publishedTables()).tableName(table),
  noteOthers: (spent) => {
    note = spent;
  },
};
