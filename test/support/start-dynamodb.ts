import { startLocalDynamoDb } from '../../local/dynamodb/local-dynamodb.ts';

/** One DynamoDB Local for all tests, each of which creates tables of its own: `process.env.DYNAMODB_URL`. */
export default async (): Promise<() => Promise<void>> => {
  // Compiled once and collected by one thread: half the processor time in a process that lives for minutes.
  process.env['JAVA_TOOL_OPTIONS'] ??= '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC';
  const dynamodb = await startLocalDynamoDb();
  process.env['DYNAMODB_URL'] = dynamodb.url;
  return () => dynamodb.close();
};
