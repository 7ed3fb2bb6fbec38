import type { AttributeValue, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import type { SFNClient } from '@aws-sdk/client-sfn';
import * as z from 'zod';
import { toRecord } from '../../aws/ledger/ledger-record.ts';

type RawRecord = Record<string, AttributeValue>;

const Values = z.record(z.string(), z.object({ S: z.string().optional() })).default({});
/** Of GetItem and Query, what an answer depends on. */
const LedgerInput = z.object({
  TableName: z.string().default(''),
  Key: Values,
  ExpressionAttributeValues: Values,
  ScanIndexForward: z.boolean().default(true),
  Limit: z.number().optional(),
});

/** A ledger behind a client of the SDK: it answers GetItem and Query from records in memory, and notes when each request came. */
export class LedgerDouble {
  /** When each request came, by the clock, and what it asked for. */
  readonly requests: { at: number; asked: string }[] = [];
  /** Each request fails. */
  isBroken = false;
  readonly #records = new Map<string, RawRecord>();
  readonly #now: () => number;

  constructor(client: DynamoDBClient, now: () => number) {
    this.#now = now;
    client.middlewareStack.add(
      (_, context) =>
        async ({ input }) => ({ response: {}, output: this.#answer(context['commandName'], input) }),
      { step: 'initialize', priority: 'high' },
    );
  }

  put(key: { pk: string; sk: string }, record: object): void {
    this.#records.set(`${key.pk} ${key.sk}`, toRecord({ ...record, ...key }));
  }

  /** Requests from one time to another. */
  between(from: number, to: number): number {
    return this.requests.filter(({ at }) => at >= from && at < to).length;
  }

  #answer(command: unknown, asked: object): { $metadata: object; Item?: RawRecord; Items?: RawRecord[] } {
    const { TableName, Key, ExpressionAttributeValues: values, ScanIndexForward, Limit } = LedgerInput.parse(asked);
    const $metadata = {};
    if (this.isBroken) throw new Error('The double is broken.');
    if (!TableName.endsWith('-ledger')) return { $metadata };
    if (command === 'GetItemCommand') {
      const key = `${Key['pk']?.S} ${Key['sk']?.S}`;
      this.#note(`get ${key}`);
      const Item = this.#records.get(key);
      return { $metadata, ...(Item ? { Item } : {}) };
    }
    if (command !== 'QueryCommand') throw new Error(`The ledger is only read, not ${String(command)}.`);
    const [pk = '', prefix = '', from = ''] = [':pk', ':prefix', ':from'].map((name) => values[name]?.S);
    this.#note(`query ${pk} ${prefix || from}`);
    const sortKeyOf = (record: RawRecord): string => record['sk']?.S ?? '';
    const found = [...this.#records.values()]
      .filter((record) => record['pk']?.S === pk && sortKeyOf(record).startsWith(prefix) && sortKeyOf(record) >= from)
      .sort((a, b) => (sortKeyOf(a) < sortKeyOf(b) ? -1 : 1));
    const ordered = ScanIndexForward ? found : found.reverse();
    return { $metadata, Items: ordered.slice(0, Limit ?? ordered.length) };
  }

  #note(asked: string): void {
    this.requests.push({ at: this.#now(), asked });
  }
}

/** Step Functions behind a client of the SDK: each execution is under way, and has begun a minute ago. */
export function answerAsRunning(client: SFNClient): void {
  client.middlewareStack.add(
    () => async () => ({
      response: {},
      output: { $metadata: {}, status: 'RUNNING', startDate: new Date(Date.now() - 60_000), executions: [], events: [], stateMachines: [] },
    }),
    { step: 'initialize', priority: 'high' },
  );
}
