import { App, Stack } from 'aws-cdk-lib';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Dynamodt } from 'dynamodt/cdk';
import type { ConfiguredTable } from './configuration.ts';

/** The service of a stage. */
export interface StageService {
  stackName: string;
  /** Prefix of the names of its resources. */
  name: string;
  region: string;
  /** The team's folder, absolute. */
  transformations: string;
  /** Tables by the names of their folders. */
  tables: ReadonlyMap<string, ConfiguredTable>;
  /** Folders whose tables are in other stages only. */
  tablesElsewhere: readonly string[];
}

/**
 * A CDK app with one stack: the construct, with the imported tables of the service.
 *
 * @throws Error: when the construct refuses the tables or files
 */
export function serviceStack({ stackName, name, region, transformations, tables, tablesElsewhere }: StageService, outdir: string): App {
  const app = new App({ outdir, analyticsReporting: false });
  const stack = new Stack(app, stackName, { env: { region }, description: 'Transforms the items of live DynamoDB tables: dynamodt' });
  const imported = [...tables].map(([folder, { tableName, encryption, acceptLastWriterWins }]) => {
    const table = Table.fromTableName(stack, `${folder}Table`, tableName);
    const key = encryption === undefined ? ('aws' as const) : Key.fromKeyArn(stack, `${folder}Key`, encryption);
    return [folder, { table, encryption: key, ...(acceptLastWriterWins === undefined ? {} : { acceptLastWriterWins }) }] as const;
  });
  new Dynamodt(stack, 'Dynamodt', { name, transformations, tablesElsewhere, tables: Object.fromEntries(imported) });
  return app;
}
