import { Duration } from 'aws-cdk-lib';
import { AlarmRule, AlarmState, CompositeAlarm, type IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import type { DeployedNames } from './names.ts';

export interface PauseRuleOptions {
  alarms: readonly IAlarm[];
  controlRun: IFunction;
  names: DeployedNames;
  /** Logical names of the tables. */
  tables: readonly string[];
}

/** https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-quota.html */
const maxTargetsOfRule = 5;

/**
 * Pauses runs while any of the alarms is in alarm, and resumes them when none is. One composite alarm combines them, so that the end of one
 * does not resume a run while another is still in alarm. A run that a person paused stays paused. StartRun looks at the alarm itself, because
 * these rules learn only of its changes.
 */
export function createPauseRules(scope: Construct, { alarms, controlRun, names, tables }: PauseRuleOptions): void {
  if (alarms.length === 0) return;
  const alarm = new CompositeAlarm(scope, 'PauseRuns', {
    compositeAlarmName: names.pauseAlarm,
    alarmDescription: 'While this is in alarm, runs of dynamodt are paused',
    alarmRule: AlarmRule.anyOf(...alarms.map((each) => AlarmRule.fromAlarm(each, AlarmState.ALARM))),
  });
  for (const [state, action] of [
    ['ALARM', 'pause'],
    ['OK', 'resume'],
  ] as const)
    for (let first = 0; first < tables.length; first += maxTargetsOfRule) {
      const rule = new Rule(scope, `${action === 'pause' ? 'Pause' : 'Resume'}${first / maxTargetsOfRule}`, {
        description: `Asks control-run to ${action} runs`,
        eventPattern: {
          source: ['aws.cloudwatch'],
          detailType: ['CloudWatch Alarm State Change'],
          resources: [alarm.alarmArn],
          detail: { state: { value: [state] } },
        },
      });
      for (const table of tables.slice(first, first + maxTargetsOfRule))
        rule.addTarget(
          new LambdaFunction(controlRun, {
            event: RuleTargetInput.fromObject({ table, action, by: `alarm:${names.pauseAlarm}` }),
            maxEventAge: Duration.minutes(5),
          }),
        );
    }
}
