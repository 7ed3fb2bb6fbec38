import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { functionsOf } from '../deployed-functions.ts';
import { followed, onLedger, onTables, type Permitted, parameterKey, putEvents, statementsOf, useOfKeys } from './permissions.ts';

/** Groups of users of the command. None of them may write to the team's tables: only the functions may. */

/** Looks at runs by the command and in the console, also at their Maps and logs, and reads the ledger. Changes nothing. */
export function observerStatements(on: Permitted): PolicyStatement[] {
  return [useOfKeys([on.key], 'dynamodb', false), ...observationStatements(on)];
}

/** Looks at runs, starts them, leaves marks on a run's control (pause, budget, stop) and tells of a changed budget, and holds and releases versions. */
export function operatorStatements(on: Permitted): PolicyStatement[] {
  const { names, ledger, key } = on;
  return [
    useOfKeys([key], 'dynamodb', true),
    parameterKey(key, ['kms:Encrypt']),
    ...observationStatements(on),
    onLedger(ledger, ['UpdateItem'], ['run#*#control'], attributesOfMarks),
    onLedger(ledger, ['PutItem'], ['holds#*']),
    ...putEvents(on.eventBusArn),
    new PolicyStatement({ actions: ['states:StopExecution'], resources: [names.executionsArn('transform-table')] }),
    new PolicyStatement({
      actions: ['states:StartExecution', 'states:SendTaskSuccess'],
      resources: machines.map(names.stateMachineArn),
    }),
    new PolicyStatement({ actions: ['states:RedriveExecution'], resources: machines.map((name) => names.executionsArn(name)) }),
    ...(followed(on.tables).length > 0 ? followerStatements(on) : []),
  ];
}

/** Pauses and resumes what follows streams, and lets it try failed items again. */
function followerStatements({ names }: Permitted): PolicyStatement[] {
  const follower = names.functionArn('follow-stream');
  return [
    new PolicyStatement({ actions: ['lambda:InvokeFunction'], resources: [follower] }),
    // A mapping has an id that only Lambda knows, so the function that it calls says which may be changed.
    new PolicyStatement({
      actions: ['lambda:UpdateEventSourceMapping'],
      resources: [names.mappingsArn],
      conditions: { ArnEquals: { 'lambda:FunctionArn': follower } },
    }),
  ];
}

/** What an update of aws/ledger/control-marks.ts names. */
const attributesOfMarks = [
  ...['pk', 'sk', 'ended', 'fence', 'markNumber', 'markId'],
  ...['paused', 'pauseAfter', 'maxCost', 'onlyBetween', 'stopped', 'taskToken', 'events'],
  ...['writeUnits', 'readUnits', 'writeUnitsSource', 'readUnitsSource'],
];

const machines = ['transform-table', 'transform-all'];

/** What the pages of docs/ ask somebody to look at: executions, the children of a Map, and the logs of the functions. */
function observationStatements({ names, ledger, tables }: Permitted): PolicyStatement[] {
  const executions = [...machines.map((name) => names.executionsArn(name)), names.executionsArn('transform-table', 'TransformSegments')];
  const mapRuns = names.mapRunsArn('transform-table', 'TransformSegments');
  const ofStates = (actions: string[], resources: string[]): PolicyStatement =>
    new PolicyStatement({ actions: actions.map((action) => `states:${action}`), resources });
  return [
    onLedger(ledger, ['GetItem', 'Query']),
    ...onTables(tables, 'DescribeTable'),
    ofStates(['ListStateMachines'], ['*']),
    ofStates(['DescribeStateMachine'], machines.map(names.stateMachineArn)),
    ofStates(['ListExecutions'], [...machines.map(names.stateMachineArn), mapRuns]),
    ofStates(['DescribeExecution', 'GetExecutionHistory', 'ListMapRuns', 'DescribeStateMachineForExecution'], executions),
    ofStates(['DescribeMapRun'], [mapRuns]),
    new PolicyStatement({
      actions: ['DescribeLogStreams', 'FilterLogEvents', 'GetLogEvents'].map((action) => `logs:${action}`),
      resources: functionsOf(tables).map(([name]) => names.logsArn(name)),
    }),
    ...mappingsOf(tables),
  ];
}

/** To say if followed tables are followed now, and since when without a break. The action names no mapping. */
function mappingsOf(tables: Permitted['tables']): PolicyStatement[] {
  return followed(tables).length > 0 ? [new PolicyStatement({ actions: ['lambda:ListEventSourceMappings'], resources: ['*'] })] : [];
}

/** Reads a sample of the tables, or whole tables with `--full`, and settings that matter to a change: streams, time to live, backups. Sees item data. */
export function plannerStatements(on: Permitted): PolicyStatement[] {
  const settings = ['DescribeContinuousBackups', 'DescribeKinesisStreamingDestination', 'DescribeTimeToLive'];
  return [
    ...statementsOf(['describeTables', 'describeOtherTables', 'scanTables', 'readLedger', 'readPreparations'], on, 'GetItem', ...settings),
    ...mappingsOf(on.tables),
  ];
}

/** Gathers preparations with `dynamodt prepare --here`, from data that only the user's network can reach. */
export function preparerStatements(on: Permitted): PolicyStatement[] {
  return statementsOf(['describeTables', 'scanTables', 'readLedger', 'recordPreparations', 'writePreparations'], on);
}

/** Reads by `dynamodt changes` what runs changed. Sees item data, also of tables that were removed since: a journal has all that a run took away. */
export function changesReaderStatements(on: Permitted): PolicyStatement[] {
  return statementsOf(['readLedger', 'readJournals'], on);
}

/** Changes version records in the ledger with `dynamodt repair` and `baseline`. Also reads the item in which the predecessor recorded versions. */
export function repairerStatements(on: Permitted): PolicyStatement[] {
  return [
    useOfKeys([on.key], 'dynamodb', true),
    onLedger(on.ledger, ['GetItem', 'Query']),
    onLedger(on.ledger, ['PutItem', 'ConditionCheckItem'], ['table#*']),
    ...onTables(on.tables, 'DescribeTable', 'GetItem'),
    ...statementsOf(['describeExecutions'], on),
  ];
}
