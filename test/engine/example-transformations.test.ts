import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Operation } from '../../aws/table/wire.ts';
import { isIrreversible } from '../../core/change/way-back.ts';
import { type Example, exampleFiles, loadExample } from '../support/example.ts';
import { ExampleTables, sorted } from '../support/example-tables.ts';
import { type Disturbance, OneProcessService } from '../support/one-process-service.ts';

/** Each transformation under examples/, with the fixtures beside it: up and down over workers that die, and beside an application that writes. */

let endpoint: string;
let client: DynamoDBClient;

beforeAll(() => {
  endpoint = process.env['DYNAMODB_URL'] ?? '';
  client = new DynamoDBClient({ endpoint, region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } });
});
afterAll(() => client.destroy());

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

    const down = service.run({ table, direction: 'down', totalSegments: 1 }, dying);
    if (isIrreversible(transformation)) {
      await expect(down).rejects.toMatchObject({ name: 'Irreversible' });
      return;
    }
    await down;
    expect({ deaths: service.deaths, executions: service.executions }).toEqual({ deaths: 3, executions: 2 });
    expect(await tables.contents()).toEqual(contents(example, 'back'));
  });

  it('makes the same of items that the application writes between read and write as of those that it wrote before', async () => {
    const earlier = await begin();
    await earlier.tables.touch();
    await earlier.service.run(earlier.up);

    const meanwhile = await begin();
    let touched: Promise<void> | undefined;
    const before = async (operation: Operation): Promise<void> => {
      if (!reads.has(operation)) touched ??= meanwhile.tables.touch();
      await touched;
    };
    await meanwhile.service.run(meanwhile.up, { before });

    expect(touched).toBeDefined();
    expect(await meanwhile.tables.contents()).toEqual(await earlier.tables.contents());
  });

  /** A service of its own, as a ledger refuses another table of the same name. */
  async function begin() {
    const example = await loadExample(named);
    const { table, file, transformation, fixtures } = example;
    const [service, tables] = await Promise.all([OneProcessService.start(endpoint), ExampleTables.create(client, example)]);
    service.publish(tables.names, table, { file, transformation });
    service.now = fixtures.startedAt ?? service.now;
    const parameters = { [transformation.sequence]: fixtures.parameters ?? {} };
    const up = { table, totalSegments: 1, ...(fixtures.parameters ? { parameters } : {}) };
    return { example, service, tables, up };
  }
});

const reads: ReadonlySet<Operation> = new Set(['Scan', 'Query', 'GetItem', 'BatchGetItem']);

/** What the fixtures say of each table. */
function contents({ table, fixtures }: Example, when: 'after' | 'back') {
  const { before, after, back = before, writes = {} } = fixtures;
  const others = Object.entries(writes).map(
    ([name, there]) => [name, sorted(when === 'after' ? there.after : (there.back ?? there.items))] as const,
  );
  return { [table]: sorted(when === 'after' ? after : back), ...Object.fromEntries(others) };
}
