import { Duration, Stack } from 'aws-cdk-lib';
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  type IWidget,
  MathExpression,
  SingleValueWidget,
} from 'aws-cdk-lib/aws-cloudwatch';
import type { Function as LambdaFunction } from 'aws-cdk-lib/aws-lambda';
import type { Construct } from 'constructs';
import { metricNamespace } from './metric-namespace.ts';
import type { DeployedNames } from './names.ts';
import type { StateMachines } from './state-machines.ts';

export interface DashboardOptions {
  names: DeployedNames;
  stateMachines: StateMachines;
  worker: LambdaFunction;
  /** Undefined if no table is followed. */
  followStream: LambdaFunction | undefined;
  alarms: readonly Alarm[];
}

const oneMinute = Duration.minutes(1);
const allOfIt = 24;

/**
 * A CloudWatch dashboard with the pictures of the page of a run, in the same order, below each other on one time axis: alarms for the headline, the
 * numbers at a glance, throughput, write and read capacity, throttling, segments (as workers), what became of the items, those of followed tables,
 * and at last the runs.
 */
export function createDashboard(scope: Construct, { names, stateMachines, worker, followStream, alarms }: DashboardOptions): Dashboard {
  const { region } = Stack.of(scope);
  const found = (metricName: string): string =>
    `SEARCH('{${metricNamespace},sequence,service,table} service="${names.prefix}" MetricName="${metricName}"', 'Sum', 60)`;
  const expressed = (expression: string, label: string): IMetric =>
    new MathExpression({ expression, label, period: oneMinute, searchRegion: region });
  const ofVersion = (what: string): string => `\${PROP('Dim.table')} v\${PROP('Dim.sequence')} ${what}`;
  const perSecond = (metricName: string, what: string): IMetric => expressed(`${found(metricName)}/60`, ofVersion(what));
  const counted = (metricName: string, what: string): IMetric => expressed(found(metricName), ofVersion(what));
  const total = (metricName: string, label: string): IMetric => expressed(`SUM(${found(metricName)})`, label);
  const graph = (title: string, unit: string, left: IMetric[]): GraphWidget =>
    new GraphWidget({ title, left, leftYAxis: { label: unit, showUnits: false, min: 0 }, width: allOfIt, height: 5, region });
  const { transformTable } = stateMachines;
  const dashboard = new Dashboard(scope, 'Dashboard', { dashboardName: `${names.prefix}-${region}` });
  const tiles = [
    total('ItemsChanged', 'changed'),
    total('ItemsScanned', 'scanned'),
    total('ItemsFailed', 'failed'),
    total('WriteUnits', 'write units'),
    total('ReadUnits', 'read units'),
  ];
  const followed = followStream
    ? [
        graph('Followed: items of an older shape, brought up', 'items a minute', [counted('OldShapeItems', 'brought up')]),
        graph('Followed: age of the oldest record of a stream', 'ms', [
          followStream.metric('IteratorAge', { statistic: 'Maximum', period: oneMinute }),
        ]),
        graph('Followed: invocations', 'invocations', [
          followStream.metricInvocations(),
          followStream.metricErrors(),
          followStream.metricThrottles(),
        ]),
      ]
    : [];
  const below: IWidget[] = [
    new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: allOfIt, height: 3 }),
    new SingleValueWidget({ title: 'At a glance', metrics: tiles, setPeriodToTimeRange: true, width: allOfIt, height: 3, region }),
    graph('Throughput', 'items/s', [perSecond('ItemsScanned', 'scanned'), perSecond('ItemsChanged', 'changed')]),
    graph('Write capacity', 'units/s', [perSecond('WriteUnits', 'writes')]),
    graph('Read capacity', 'units/s', [perSecond('ReadUnits', 'reads')]),
    graph('Throttling: requests that were refused and sent again', 'requests/s', [perSecond('Throttles', 'refused')]),
    graph('Segments: workers', 'workers', [
      worker.metric('ConcurrentExecutions', { statistic: 'Maximum', period: oneMinute, label: 'at work' }),
      worker.metricErrors({ period: oneMinute, label: 'ended with an error' }),
    ]),
    graph('What became of the items', 'items', [counted('ItemsFailed', 'failed'), counted('Conflicts', 'decided again')]),
    ...followed,
    graph('Runs', 'runs', [
      transformTable.metricStarted({ label: 'started' }),
      transformTable.metricSucceeded({ label: 'succeeded' }),
      transformTable.metricFailed({ label: 'failed' }),
    ]),
  ];
  for (const widget of below) dashboard.addWidgets(widget);
  return dashboard;
}
