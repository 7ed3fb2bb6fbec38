import type { ConfiguredTable } from './configured-tables.ts';
import type { Provider } from './framework.ts';

/** The ARN of a table's stream; undefined if it has none. */
export type StreamOf = (tableName: string, provider: Provider) => Promise<string | undefined>;

type Tables = ReadonlyMap<string, ConfiguredTable>;

/** For a check before the deploy, which gives each stream its ARN: one that no stream has. */
export function withStreamsToCome(tables: Tables, region: string): Map<string, ConfiguredTable> {
  return mapped(tables, ({ tableName }) => `arn:aws:dynamodb:${region}:000000000000:table/${tableName}/stream/known-after-the-deploy`);
}

/**
 * With the streams of the tables that the service's resources define, once these are deployed.
 *
 * @throws Error: when a table has none
 */
export async function withStreams(tables: Tables, provider: Provider, streamOf: StreamOf): Promise<Map<string, ConfiguredTable>> {
  const names = [...tables.values()].flatMap(({ tableName, hasOwnStream }) => (hasOwnStream ? [tableName] : []));
  const found = new Map(await Promise.all(names.map(async (name) => [name, await streamOf(name, provider)] as const)));
  return mapped(tables, ({ tableName }) => {
    const stream = found.get(tableName);
    if (stream === undefined)
      throw new Error(
        `The table ${tableName} is to be followed, and has no stream in AWS, although the resources of the service give it one. Deploy the service again; \`aws dynamodb describe-table --table-name ${tableName}\` shows LatestStreamArn then.`,
      );
    return stream;
  });
}

/** Asks DynamoDB, with the framework's credentials. */
export async function describedStream(tableName: string, provider: Provider): Promise<string | undefined> {
  // Loaded only for a followed table: every command of `sls` loads the plugin.
  const { DescribeTableCommand, DynamoDBClient } = await import('@aws-sdk/client-dynamodb');
  const credentials = provider.getAwsSdkV3CredentialsProvider?.();
  const profile = provider.getProfile?.();
  const identity = credentials ? { credentials } : profile ? { profile } : {};
  const client = new DynamoDBClient({ region: provider.getRegion(), ...identity });
  try {
    return (await client.send(new DescribeTableCommand({ TableName: tableName }))).Table?.LatestStreamArn;
  } finally {
    client.destroy();
  }
}

function mapped(tables: Tables, streamOf: (table: ConfiguredTable) => string): Map<string, ConfiguredTable> {
  return new Map(
    [...tables].map(([folder, { hasOwnStream, ...table }]) => [
      folder,
      hasOwnStream ? { ...table, stream: streamOf({ ...table, hasOwnStream }) } : table,
    ]),
  );
}
