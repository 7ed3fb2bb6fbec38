import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Operation } from '../../aws/table/wire.ts';
import type { Item } from '../../core/transformation/contract.ts';
import { preparation as plans } from '../../examples/transformations/Accounts/fixtures.ts';
import { checkExample, type Example, exampleFiles, loadExample } from '../support/example.ts';
import { ExampleTables, sorted } from '../support/example-tables.ts';
import { type Disturbance, OneProcessService } from '../support/one-process-service.ts';

/** Each transformation under examples/, with the fixtures beside it: up and down over workers that die, and beside an application that writes. */

let endpoint: string;
let exported: Server;
let client: DynamoDBClient;

beforeAll(async () => {
  exported = await serve((url) => (url?.startsWith('/exports/plans.json') ? JSON.stringify(plans) : ''));
  endpoint = process.env['DYNAMODB_URL'] ?? '';
  client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });
});
afterAll(() => {
  client.destroy();
  exported.close();
});

beforeEach(() => {
  vi.stubEnv('AWS_ENDPOINT_URL_S3', `http://127.0.0.1:${(exported.address() as AddressInfo).port}`);
  for (const [name, value] of Object.entries({ AWS_REGION: 'us-east-1', AWS_ACCESS_KEY_ID: 'local', AWS_SECRET_ACCESS_KEY: 'local' }))
    vi.stubEnv(name, value);
});
afterEach(() => {
  vi.unstubAllEnvs();
});

/** Between the pages, and before and after writes. */
const dying: Disturbance = { deathsAt: [2, 4, 7] };

describe.each(exampleFiles)('$file', (named) => {
  it('goes up over workers that die, finds nothing more to do, and goes back over workers that die', async () => {
    const { example, service, tables, up } = await begin();
    const { table, fixtures, transformation } = example;

    const ran = await service.run(up, dying);
    expect({ deaths: service.deaths, executions: service.executions }).toEqual({ deaths: 3, executions: 2 });
    const after = contents(example, 'after');
    expect(await tables.contents()).toEqual(after);
    expect(ran.counters.failed).toBe(0);

    const again = await service.run({ ...up, again: transformation.sequence });
    expect(again.counters).toMatchObject({ inserted: 0, deleted: 0, failed: 0 });
    if (!fixtures.afterAgain) expect(again.counters).toMatchObject({ changed: 0, writeUnits: 0 });
    expect(await tables.contents()).toEqual(fixtures.afterAgain ? { [table]: sorted(fixtures.afterAgain) } : after);

    await service.run({ table, direction: 'down', totalSegments: 1 }, dying);
    // By a journal, it takes fewer requests.
    expect(service.deaths).toBeGreaterThanOrEqual(2);
    expect(service.executions).toBe(2);
    expect(await tables.contents()).toEqual(contents(example, 'back'));
  });

  it('makes of items that the application writes between read and write what it makes of those that it wrote before', async () => {
    const { example, service, tables, up } = await begin({ visits: 1 });
    let written: Promise<void> | undefined;
    const before = async (operation: Operation): Promise<void> => {
      if (!reads.has(operation)) written ??= tables.set({ visits: 2 });
      await written;
    };

    await service.run(up, { before });

    expect(written).toBeDefined();
    expect(await tables.contents()).toEqual(await checkedContents(example, { visits: 2 }));
  });

  /** A service of its own, as a ledger refuses another table of the same name. */
  async function begin(more: Item = {}) {
    const example = await loadExample(named);
    const { table, file, transformation, fixtures } = example;
    const [service, tables] = await Promise.all([OneProcessService.start(endpoint), ExampleTables.create(client, example, more)]);
    service.publish(tables.names, table, { file, transformation });
    for (const [name, value] of Object.entries(fixtures.environment ?? {})) vi.stubEnv(name, value);
    service.now = fixtures.startedAt ?? service.now;
    const parameters = { [transformation.sequence]: fixtures.parameters ?? {} };
    const up = { table, totalSegments: 1, ...(fixtures.parameters ? { parameters } : {}) };
    return { example, service, tables, up };
  }
});

/** Of one answer for each URL. */
async function serve(answer: (url: string | undefined) => string): Promise<Server> {
  const server = createServer(({ url }, response) => response.end(answer(url)));
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', () => listening()));
  return server;
}

const reads: ReadonlySet<Operation> = new Set(['Scan', 'Query', 'GetItem', 'BatchGetItem']);

/** What `check` makes of each table. @param more attributes of the items that the version changes */
async function checkedContents(example: Example, more: Item): Promise<Record<string, Item[]>> {
  const { table, fixtures } = example;
  const outcomes = await checkExample(example);
  const before = fixtures.before.map((item, index) => (outcomes[index]?.outcome === 'changed' ? { ...item, ...more } : item));
  const checked = await checkExample(example, before);
  const others = Object.entries(fixtures.writes ?? {}).map(([name, { items }]) => {
    const written = checked.flatMap(({ elsewhere = [] }) => elsewhere.filter((one) => one.table === name).map(({ item }) => item));
    return [name, sorted([...items, ...written])] as const;
  });
  return { [table]: sorted(checked.flatMap(({ after }) => after)), ...Object.fromEntries(others) };
}

/** What the fixtures say of each table. */
function contents({ table, fixtures }: Example, when: 'after' | 'back') {
  const { before, after, back = before, writes = {} } = fixtures;
  const others = Object.entries(writes).map(
    ([name, there]) => [name, sorted(when === 'after' ? there.after : (there.back ?? there.items))] as const,
  );
  return { [table]: sorted(when === 'after' ? after : back), ...Object.fromEntries(others) };
}
