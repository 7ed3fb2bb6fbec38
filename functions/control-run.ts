import { parseControlInput } from '../core/run/control/control-input.ts';
import { controlRun } from '../core/run/control/control-run.ts';
import { controlRuns } from '../core/run/control/control-runs.ts';
import { controlPorts } from './wiring/control-ports.ts';
import { log } from './wiring/log.ts';
import { publishedTables } from './wiring/published-tables.ts';

/** Pauses, resumes, stops or throttles the run of a table: called by alarms, and by users who may invoke functions. */
export async function handler(event: unknown) {
  const request = parseControlInput(event);
  const { action, by } = request;
  if ('allTables' in request) {
    const tables = await controlRuns(request, (await publishedTables()).names, controlPorts());
    log('runsControlled', { tables, action, by });
    return { tables, action };
  }
  const controlled = await controlRun(request, controlPorts());
  log('runControlled', { ...controlled, by });
  return controlled;
}
