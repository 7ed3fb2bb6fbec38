import { Duration } from 'aws-cdk-lib';
import { Alarm, ComparisonOperator, type IMetric, MathExpression, Metric, Stats, TreatMissingData } from 'aws-cdk-lib/aws-cloudwatch';
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { ITopic } from 'aws-cdk-lib/aws-sns';
import type { IQueue } from 'aws-cdk-lib/aws-sqs';
import type { Construct } from 'constructs';
import { metricNamespace } from '../metric-namespace.ts';
import type { DeployedNames } from '../names.ts';
import type { StateMachines } from '../state-machines.ts';

export interface AlarmOptions {
  names: DeployedNames;
  stateMachines: StateMachines;
  worker: LambdaFunction;
  /** Undefined if no table is followed. */
  followStream: LambdaFunction | undefined;
  /** Functions that EventBridge calls, and nobody waits for. */
  called: readonly LambdaFunction[];
  /** Of events that these could not follow. */
  lostEvents: IQueue;
  notify: ITopic | undefined;
}

const fiveMinutes = Duration.minutes(5);
/** Invocations for one segment in one pass that raise the alarm. One lasts up to 15 minutes, so 8 mean two hours of work, or repeated crashes. */
const suspiciousAttempts = 8;
/** Milliseconds of the oldest record that raise the alarm. */
const suspiciousAge = 300_000;
/** Throttled requests in five minutes that raise the alarm: more than the normal search for the table's limit causes. */
const suspiciousThrottles = 500;

/** Alarms that need a person. Missing data never raises an alarm, since usually nothing runs. */
export function createAlarms(scope: Construct, options: AlarmOptions): Alarm[] {
  const { names, stateMachines, worker, followStream, called, lostEvents, notify } = options;
  const ours = (metricName: string, statistic: string): IMetric =>
    new Metric({ namespace: metricNamespace, metricName, statistic, period: fiveMinutes, dimensionsMap: { service: names.prefix } });
  const { transformTable, transformAll } = stateMachines;
  const ended = [transformTable, transformAll].flatMap((machine) => [
    machine.metricFailed({ period: fiveMinutes }),
    machine.metricTimedOut({ period: fiveMinutes }),
    machine.metricAborted({ period: fiveMinutes }),
  ]);
  const alarm = (id: string, name: string, metric: IMetric, threshold: number, periods: number, alarmDescription: string): Alarm =>
    new Alarm(scope, id, {
      alarmName: `${names.prefix}-${name}`,
      alarmDescription,
      metric,
      threshold,
      evaluationPeriods: periods,
      comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
      treatMissingData: TreatMissingData.NOT_BREACHING,
    });
  const alarms = [
    alarm(
      'RunsFailed',
      'runs-failed',
      new MathExpression({
        expression: 'SUM(METRICS())',
        usingMetrics: Object.fromEntries(ended.map((metric, index) => [`m${index}`, metric])),
        period: fiveMinutes,
        label: 'failed runs',
      }),
      1,
      1,
      'A run failed, timed out or was aborted. `dynamodt status` shows the run and its error; node_modules/dynamodt/docs/a-run-failed.md says what to do.',
    ),
    alarm(
      'ItemsFailed',
      'items-failed',
      ours('ItemsFailed', Stats.SUM),
      1,
      1,
      'Items could not be transformed. `dynamodt status --failures` names them and the line that failed.',
    ),
    alarm(
      'TableThrottled',
      'table-throttled',
      ours('Throttles', Stats.SUM),
      suspiciousThrottles,
      3,
      'A table has throttled a run for 15 minutes. The run slows down by itself, but the application is throttled too: lower the budget with `dynamodt throttle`.',
    ),
    alarm(
      'WorkersThrottled',
      'workers-throttled',
      worker.metricThrottles({ period: fiveMinutes }),
      1,
      3,
      "Lambda has no room for workers: raise reservedConcurrency or the account's limit, or lower maxConcurrency. The run goes on with the workers that it gets, and asks for the others for half a day.",
    ),
    alarm(
      'AwsUnavailable',
      'aws-unavailable',
      ours('AwsUnavailable', Stats.SUM),
      1,
      2,
      'A service of AWS answers with faults, throttles the functions, or does not answer. Runs wait for it, up to about a day: node_modules/dynamodt/docs/aws-is-unavailable.md',
    ),
    alarm(
      'EventsLost',
      'events-lost',
      new MathExpression({
        expression: 'SUM(METRICS())',
        usingMetrics: {
          ...Object.fromEntries(
            called.map((lambda, index) => [
              `m${index}`,
              lambda.metric('AsyncEventsDropped', { statistic: Stats.SUM, period: fiveMinutes }),
            ]),
          ),
          queued: lostEvents.metricApproximateNumberOfMessagesVisible({ statistic: Stats.MAXIMUM, period: fiveMinutes }),
        },
        period: fiveMinutes,
        label: 'lost events',
      }),
      1,
      1,
      `An event was lost: an alarm of the application did not pause or resume runs, or the end of a run is not recorded. Look at \`dynamodt status\`, pause or resume by hand, read the event in the queue ${names.prefix}-lost-events and the logs of control-run and record-failure, and purge the queue.${followStream ? ' If it names an event source mapping, records of a stream were given up: take the versions up again, as node_modules/dynamodt/docs/follow.md says.' : ''}`,
    ),
    alarm(
      'SegmentIsLong',
      'segment-is-long',
      ours('SegmentAttempts', Stats.MAXIMUM),
      suspiciousAttempts,
      1,
      'One segment of a pass was taken eight times: its work takes two hours or more, or its workers crash repeatedly. node_modules/dynamodt/docs/a-segment-keeps-failing.md',
    ),
  ];
  if (followStream)
    alarms.push(
      alarm(
        'FollowerIsLate',
        'follower-is-late',
        followStream.metric('IteratorAge', { statistic: Stats.MAXIMUM, period: fiveMinutes }),
        suspiciousAge,
        1,
        'What was written to a followed table waits for more than five minutes to be brought into the new shape. node_modules/dynamodt/docs/follow.md',
      ),
      alarm(
        'FollowFailed',
        'follow-failed',
        ours('FollowFailed', Stats.SUM),
        1,
        1,
        'Items that older code wrote could not be brought into the new shape. `dynamodt follow` names them and the line that failed.',
      ),
    );
  if (notify) for (const each of alarms) each.addAlarmAction(new SnsAction(notify));
  return alarms;
}
