import * as z from 'zod';
import { waitForResume } from '../core/run/control/control-run.ts';
import { nameAwsFaults } from './wiring/clients/name-aws-faults.ts';
import { controlPorts } from './wiring/control-ports.ts';

const Event = z.object({ run: z.string(), token: z.string() });

/** Keeps the task token of an execution that waits while its run is paused. */
export const handler = nameAwsFaults(handle);

async function handle(event: unknown) {
  const { run, token } = Event.parse(event);
  return waitForResume(run, token, controlPorts());
}
