import { PolicyStatement } from 'aws-cdk-lib/aws-iam';
import { onLedger, onTables, type Permitted, statementsOf, useOfKeys } from './permissions.ts';

/** Groups of users of the command. None of them may write to the team's tables: only the functions may. */

/** Starts and follows runs, reads the ledger, leaves marks on a run's control (pause, budget, stop), and holds and releases versions. */
export function operatorStatements({ names, ledger, key, tables }: Permitted): PolicyStatement[] {
  return [
    useOfKeys([key], 'dynamodb', true),
    onLedger(ledger, ['GetItem', 'Query']),
    onLedger(
      ledger,
      ['UpdateItem'],
      ['run#*#control'],
      ['pk', 'sk', 'ended', 'paused', 'stopped', 'taskToken', 'writeUnits', 'readUnits', 'writeUnitsSource', 'readUnitsSource'],
    ),
    onLedger(ledger, ['PutItem'], ['holds#*']),
    ...onTables(tables, 'DescribeTable'),
    new PolicyStatement({ actions: ['states:ListStateMachines'], resources: ['*'] }),
    new PolicyStatement({ actions: ['states:ListExecutions'], resources: [names.stateMachineArn('transform-table')] }),
    new PolicyStatement({
      actions: ['states:GetExecutionHistory', 'states:StopExecution'],
      resources: [names.executionsArn('transform-table')],
    }),
    new PolicyStatement({
      actions: ['states:StartExecution', 'states:SendTaskSuccess'],
      resources: ['transform-table', 'transform-all'].map(names.stateMachineArn),
    }),
    new PolicyStatement({
      actions: ['states:DescribeExecution', 'states:RedriveExecution'],
      resources: ['transform-table', 'transform-all'].map((name) => names.executionsArn(name)),
    }),
  ];
}

/** Reads a sample of the tables, or whole tables with `--full`, and settings that matter to a change: streams, time to live, backups. Sees item data. */
export function plannerStatements(on: Permitted): PolicyStatement[] {
  const settings = ['DescribeContinuousBackups', 'DescribeKinesisStreamingDestination', 'DescribeTimeToLive'];
  return statementsOf(['describeTables', 'scanTables', 'readLedger', 'readPreparations'], on, 'GetItem', ...settings);
}

/** Gathers preparations with `dynamodt prepare --here`, from data that only the user's network can reach. */
export function preparerStatements(on: Permitted): PolicyStatement[] {
  return statementsOf(['describeTables', 'scanTables', 'readLedger', 'recordPreparations', 'writePreparations'], on);
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
