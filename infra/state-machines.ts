import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Arn, ArnFormat, Aws, RemovalPolicy, Stack } from 'aws-cdk-lib';
import { PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { LogGroup } from 'aws-cdk-lib/aws-logs';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import type { DynamodtProps } from './dynamodt-props.ts';
import { pascalCase } from './functions.ts';
import type { DeployedNames } from './names.ts';
import { packageRoot } from './package-root.ts';

export interface StateMachineOptions {
  names: DeployedNames;
  functions: ReadonlyMap<string, LambdaFunction>;
  tracing: boolean;
  logRetention: NonNullable<DynamodtProps['logRetention']>;
}

export interface StateMachines {
  transformTable: StateMachine;
  transformAll: StateMachine;
}

export function createStateMachines(parent: Construct, options: StateMachineOptions): StateMachines {
  const scope = new Construct(parent, 'StateMachines');
  return {
    transformTable: createStateMachine(scope, 'transform-table', options, ownMapRuns(options.names)),
    transformAll: createStateMachine(scope, 'transform-all', options, nestedRuns(options.names, scope)),
  };
}

/** Permissions of the Distributed Map: it starts executions of its own state machine, follows and stops them, and redrives failed ones. */
function ownMapRuns(names: DeployedNames): PolicyStatement[] {
  return [
    new PolicyStatement({ actions: ['states:StartExecution'], resources: [names.stateMachineArn('transform-table')] }),
    new PolicyStatement({
      actions: ['states:DescribeExecution', 'states:StopExecution', 'states:RedriveExecution'],
      resources: [names.executionsArn('transform-table'), names.executionsArn('transform-table', 'TransformSegments')],
    }),
  ];
}

/** https://docs.aws.amazon.com/step-functions/latest/dg/connect-stepfunctions.html: `.sync` waits by a rule that Step Functions manages. */
function nestedRuns(names: DeployedNames, scope: Construct): PolicyStatement[] {
  return [
    new PolicyStatement({ actions: ['states:StartExecution'], resources: [names.stateMachineArn('transform-table')] }),
    new PolicyStatement({
      actions: ['states:DescribeExecution', 'states:StopExecution'],
      resources: [names.executionsArn('transform-table')],
    }),
    new PolicyStatement({
      actions: ['events:PutTargets', 'events:PutRule', 'events:DescribeRule'],
      resources: [
        Arn.format(
          {
            service: 'events',
            resource: 'rule',
            resourceName: 'StepFunctionsGetEventsForStepFunctionsExecutionRule',
            arnFormat: ArnFormat.SLASH_RESOURCE_NAME,
          },
          Stack.of(scope),
        ),
      ],
    }),
  ];
}

function createStateMachine(
  scope: Construct,
  name: 'transform-table' | 'transform-all',
  { names, functions, tracing, logRetention }: StateMachineOptions,
  statements: PolicyStatement[],
): StateMachine {
  const file = join(packageRoot, `state-machines/${name}.asl.json`);
  const placeholders = new Set([...readFileSync(file, 'utf8').matchAll(/\$\{(\w+)\}/g)].map(([, placeholder = '']) => placeholder));
  const called = [...functions].filter(([functionName]) => placeholders.has(`${pascalCase(functionName)}FunctionArn`));
  const substitutions = {
    ...Object.fromEntries(called.map(([functionName, { functionArn }]) => [`${pascalCase(functionName)}FunctionArn`, functionArn])),
    ...(placeholders.has('TransformTableStateMachineArn')
      ? { TransformTableStateMachineArn: names.stateMachineArn('transform-table') }
      : {}),
    ...(placeholders.has('Partition') ? { Partition: Aws.PARTITION } : {}),
  };
  const unknown = [...placeholders].filter((placeholder) => !(placeholder in substitutions));
  if (unknown.length > 0) throw new Error(`${file} names ${unknown.join(', ')}, which infra/deployed-functions.ts does not know.`);
  const id = pascalCase(name);
  const logs = new LogGroup(scope, `${id}Logs`, {
    // With this prefix, Step Functions does not extend the account's resource policy for logs, whose length is limited.
    logGroupName: `/aws/vendedlogs/states/${names.stateMachine(name)}`,
    retention: logRetention,
    removalPolicy: RemovalPolicy.DESTROY,
  });
  return new StateMachine(scope, id, {
    stateMachineName: names.stateMachine(name),
    stateMachineType: StateMachineType.STANDARD,
    definitionBody: DefinitionBody.fromFile(file),
    definitionSubstitutions: substitutions,
    role: new Role(scope, `${id}Role`, {
      assumedBy: new ServicePrincipal('states.amazonaws.com'),
      inlinePolicies: {
        permissions: new PolicyDocument({
          statements: [
            new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: called.map(([, { functionArn }]) => functionArn) }),
            ...statements,
          ],
        }),
      },
    }),
    // Inputs and outputs contain no item data, but the team's context.log or error messages may.
    logs: { destination: logs, level: LogLevel.ERROR, includeExecutionData: false },
    tracingEnabled: tracing,
  });
}
