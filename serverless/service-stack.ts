import { App, Stack } from 'aws-cdk-lib';
import { Table } from 'aws-cdk-lib/aws-dynamodb';
import { Key } from 'aws-cdk-lib/aws-kms';
import { Dynamodt } from 'dynamodt/cdk';
import type { ConfiguredTable } from './configuration.ts';

/** What is deployed for a stage. */
export interface StageService {
  stackName: string;
  /** Prefix of its names. */
  name: string;
  region: string;
  /** The team's folder, absolute. */
  transformations: string;
  /** By the names of their folders. */
  tables: ReadonlyMap<string, ConfiguredTable>;
  /** Folders whose tables are in other stages only. */
  tablesElsewhere: readonly string[];
}

/** A CDK app with one stack: the construct over the service's tables, which it imports. @throws Error of the construct */
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
