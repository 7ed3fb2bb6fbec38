import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { pacingOf } from '../../cli/progress/run-pacing.ts';
import { type DynamoDbProxy, startDynamoDbProxy } from '../support/dynamodb-proxy.ts';
import { createTable, putAll, type RawItem, readAll, type Service, startService, uniqueName } from '../support/service.ts';

const file = `export const sequence = 1;
export const adds = ['once'];
export const transformUp = (item) => ({ ...item, once: item.n });`;
const items: RawItem[] = Array.from({ length: 900 }, (_, n) => ({ id: { S: `i${n}` }, n: { N: String(n) } }));

function transformed(count: number) {
  return new Map(items.slice(0, count).map((item) => [JSON.stringify(item['id']), { ...item, once: item['n'] }]));
}

let proxy: DynamoDbProxy;
let service: Service;

beforeAll(async () => {
  proxy = await startDynamoDbProxy(process.env['DYNAMODB_URL'] ?? '');
  service = await startService({}, { dynamodb: proxy.url, maxProcesses: 4, environment: { DYNAMODT_CONTROL_INTERVAL_MS: '200' } });
});
afterAll(async () => {
  await service?.close();
  await proxy?.close();
});

/** Notes at the wire when how many write units are sent to a table; its items cost one each. */
function watchWrites(table: string) {
  const sent: { at: number; units: number }[] = [];
  proxy.before = ({ operation, body, text }) => {
    if (operation === 'BatchExecuteStatement' && text.includes(table))
      sent.push({ at: performance.now(), units: (body['Statements'] as unknown[]).length });
    return undefined;
  };
  return sent;
}

/**
 * How far the run was ahead of what its budget earned, at any time and in any stretch. A machine that is slow sends later, never more; but what
 * it holds up in one stretch it may let go in the next, so requests that waited on their way count to where they came from.
 */
function maxAhead(sent: readonly { at: number; units: number }[], unitsPerSecond: number): number {
  let most = 0;
  for (const [index, { at }] of sent.entries()) {
    let units = 0;
    for (const later of sent.slice(index)) {
      units += later.units;
      most = Math.max(most, units - (unitsPerSecond * (later.at - at)) / 1000);
    }
  }
  return most;
}

async function create(count: number): Promise<string> {
  const table = uniqueName('Budget');
  await service.deploy({ [`${table}/v1.ts`]: file });
  await createTable(service.dynamodb, table);
  await putAll(service.dynamodb, table, items.slice(0, count));
  return table;
}

describe('a run with a budget', () => {
  it('keeps under it at the wire, with several workers', async () => {
    const table = await create(400);
    const sent = watchWrites(table);

    const { error } = await service.run({ table, totalSegments: 8, maxConcurrency: 4, writeUnits: 60 });

    expect(error).toBeUndefined();
    expect(await readAll(service.dynamodb, table)).toEqual(transformed(400));
    // Half a second of the budget is what all workers together may be ahead; as much again for requests that the machine held up.
    expect(maxAhead(sent, 60)).toBeLessThanOrEqual(60);
    expect((sent.at(-1)?.at ?? 0) - (sent[0]?.at ?? 0)).toBeGreaterThanOrEqual(((400 - 60) / 60) * 1000);
  });

  it('keeps under a smaller one from the moment it is told, and says so', async () => {
    const table = await create(items.length);
    const sent = watchWrites(table);
    const execution = await service.start({ table, totalSegments: 4, maxConcurrency: 4, writeUnits: 40 });
    const units = () => sent.reduce((sum, each) => sum + each.units, 0);
    const throttle = (writeUnits: number | 'unlimited') =>
      service.aws.invoke('control-run', { table, action: 'throttle', by: 'user:test', writeUnits });
    while (units() < 20) await setTimeout(20);
    await throttle(40);

    await throttle(10);

    const toldAt = performance.now();
    const sentLater = () => sent.filter(({ at }) => at > toldAt + 3000);
    while (sentLater().length < 40) await setTimeout(20);
    // Each worker knows of it by its control interval; requests that it had gathered under the former budget go out as they are, when paid.
    expect(maxAhead(sentLater(), 10)).toBeLessThanOrEqual(30);
    const runId = (await service.ledger.lock(table))?.run ?? '';
    const control = await service.ledger.control(runId);
    const checkpoints = [...(await service.ledger.checkpoints(runId, 1)).values()];
    expect(control).toMatchObject({ budget: { writeUnits: 10, writeUnitsSource: { kind: 'throttle', by: 'user:test' } } });
    expect(control && pacingOf(control, checkpoints, Date.now())).toMatchObject({ budget: { writeUnits: 10 }, limitedBy: 'writeBudget' });

    const unitsBefore = units();
    const liftedAt = performance.now();
    await throttle('unlimited');

    const ended = await service.ended(execution);
    expect(ended.error).toBeUndefined();
    expect(await readAll(service.dynamodb, table)).toEqual(transformed(items.length));
    expect((await service.ledger.control(runId))?.budget.writeUnits).toBeUndefined();
    // At the smaller budget, the rest would have taken its tenth in seconds.
    expect(((sent.at(-1)?.at ?? 0) - liftedAt) / 1000).toBeLessThan((items.length - unitsBefore) / 10);
  });

  it('takes a quarter of what the table was bought for, where nobody asks for a budget', async () => {
    const table = uniqueName('Bought');
    await service.deploy({ [`${table}/v1.ts`]: file });
    await createTable(service.dynamodb, table, { id: 'S' }, { ReadCapacityUnits: 400, WriteCapacityUnits: 200 });
    await putAll(service.dynamodb, table, items.slice(0, 200));

    const { error, output } = await service.run({ table });

    expect(error).toBeUndefined();
    expect(await service.ledger.control(JSON.parse(output ?? '{}').run)).toMatchObject({
      budget: {
        writeUnits: 50,
        readUnits: 100,
        writeUnitsSource: { kind: 'throughput', of: 'provisioned', units: 200 },
        workers: 1,
      },
    });
  });
});
