import { LedgerControlMarks } from '../../aws/ledger/control-marks.ts';
import { isInAlarm } from '../../aws/services/alarm-state.ts';
import type { PauseByAlarmPorts } from '../../core/run/control/pause-by-alarm.ts';
import { retryingClient } from './clients/retrying-client.ts';
import { environment } from './environment.ts';
import { ledger } from './ledger.ts';
import { serviceCaller } from './service-caller.ts';

/** How StartRun looks at the alarm of `pauseOn`; undefined if the stack has none. */
export function pauseAlarmPorts(): PauseByAlarmPorts | undefined {
  const { pauseAlarm, cloudWatchEndpoint } = environment;
  if (pauseAlarm === undefined) return undefined;
  return {
    alarm: {
      by: `alarm:${pauseAlarm}`,
      isOn: async () => isInAlarm(pauseAlarm, await serviceCaller(cloudWatchEndpoint)),
    },
    ledger,
    marks: new LedgerControlMarks(retryingClient, environment.ledger),
    now: () => new Date().toISOString(),
  };
}
