import * as z from 'zod';
import type { TableSettings } from '../config/contract.ts';
import type { Configuration } from './configuration.ts';

/** A table by its physical name, with details that the construct cannot find out by itself. */
export type ConfiguredTable = TableSettings & {
  readonly tableName: string;
  /** It is followed, and the service's resources give it the stream: its ARN is known once they are deployed. */
  readonly hasOwnStream?: true;
};

const Resources = z.object({ Resources: z.record(z.string(), z.object({ Type: z.string(), Properties: z.unknown().optional() })) });
const Named = z.object({
  TableName: z.string(),
  StreamSpecification: z.unknown().optional(),
  SSESpecification: z.object({ KMSMasterKeyId: z.unknown().optional() }).optional(),
});
const tableTypes = ['AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable'];

/**
 * The tables of the stage by the names of their folders: the configured tables (of serverless.yml or
 * `dynamodt.config.ts`), or, as in the predecessor, those that the service's resources
 * define with a TableName, which is also the name of the folder.
 *
 * @param resources of serverless.yml
 * @throws Error: when there are no tables, one is without its name, the KMS key of one is given only as a reference, or one that is to be followed has
 *   no stream in the resources
 */
export function configuredTables({ tables }: Partial<Pick<Configuration, 'tables'>>, resources: unknown): Map<string, ConfiguredTable> {
  const found = tables ? Object.entries(tables) : tablesOf(resources);
  if (found.length === 0)
    throw new Error(
      'No tables are known. Name them in serverless.yml, each under the name of its folder:\ncustom:\n  dynamodt:\n    tables:\n      Users: users-of-the-stage',
    );
  return new Map(
    found.map(([folder, table]) => [
      folder,
      withOwnStream(named(folder, typeof table === 'string' ? { tableName: table } : table), resources),
    ]),
  );
}

/** A stream that is given counts. A table that is not in the resources, or not by a literal name, needs one. */
function withOwnStream(table: ConfiguredTable, resources: unknown): ConfiguredTable {
  const { tableName, follow, stream } = table;
  if (!follow || stream !== undefined) return table;
  const own = definedTables(resources).find(({ TableName }) => TableName === tableName);
  if (!own) return table;
  if (own.StreamSpecification === undefined)
    throw new Error(
      `The table ${tableName} is to be followed, and has no stream. Give it one of any view type in the resources: \`StreamSpecification: { StreamViewType: NEW_IMAGE }\`. With new images, a record that changes nothing needs no read.`,
    );
  return { ...table, hasOwnStream: true };
}

function definedTables(resources: unknown): z.infer<typeof Named>[] {
  return Object.values(Resources.safeParse(resources).data?.Resources ?? {})
    .filter(({ Type }) => tableTypes.includes(Type))
    .flatMap(({ Properties }) => Named.safeParse(Properties).data ?? []);
}

/** Names and keys that are left to parameters of a template: the plugin deploys no template with parameters. */
function named(folder: string, { tableName, ...details }: TableSettings): ConfiguredTable {
  if (tableName === undefined || details.encryption === 'parameter')
    throw new Error(
      `The table ${folder} is without its ${tableName === undefined ? 'name in AWS' : "key's ARN"}, which the plugin needs: \`${folder}: { ${tableName === undefined ? 'tableName: prod-users' : 'encryption: arn:aws:kms:…'} }\`. Only \`dynamodt template\` can leave it to a parameter.`,
    );
  return { tableName, ...details };
}

function tablesOf(resources: unknown): [string, ConfiguredTable][] {
  return definedTables(resources).map(({ TableName, SSESpecification }) => {
    const key = SSESpecification?.KMSMasterKeyId;
    if (key === undefined) return [TableName, { tableName: TableName }];
    if (typeof key === 'string' && key.startsWith('arn:')) return [TableName, { tableName: TableName, encryption: key }];
    throw new Error(
      `The key that encrypts ${TableName} is a reference, which only CloudFormation can follow. Name the table under custom.dynamodt.tables, with the key's ARN: \`${TableName}: { tableName: ${TableName}, encryption: arn:aws:kms:… }\`.`,
    );
  });
}
