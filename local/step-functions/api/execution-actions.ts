import { ApiError } from '../../http/api-error.ts';
import type { Actions, Request } from '../../http/json-api.ts';
import type { Engine } from '../engine.ts';
import type { Execution } from '../execution.ts';
import { redriveStatus } from '../redrive-status.ts';
import { executionIn, machineIn, mapRunIn, seconds } from './find-resource.ts';
import { historyEvent } from './history-event.ts';
import { page } from './pages.ts';
import { redriveExecution } from './redrive-execution.ts';
import { startExecution } from './start-execution.ts';

/** The actions on executions. */
export function executionActions(engine: Engine): Actions {
  return {
    StartExecution: (request) => {
      const { arn, startDate } = startExecution(engine, request);
      return { executionArn: arn, startDate: seconds(startDate) };
    },
    RedriveExecution: (request) => ({ redriveDate: seconds(redriveExecution(engine, request)) }),
    DescribeExecution: (request) => description(executionIn(engine, request)),
    ListExecutions: (request) => {
      const { page: executions, nextToken } = page(listed(engine, request), request);
      return { executions: executions.map(summary), nextToken };
    },
    StopExecution: (request) => {
      const execution = executionIn(engine, request);
      const text = (field: string): string | undefined => (request[field] ? String(request[field]) : undefined);
      execution.stop(text('error'), text('cause'));
      return { stopDate: seconds(execution.stopDate) };
    },
    GetExecutionHistory: (request) => {
      const { events } = executionIn(engine, request).history;
      const { page: asked, nextToken } = page(request['reverseOrder'] ? events.toReversed() : events, request);
      return { events: asked.map((event) => historyEvent(event, request['includeExecutionData'] !== false)), nextToken };
    },
  };
}

/** Executions of a state machine without children, or the children of a Map Run. Newest first. */
function listed(engine: Engine, request: Request): Execution[] {
  if (Boolean(request['mapRunArn']) === Boolean(request['stateMachineArn'])) {
    throw new ApiError('ValidationException', 'Provide either stateMachineArn or mapRunArn.');
  }
  const run = request['mapRunArn'] ? mapRunIn(engine, request) : undefined;
  const machine = run ? undefined : machineIn(engine, request);
  const all = run ? Object.values(run.children) : [...engine.executions.values()].filter((execution) => execution.machine === machine);
  const { statusFilter: status, redriveFilter: redrive } = request;
  if (!run && (redrive || status === 'PENDING_REDRIVE'))
    throw new ApiError('ValidationException', 'Only the children of a Map Run can be filtered by their redrives: provide mapRunArn.');
  const asked = ({ status: own, redriveCount }: Execution): boolean =>
    (!status || own === status) && (!redrive || (redrive === 'REDRIVEN') === redriveCount > 0);
  return all.filter(asked).sort((a, b) => b.startDate - a.startDate);
}

function summary(execution: Execution) {
  return {
    executionArn: execution.arn,
    stateMachineArn: execution.machine.arn,
    name: execution.name,
    status: execution.status,
    startDate: seconds(execution.startDate),
    stopDate: seconds(execution.stopDate),
    mapRunArn: execution.mapRunArn,
    itemCount: execution.mapRunArn && 1,
    redriveCount: execution.redriveCount,
    redriveDate: seconds(execution.redriveDate),
  };
}

function description(execution: Execution) {
  const { itemCount: _itemCount, ...own } = summary(execution);
  const { status: redriveStatusNow, reason } = redriveStatus(execution);
  return {
    ...own,
    input: execution.input,
    inputDetails: { included: true },
    output: execution.output,
    outputDetails: execution.output === undefined ? undefined : { included: true },
    error: execution.error,
    cause: execution.cause,
    redriveStatus: redriveStatusNow,
    redriveStatusReason: reason,
  };
}
