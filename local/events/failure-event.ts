import { randomUUID } from 'node:crypto';
import type { Json } from '../json.ts';
import { account } from '../names.ts';
import type { Execution } from '../step-functions/execution.ts';
import { redriveStatus } from '../step-functions/redrive-status.ts';

/** The event that EventBridge sends when an execution has ended: https://docs.aws.amazon.com/step-functions/latest/dg/eventbridge-integration.html */
export interface FailureEvent {
  [field: string]: Json;
  time: string;
  detail: {
    executionArn: string;
    stateMachineArn: string;
    name: string;
    status: 'FAILED' | 'TIMED_OUT' | 'ABORTED';
    /** Milliseconds since the epoch, as `stopDate`. */
    startDate: number;
    stopDate: number;
    input: string;
    output: null;
    error: string | null;
    cause: string | null;
    [field: string]: Json;
  };
}

/** The event of an execution; `undefined` unless it failed, timed out or was stopped. */
export function failureEvent(execution: Execution, region: string): FailureEvent | undefined {
  const { arn, machine, name, status, startDate, stopDate = Date.now(), input, error, cause, redriveCount, redriveDate } = execution;
  if (status !== 'FAILED' && status !== 'TIMED_OUT' && status !== 'ABORTED') return undefined;
  const { status: redrivable, reason } = redriveStatus(execution);
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': 'Step Functions Execution Status Change',
    source: 'aws.states',
    account,
    time: `${new Date(stopDate).toISOString().slice(0, 19)}Z`,
    region,
    resources: [arn],
    detail: {
      executionArn: arn,
      stateMachineArn: machine.arn,
      name,
      status,
      startDate,
      stopDate,
      input,
      output: null,
      stateMachineVersionArn: null,
      stateMachineAliasArn: null,
      redriveCount,
      redriveDate: redriveDate ?? null,
      redriveStatus: redrivable,
      redriveStatusReason: reason ?? null,
      inputDetails: { included: true },
      outputDetails: null,
      error: error ?? null,
      cause: cause ?? null,
    },
  };
}
