import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient, GetCommand } from '@aws-sdk/lib-dynamodb';
import { LookupTables } from '../../aws/lookups/lookup-tables.ts';
import { Table } from '../../aws/table/table.ts';
import type { Item, Transform } from '../../core/transformation/contract.ts';
import type { Lookups } from '../../core/transformation/look.ts';
import { tableClient, tableWire } from '../../functions/wiring/clients/table-client.ts';
import { systemClock } from '../../functions/wiring/system-clock.ts';
import type { Contender } from '../contender.ts';
import { type Code, runSegment } from '../run-segment.ts';

/** Number of groups that the items belong to. */
const groups = 1000;

function numberOf(user: Item): number {
  return Number(String(user['id']).slice('user-'.length));
}

/** The split of a name, by what the item's group says. */
function split(user: Item, group: { separator?: unknown } | undefined): Item {
  const [firstName = '', ...rest] = String(user['fullName']).split(String(group?.separator));
  return { ...user, firstName, lastName: rest.join(' ') };
}

const byGroup: Transform = async (user, { look }) => split(user, await look['groups']?.get({ id: `g${numberOf(user) % groups}` }));
const byOwnGroup: Transform = async (user, { look }) => split(user, await look['groups']?.get({ id: `g${numberOf(user)}` }));
const byPreparation: Transform = async (user, { preparation }) => split(user, Object(preparation)[`g${numberOf(user) % groups}`]);

/** A worker whose function needs an item of another table for each item. */
function worker(codeFor: (tableName: string) => Code): Contender {
  return async (table, shape) => {
    const at = new Table(tableWire, table, undefined);
    const checkpoint = await runSegment(systemClock, table, shape, at, Number.POSITIVE_INFINITY, codeFor(table.name));
    return checkpoint?.counters.scanned ?? 0;
  };
}

function lookingUpBy(transformUp: Transform, declared: Lookups): Contender {
  const tables = new LookupTables(tableClient, tableWire);
  return worker((tableName) => ({
    transformUp,
    declared,
    lookups: {
      port: {
        describe: async (name) => ({ name, keys: [{ name: 'id', type: 'S' }], indexKeys: {}, indexes: [] }),
        getItems: (...asked) => tables.getItems(...asked),
        queryPage: (asked) => tables.queryPage(asked),
      },
      tableNameOf: () => `${tableName}Groups`,
    },
  }));
}

const client = new DynamoDBClient({ maxAttempts: 1, requestHandler: { httpAgent: { maxSockets: 64 } } });

export const lookingUp: Record<string, Contender> = {
  prepared: worker(() => ({
    transformUp: byPreparation,
    preparation: Object.fromEntries(Array.from({ length: groups }, (_, n) => [`g${n}`, { separator: ' ' }])),
  })),
  lookedUp: lookingUpBy(byGroup, { groups: 'Groups' }),
  lookedUpDistinct: lookingUpBy(byOwnGroup, { groups: 'Groups' }),
  lookedUpKept: lookingUpBy(byGroup, { groups: { table: 'Groups', cache: 'segment' } }),
  lookedUpByClient: worker((tableName) => {
    const documents = DynamoDBDocumentClient.from(client);
    const transformUp: Transform = async (user) => {
      const Key = { id: `g${numberOf(user) % groups}` };
      const { Item: group } = await documents.send(new GetCommand({ TableName: `${tableName}Groups`, Key }));
      return split(user, group);
    };
    return { transformUp };
  }),
};
