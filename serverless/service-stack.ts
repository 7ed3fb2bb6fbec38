import { App, Stack } from 'aws-cdk-lib';
import { Dynamodt, propsFromConfig } from 'dynamodt/cdk';
import type { ServiceSettings } from '../config/contract.ts';
import type { ConfiguredTable } from './configured-tables.ts';

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
  /** Of `dynamodt.config.ts`, for the properties that are not above. */
  settings?: ServiceSettings | undefined;
}

/**
 * A CDK app with one stack: the construct, with the imported tables of the service.
 *
 * @throws Error: when the construct refuses the settings, tables or files
 */
export function serviceStack({ stackName, region, tables, settings, ...service }: StageService, outdir: string): App {
  const app = new App({ outdir, analyticsReporting: false });
  const stack = new Stack(app, stackName, { env: { region }, description: 'Transforms the items of live DynamoDB tables: dynamodt' });
  new Dynamodt(stack, 'Dynamodt', propsFromConfig(stack, { ...settings, ...service, tables: Object.fromEntries(tables) }));
  return app;
}
