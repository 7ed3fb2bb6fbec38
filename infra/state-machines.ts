import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Arn, ArnFormat, Aws, Stack } from 'aws-cdk-lib';
import { type IPrincipal, PolicyDocument, PolicyStatement, Role, ServicePrincipal } from 'aws-cdk-lib/aws-iam';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import { DefinitionBody, LogLevel, StateMachine, StateMachineType } from 'aws-cdk-lib/aws-stepfunctions';
import { Construct } from 'constructs';
import { deployOf, pascalCase } from './functions.ts';
import { createLogGroup, type LogSettings } from './log-groups.ts';
import type { DeployedNames } from './names.ts';
import { packageRoot } from './package-root.ts';

export interface StateMachineOptions {
  names: DeployedNames;
  functions: ReadonlyMap<string, LambdaFunction>;
  tracing: boolean;
  logs: LogSettings;
}

export interface StateMachines {
  transformTable: StateMachine;
  transformAll: StateMachine;
  /** Names the functions that both call. */
  deploy: string;
}

export function createStateMachines(parent: Construct, options: StateMachineOptions): StateMachines {
  const scope = new Construct(parent, 'StateMachines');
  const { names, functions } = options;
  const called = new Map([...functions].filter(([name]) => machineNames.some((machine) => isCalledBy(machine, name))));
  const deploy = deployOf([...called.values()]);
  const calling = { ...options, functions: called, deploy };
  const ofTable = [...ownMapRuns(names), ...nestedRuns(names, ['transform-table'], scope)];
  return {
    transformTable: createStateMachine(scope, 'transform-table', calling, ofTable),
    transformAll: createStateMachine(scope, 'transform-all', calling, nestedRuns(names, machineNames, scope)),
    deploy,
  };
}

type MachineName = 'transform-table' | 'transform-all';
const machineNames: readonly MachineName[] = ['transform-table', 'transform-all'];

function definitionFile(name: MachineName): string {
  return join(packageRoot, `state-machines/${name}.asl.json`);
}

function placeholdersOf(name: MachineName): ReadonlySet<string> {
  return new Set([...readFileSync(definitionFile(name), 'utf8').matchAll(/\$\{(\w+)\}/g)].map(([, placeholder = '']) => placeholder));
}

function isCalledBy(machine: MachineName, functionName: string): boolean {
  return placeholdersOf(machine).has(`${pascalCase(functionName)}FunctionArn`);
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
function nestedRuns(names: DeployedNames, started: readonly MachineName[], scope: Construct): PolicyStatement[] {
  return [
    new PolicyStatement({ actions: ['states:StartExecution'], resources: started.map(names.stateMachineArn) }),
    new PolicyStatement({
      actions: ['states:DescribeExecution', 'states:StopExecution'],
      resources: started.map((name) => names.executionsArn(name)),
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
  name: MachineName,
  { names, functions, deploy, tracing, logs }: StateMachineOptions & { deploy: string },
  statements: PolicyStatement[],
): StateMachine {
  const file = definitionFile(name);
  const placeholders = placeholdersOf(name);
  const called = [...functions].filter(([functionName]) => isCalledBy(name, functionName));
  const substitutions = {
    // Versions: an execution keeps its definition, and so its functions, over later deploys.
    ...Object.fromEntries(
      called.map(([functionName, { currentVersion }]) => [`${pascalCase(functionName)}FunctionArn`, currentVersion.functionArn]),
    ),
    Deploy: deploy,
    TransformTableStateMachineArn: names.stateMachineArn('transform-table'),
    ...(placeholders.has('TransformAllStateMachineArn') ? { TransformAllStateMachineArn: names.stateMachineArn('transform-all') } : {}),
    Partition: Aws.PARTITION,
  };
  const unknown = [...placeholders].filter((placeholder) => !(placeholder in substitutions));
  if (unknown.length > 0) throw new Error(`${file} names ${unknown.join(', ')}, which infra/deployed-functions.ts does not know.`);
  const id = pascalCase(name);
  // With this prefix, Step Functions does not extend the account's resource policy for logs, whose length is limited.
  const destination = createLogGroup(scope, `${id}Logs`, `/aws/vendedlogs/states/${names.stateMachine(name)}`, logs);
  return new StateMachine(scope, id, {
    stateMachineName: names.stateMachine(name),
    stateMachineType: StateMachineType.STANDARD,
    definitionBody: DefinitionBody.fromFile(file),
    definitionSubstitutions: substitutions,
    role: new Role(scope, `${id}Role`, {
      assumedBy: ofThisAccount(scope),
      inlinePolicies: {
        permissions: new PolicyDocument({
          statements: [
            new PolicyStatement({
              actions: ['lambda:InvokeFunction'],
              // Also versions of deploys before, for the executions that began with them; dynamodt 0.1.0 called functions without a version.
              resources: called.flatMap(([, { functionArn }]) => [functionArn, `${functionArn}:*`]),
            }),
            ...statements,
          ],
        }),
      },
    }),
    // Inputs and outputs contain no item data, but the team's context.log or error messages may.
    logs: { destination, level: LogLevel.ERROR, includeExecutionData: false },
    tracingEnabled: tracing,
  });
}

/**
 * Step Functions, only on behalf of state machines of this account and region: https://docs.aws.amazon.com/step-functions/latest/dg/procedure-create-iam-role.html
 * Its Maps and executions have ARNs of other kinds than the state machine.
 */
function ofThisAccount(scope: Construct): IPrincipal {
  return new ServicePrincipal('states.amazonaws.com', {
    conditions: {
      StringEquals: { 'aws:SourceAccount': Aws.ACCOUNT_ID },
      ArnLike: { 'aws:SourceArn': Stack.of(scope).formatArn({ service: 'states', resource: '*', arnFormat: ArnFormat.NO_RESOURCE_NAME }) },
    },
  });
}
