import { startLocalDynamoDb } from '../../local/dynamodb/local-dynamodb.ts';

/** One DynamoDB Local for all tests, each of which creates tables of its own: `process.env.DYNAMODB_URL`. */
export default async (): Promise<() => Promise<void>> => {
  const given = process.env['JAVA_TOOL_OPTIONS'];
  // It answers several hundred thousand requests: compiled with optimisation, and early, each takes half the processor time.
  process.env['JAVA_TOOL_OPTIONS'] =
    given ??
    '-XX:+UseSerialGC -Xmn256m -XX:Tier4InvocationThreshold=2000 -XX:Tier4MinInvocationThreshold=600 -XX:Tier4CompileThreshold=4000';
  const dynamodb = await startLocalDynamoDb();
  // Those that tests start live for seconds: compiled without optimisation, they start with half the processor time.
  process.env['JAVA_TOOL_OPTIONS'] = given ?? '-XX:TieredStopAtLevel=1 -XX:+UseSerialGC';
  process.env['DYNAMODB_URL'] = dynamodb.url;
  return () => dynamodb.close();
};
