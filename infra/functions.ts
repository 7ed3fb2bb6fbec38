import { Duration, Fn, RemovalPolicy } from 'aws-cdk-lib';
import { SecurityGroup } from 'aws-cdk-lib/aws-ec2';
import { Effect, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import { Architecture, Function as LambdaFunction, LoggingFormat, Tracing } from 'aws-cdk-lib/aws-lambda';
import type { LogGroup } from 'aws-cdk-lib/aws-logs';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import { Construct } from 'constructs';
import { destinationOf, sendStatement } from './alarms/lost-events.ts';
import { calledByEvents, type DeployedFunction, functionsOf } from './deployed-functions.ts';
import type { DynamodtProps } from './dynamodt-props.ts';
import { concurrencyOfFollowing, followSettings } from './follow/followed-tables.ts';
import { functionCode } from './function-code.ts';
import { functionRuntime } from './function-runtime.ts';
import { createLogGroup, type LogSettings } from './log-groups.ts';
import { arnLengths, type Permitted, statementsOf } from './permissions/permissions.ts';
import { rolePolicies } from './permissions/role-policies.ts';
import { secretStatements } from './team-secrets.ts';

export interface FunctionOptions extends Permitted {
  /** Folder of the bundled transformations. */
  transformations: string;
  environment: Record<string, string>;
  /** Variables of those that call transformations. */
  teamEnvironment: Record<string, string>;
  props: DynamodtProps;
  logs: LogSettings;
  /** Of events that a function which nobody waits for could not follow. */
  lostEvents: IQueue;
}

/**
 * Names the functions of this deploy by their versions, which Lambda numbers. A change of the code or the settings of any of them makes another name.
 *
 * @param called those that a run calls
 */
export function deployOf(called: readonly LambdaFunction[]): string {
  return Fn.join(
    '-',
    called.map(({ currentVersion }) => currentVersion.version),
  );
}

/** Creates all functions, each with its own log group and role. */
export function createFunctions(scope: Construct, options: FunctionOptions): Map<string, LambdaFunction> {
  const functions = new Construct(scope, 'Functions');
  const network = networkOf(functions, options.props);
  return new Map(
    functionsOf(options.tables).map(([name, deployed]) => [name, createFunction(functions, name, deployed, options, network)]),
  );
}

/** The VPC settings of the functions. Without given security groups they share a new one without inbound rules. */
function networkOf(scope: Construct, { vpc, vpcSubnets, securityGroups }: DynamodtProps) {
  if (!vpc) return {};
  const shared = securityGroups
    ? [...securityGroups]
    : [new SecurityGroup(scope, 'SecurityGroup', { vpc, description: 'Functions of dynamodt' })];
  return { vpc, securityGroups: shared, ...(vpcSubnets ? { vpcSubnets } : {}) };
}

function createFunction(
  scope: Construct,
  name: string,
  deployed: DeployedFunction,
  options: FunctionOptions,
  network: ReturnType<typeof networkOf>,
): LambdaFunction {
  const { props, names, environment, transformations, logs, lostEvents } = options;
  const functionName = names.function(name);
  const logGroup = createLogGroup(scope, `${pascalCase(name)}Logs`, `/aws/lambda/${functionName}`, logs);
  const isWorker = name === 'transform-segment';
  const reserved = isWorker ? props.reservedConcurrency : deployed.isForFollowing ? concurrencyOfFollowing(options.tables) : undefined;
  return new LambdaFunction(scope, pascalCase(name), {
    functionName,
    description: deployed.does,
    code: functionCode(scope, name, deployed.carriesTransformations ? transformations : undefined),
    handler: `${name}.handler`,
    runtime: functionRuntime,
    architecture: Architecture.ARM_64,
    timeout: Duration.seconds(deployed.timeout),
    memorySize: (isWorker ? props.memorySize : undefined) ?? deployed.memory,
    ...(reserved === undefined ? {} : { reservedConcurrentExecutions: reserved }),
    role: createRole(scope, name, deployed, logGroup, options),
    logGroup,
    loggingFormat: LoggingFormat.JSON,
    tracing: props.tracing ? Tracing.ACTIVE : Tracing.DISABLED,
    // CloudTrail then shows which function made a request.
    environment: {
      ...environment,
      ...(callsTeam(deployed) ? options.teamEnvironment : {}),
      ...(deployed.isForFollowing ? { DYNAMODT_FOLLOW: followSettings(options.tables) } : {}),
      AWS_SDK_UA_APP_ID: name,
    },
    ...(callsTeam(deployed) && props.layers ? { layers: [...props.layers] } : {}),
    ...(calledByEvents.includes(name) ? { onFailure: destinationOf(lostEvents) } : {}),
    // A run keeps the functions of the deploy in which it began, so later deploys leave them there.
    currentVersionOptions: { removalPolicy: RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE },
    ...network,
  });
}

function createRole(scope: Construct, name: string, deployed: DeployedFunction, { logGroupArn }: LogGroup, options: FunctionOptions): Role {
  const id = `${pascalCase(name)}Role`;
  const statements = [
    // Instead of AWSLambdaBasicExecutionRole, which permits writing to any log group.
    new PolicyStatement({ actions: ['logs:CreateLogStream', 'logs:PutLogEvents'], resources: [logGroupArn] }),
    ...(calledByEvents.includes(name) || deployed.isForFollowing ? [sendStatement(options.lostEvents)] : []),
    ...(options.props.vpc ? networkInterfaces(options.names.functionArn(name)) : []),
    ...statementsOf(deployed.may, options),
    ...teamStatements(name, options.props.permissions),
    ...(callsTeam(deployed) ? secretStatements(options.props.secrets ?? {}) : []),
  ];
  return new Role(scope, id, {
    assumedBy: new ServicePrincipal('lambda.amazonaws.com'),
    ...rolePolicies(scope, id, statements, arnLengths(options.tables)),
  });
}

/** True if transformations run in the function: those look things up. */
function callsTeam({ may }: DeployedFunction): boolean {
  return may.includes('lookUp');
}

/** Each of these functions tries transformations on a sample, or runs them; only one prepares. */
function teamStatements(name: string, { prepare = [], transform = [] }: NonNullable<DynamodtProps['permissions']> = {}): PolicyStatement[] {
  switch (name) {
    case 'prepare':
      return [...prepare, ...transform];
    case 'start-run':
    case 'transform-segment':
    case 'follow-stream':
      return [...transform];
    default:
      return [];
  }
}

/** Permissions that Lambda itself needs, not the code of the function: https://docs.aws.amazon.com/lambda/latest/dg/configuration-vpc.html */
function networkInterfaces(functionArn: string): PolicyStatement[] {
  const statement = {
    actions: [
      'ec2:CreateNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:DeleteNetworkInterface',
      'ec2:AssignPrivateIpAddresses',
      'ec2:UnassignPrivateIpAddresses',
    ],
    resources: ['*'],
  };
  const fromItsCode = { ArnEquals: { 'lambda:SourceFunctionArn': functionArn } };
  return [new PolicyStatement(statement), new PolicyStatement({ ...statement, effect: Effect.DENY, conditions: fromItsCode })];
}

/** `start-run` → `StartRun`, the name of its state. */
export function pascalCase(name: string): string {
  return name.replace(/(?:^|-)(\w)/g, (_, letter: string) => letter.toUpperCase());
}
