import { startLocalDynamoDb } from '../../local/dynamodb/local-dynamodb.ts';

/** One DynamoDB Local for all tests, each of which creates tables of its own: `process.env.DYNAMODB_URL`. */
export default async (): Promise<() => Promise<void>> => {
  const dynamodb = await startLocalDynamoDb();
  process.env['DYNAMODB_URL'] = dynamodb.url;
  return () => dynamodb.close();
};
