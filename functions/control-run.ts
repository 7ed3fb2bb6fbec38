import { RunError } from '../core/errors.ts';
import { ControlRequest, controlRun } from '../core/run/control/control-run.ts';
import { ControlAllRequest, controlRuns } from '../core/run/control/control-runs.ts';
import { controlPorts } from './wiring/control-ports.ts';
import { log } from './wiring/log.ts';
import { publishedTables } from './wiring/published-tables.ts';

/** Pauses, resumes, stops or throttles the run of a table: called by alarms, and by users who may invoke functions. */
export async function handler(event: unknown) {
  const ofAll = ControlAllRequest.safeParse(event);
  if (ofAll.success) {
    const asked = await controlRuns(ofAll.data, (await publishedTables()).names, controlPorts());
    log('runsControlled', { tables: asked, action: ofAll.data.action, by: ofAll.data.by });
    return { tables: asked, action: ofAll.data.action };
  }
  const request = ControlRequest.safeParse(event);
  if (!request.success)
    throw new RunError(
      'InvalidInput',
      'control-run takes {"table", "action": "pause" | "resume" | "stop" | "throttle", "by"}, writeUnits or readUnits with throttle, and pauseAfter (a whole number of items, 1 or more) or maxCost (an amount above 0) with resume.',
    );
  const controlled = await controlRun(request.data, controlPorts());
  log('runControlled', { ...controlled, by: request.data.by });
  return controlled;
}
