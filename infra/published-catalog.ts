import { CustomResource, Duration, Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { CfnFunction, type Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { Provider } from 'aws-cdk-lib/custom-resources';
import { Construct, type IDependable } from 'constructs';
import type { Manifest } from '../core/transformation/catalog.ts';
import { setProviderRuntime } from './function-runtime.ts';
import { createLogGroup, type LogSettings } from './log-groups.ts';
import type { DeployedNames } from './names.ts';
import { packageVersion } from './package-version.ts';
import type { TeamTable } from './team-tables.ts';

export interface PublishedCatalogOptions {
  names: DeployedNames;
  publishCatalog: LambdaFunction;
  tables: readonly TeamTable[];
  /** Physical names of tables to look things up in, by their names in the stack. */
  lookupTables: Record<string, string>;
  /** Names the versions of the functions that a run calls. */
  deploy: string;
  logs: LogSettings;
  /** What a run needs: the catalog is published when all of that is deployed, and after a rollback when all of it is as before. */
  after: readonly IDependable[];
}

/**
 * Publishes the catalog at each deploy that changes tables or files. The names of the tables are often known only to CloudFormation, and too
 * long for the environment of functions, so the resource passes them to `publish-catalog`.
 */
export function publishAtDeploys(parent: Construct, options: PublishedCatalogOptions): CustomResource {
  const { names, publishCatalog, tables, lookupTables, deploy, logs, after } = options;
  const scope = new Construct(parent, 'PublishCatalog');
  const functionName = `${names.prefix}-catalog-provider`;
  const logGroup = createLogGroup(scope, 'ProviderLogs', `/aws/lambda/${functionName}`, logs);
  const writesLogs = new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroup.logGroupArn] });
  const provider = new Provider(scope, 'Provider', {
    onEventHandler: publishCatalog,
    providerFunctionName: functionName,
    logGroup,
    // Old versions of aws-cdk-lib ignore it, and create a role of their own.
    frameworkOnEventRole: new Role(scope, 'ProviderRole', {
      assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
      inlinePolicies: { logs: new PolicyDocument({ statements: [writesLogs] }) },
    }),
  });
  setProviderRuntime(provider);
  const catalog = new CustomResource(scope, 'Catalog', {
    resourceType: 'Custom::DynamodtCatalog',
    serviceToken: provider.serviceToken,
    serviceTimeout: Duration.minutes(10),
    properties: {
      tables: Object.fromEntries(tables.map(({ name, table }) => [name, table.tableName])),
      lastWriterWins: tables.filter((table) => table.acceptsLastWriterWins).map(({ name }) => name),
      ...followedIn(tables),
      lookupTables,
      ...parametersIn(parent, tables),
      deploy,
      version: packageVersion(),
      // Other files are other code, and then CloudFormation calls the resource again.
      code: codeOf(publishCatalog),
    },
  });
  catalog.node.addDependency(publishCatalog, ...after);
  return catalog;
}

/** Left out if there are none, so that the resource of other stacks stays as it is. */
function followedIn(tables: readonly TeamTable[]): { follows?: string[] } {
  const follows = tables.filter((table) => table.follows).map(({ name }) => name);
  return follows.length > 0 ? { follows } : {};
}

/** As JSON: CloudFormation makes strings of numbers. */
function parametersIn(scope: Construct, tables: readonly TeamTable[]): { parameters?: string } {
  const given = tables.flatMap(({ name, parameters }) => (parameters ? [[name, parameters] as const] : []));
  return given.length > 0 ? { parameters: Stack.of(scope).toJsonString(Object.fromEntries(given)) } : {};
}

/** Bytes of the record; DynamoDB's limit for an item is 409,600. Names of tables need the rest. */
const maxCatalogBytes = 360_000;

/** @throws Error: when the catalog, one record of the ledger, cannot name all files */
export function refuseLargeCatalog({ tables }: Manifest): void {
  const files = Object.values(tables).flat();
  const published = files.map(({ file, sequence, checksum, formerChecksums, problem, parameters }) => [
    file,
    sequence,
    checksum,
    formerChecksums,
    problem,
    parameters,
  ]);
  const bytes = JSON.stringify(published).length + files.length * bytesOfFieldNames;
  if (bytes > maxCatalogBytes)
    throw new Error(
      `The catalog of ${files.length} files would have ${Math.ceil(bytes / 1024)} KB, and a record of the ledger can have 400 KB. Give the tables to two constructs with different names, or delete files of versions that every stage has applied.`,
    );
}

/** `file`, `sequence`, `checksum` and `formerChecksums`, with what DynamoDB adds to values of a map. */
const bytesOfFieldNames = 46;

function codeOf(lambda: LambdaFunction): unknown {
  const { defaultChild } = lambda.node;
  return defaultChild instanceof CfnFunction ? Stack.of(lambda).resolve(defaultChild.code) : undefined;
}
