import type { TimeZone } from 'aws-cdk-lib';
import { Schedule, ScheduleExpression, ScheduleTargetInput } from 'aws-cdk-lib/aws-scheduler';
import { LambdaInvoke, StepFunctionsStartExecution } from 'aws-cdk-lib/aws-scheduler-targets';
import { Construct } from 'constructs';
import type { Dynamodt } from 'dynamodt/cdk';

export interface MaintenanceWindowProps {
  dynamodt: Dynamodt;
  /** Names of the folders of the service's tables. */
  tables: readonly string[];
  /** Hours of the day, 0 to 23. */
  opens: number;
  closes: number;
  timeZone: TimeZone;
}

/**
 * Transforms only during a window: when it opens, paused runs are resumed and pending versions are started; when it closes, runs that are under way are
 * paused. A schedule may fire twice, which is harmless: the second execution follows the runs of the first.
 */
export class MaintenanceWindow extends Construct {
  constructor(scope: Construct, id: string, { dynamodt, tables, opens, closes, timeZone }: MaintenanceWindowProps) {
    super(scope, id);
    const at = (hour: number, minute = 0) => ScheduleExpression.cron({ hour: String(hour), minute: String(minute), timeZone });
    const controlRun = dynamodt.functions.get('control-run');
    if (!controlRun) throw new Error('This version of dynamodt has no function control-run.');

    for (const table of tables) {
      const control = (action: 'pause' | 'resume') =>
        new LambdaInvoke(controlRun, {
          // In the role of an alarm it resumes only runs that it paused itself, and its request succeeds if no run is under way.
          input: ScheduleTargetInput.fromObject({ table, action, by: 'alarm:maintenance-window' }),
        });
      new Schedule(this, `Resume${table}`, { schedule: at(opens), target: control('resume') });
      new Schedule(this, `Pause${table}`, { schedule: at(closes), target: control('pause') });
    }
    new Schedule(this, 'Start', {
      schedule: at(opens, 1),
      target: new StepFunctionsStartExecution(dynamodt.transformAll, { input: ScheduleTargetInput.fromObject({}) }),
    });
  }
}
