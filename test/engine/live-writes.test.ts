import { readFile } from 'node:fs/promises';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { citiesApplication } from '../../demo/application/cities-application.ts';
import { startLiveApplication } from '../../demo/application/live-application.ts';
import { searchKey, splitLocation } from '../../demo/cities-shapes.ts';
import { loadCities } from '../../demo/load-cities.ts';
import { type Shape, shapeOf } from '../../demo/shape.ts';
import { verifyTable } from '../../demo/verify-table.ts';
import { type Service, startService, uniqueName } from '../support/service.ts';

const table = uniqueName('Cities');

function transformation(name: string) {
  return readFile(new URL(`../../transformations/Cities/${name}`, import.meta.url), 'utf8');
}
let service: Service;

beforeAll(async () => {
  service = await startService(
    {
      [`${table}/v1.ts`]: await transformation('v1_split_location.ts'),
      [`${table}/v2.ts`]: await transformation('v2_search_key.ts'),
    },
    { maxProcesses: 4 },
  );
});
afterAll(() => service?.close());

it('loses no live write and brings no deleted item back, up and down, over 10,000 items', async () => {
  const items = await loadCities(service.dynamodb, 10_000, table);
  const client = new DynamoDBClient({
    endpoint: service.aws.dynamodbUrl,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
    maxAttempts: 1,
  });
  const description = citiesApplication(table);
  const application = startLiveApplication({ client, description, items, shapes: [splitLocation, searchKey], operationsPerSecond: 400 });
  const verify = async (shapes: readonly Shape[]) => {
    await application.pause();
    const verification = await verifyTable(service.dynamodb, {
      table,
      keyAttributes: description.keyAttributes,
      model: application.model,
      declared: [...splitLocation.adds, ...searchKey.adds],
      newShape: (city) => shapeOf(city, shapes),
    });
    application.resume();
    return verification;
  };
  const untouched = {
    lostUpdates: { count: 0 },
    resurrectedItems: { count: 0 },
    missingItems: { count: 0 },
    itemsWithoutNewShape: { count: 0 },
    wrongValues: { count: 0 },
    undeclaredChanges: { count: 0 },
    ok: true,
  };

  try {
    const up = await service.run({ table });
    expect(up.error).toBeUndefined();
    expect(await verify([splitLocation, searchKey])).toMatchObject(untouched);

    await application.deploy([splitLocation]);
    const down = await service.run({ table, direction: 'down' });
    expect(down.error).toBeUndefined();
    expect(await verify([splitLocation])).toMatchObject(untouched);
  } finally {
    await application.stop();
    client.destroy();
  }

  const { operations, surprises, total } = application.lap();
  expect(surprises).toBe(0);
  expect(total).toBeGreaterThan(2000);
  for (const [kind, count] of Object.entries(operations)) expect(count, kind).toBeGreaterThan(0);
}, 400_000);
