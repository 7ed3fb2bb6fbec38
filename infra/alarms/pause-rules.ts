import { Duration } from 'aws-cdk-lib';
import { AlarmRule, AlarmState, CompositeAlarm, type IAlarm } from 'aws-cdk-lib/aws-cloudwatch';
import { Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events';
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets';
import type { IFunction } from 'aws-cdk-lib/aws-lambda';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import type { DeployedNames } from '../names.ts';

export interface PauseRuleOptions {
  alarms: readonly IAlarm[];
  controlRun: IFunction;
  names: DeployedNames;
  /** Of events that could not be delivered. */
  lostEvents: IQueue;
}

/**
 * Pauses runs while any of the alarms is in alarm, and resumes them when none is. One composite alarm combines them, so that the end of one
 * does not resume a run while another is still in alarm. A run that a person paused stays paused. StartRun looks at the alarm itself, because
 * these rules learn only of its changes. The rules name no table: with one target for each, many tables would need more rules than the policy
 * of a function can name.
 */
export function createPauseRules(scope: Construct, { alarms, controlRun, names, lostEvents }: PauseRuleOptions): void {
  if (alarms.length === 0) return;
  const alarm = new CompositeAlarm(scope, 'PauseRuns', {
    compositeAlarmName: names.pauseAlarm,
    alarmDescription: 'While this is in alarm, runs of dynamodt are paused',
    alarmRule: AlarmRule.anyOf(...alarms.map((each) => AlarmRule.fromAlarm(each, AlarmState.ALARM))),
  });
  for (const [state, action, id] of [
    ['ALARM', 'pause', 'Pause'],
    ['OK', 'resume', 'Resume'],
  ] as const)
    new Rule(scope, id, {
      description: `Asks control-run to ${action} runs`,
      eventPattern: {
        source: ['aws.cloudwatch'],
        detailType: ['CloudWatch Alarm State Change'],
        resources: [alarm.alarmArn],
        detail: { state: { value: [state] } },
      },
      targets: [
        new LambdaFunction(controlRun, {
          event: RuleTargetInput.fromObject({ allTables: true, action, by: `alarm:${names.pauseAlarm}` }),
          maxEventAge: Duration.minutes(5),
          deadLetterQueue: lostEvents,
        }),
      ],
    });
}
