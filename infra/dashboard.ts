import { Duration, Stack } from 'aws-cdk-lib';
import { type Alarm, AlarmStatusWidget, Dashboard, GraphWidget, type IMetric, MathExpression } from 'aws-cdk-lib/aws-cloudwatch';
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

/** A CloudWatch dashboard of runs by table and sequence. */
export function createDashboard(scope: Construct, { names, stateMachines, worker, followStream, alarms }: DashboardOptions): Dashboard {
  const { region } = Stack.of(scope);
  const searched = (metricName: string, perSecond: boolean): IMetric => {
    const schema = `{${metricNamespace},sequence,service,table}`;
    const search = `SEARCH('${schema} service="${names.prefix}" MetricName="${metricName}"', 'Sum', 60)`;
    return new MathExpression({ expression: perSecond ? `${search}/60` : search, label: '', period: oneMinute, searchRegion: region });
  };
  const graph = (title: string, left: IMetric[]): GraphWidget => new GraphWidget({ title, left, width: 8, height: 6, region });
  const { transformTable } = stateMachines;
  const dashboard = new Dashboard(scope, 'Dashboard', { dashboardName: `${names.prefix}-${region}` });
  dashboard.addWidgets(new AlarmStatusWidget({ title: 'Alarms', alarms: [...alarms], width: 24, height: 3 }));
  dashboard.addWidgets(
    graph('Items scanned a second', [searched('ItemsScanned', true)]),
    graph('Items changed a second', [searched('ItemsChanged', true)]),
    graph('Items failed', [searched('ItemsFailed', false)]),
  );
  dashboard.addWidgets(
    graph('Write units a second', [searched('WriteUnits', true)]),
    graph('Read units a second', [searched('ReadUnits', true)]),
    graph('Throttled requests', [searched('Throttles', false)]),
  );
  dashboard.addWidgets(
    graph('Conflicts with the application, decided again', [searched('Conflicts', false)]),
    graph('Workers', [worker.metric('ConcurrentExecutions', { statistic: 'Maximum', period: oneMinute }), worker.metricErrors()]),
    graph('Runs', [transformTable.metricStarted(), transformTable.metricSucceeded(), transformTable.metricFailed()]),
  );
  if (followStream)
    dashboard.addWidgets(
      graph('Items of an older shape, brought up by following, a minute', [searched('OldShapeItems', false)]),
      graph('Age of the oldest record of a stream, in ms', [
        followStream.metric('IteratorAge', { statistic: 'Maximum', period: oneMinute }),
      ]),
      graph('Invocations of the follower', [followStream.metricInvocations(), followStream.metricErrors(), followStream.metricThrottles()]),
    );
  return dashboard;
}
