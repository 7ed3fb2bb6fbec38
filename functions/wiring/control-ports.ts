import { LedgerControlMarks } from '../../aws/ledger/control-marks.ts';
import { describeExecution, sendTaskSuccess } from '../../aws/step-functions.ts';
import type { ControlRunPorts } from '../../core/run/control/control-run.ts';
import { retryingClient } from './clients/retrying-client.ts';
import { environment } from './environment.ts';
import { sfnClient } from './executions.ts';
import { ledger } from './ledger.ts';
import { tellEvents } from './tell-events.ts';

export function controlPorts(): ControlRunPorts {
  return {
    ledger,
    marks: new LedgerControlMarks(retryingClient, environment.ledger),
    sendTaskSuccess: (token) => sendTaskSuccess(sfnClient, token),
    describeRunning: async (arn) => {
      const execution = await describeExecution(sfnClient, arn);
      return execution?.status === 'running' ? execution : undefined;
    },
    now: new Date().toISOString(),
    tell: tellEvents,
  };
}
