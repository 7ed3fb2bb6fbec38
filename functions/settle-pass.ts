import * as z from 'zod';
import { recordDecision } from '../core/run/record-decision.ts';
import { settlePass } from '../core/run/settle-pass.ts';
import { nameAwsFaults } from './wiring/clients/name-aws-faults.ts';
import { deployedStep, stepsAhead } from './wiring/deployed-transformations.ts';
import { handOverFields, handOverRun } from './wiring/hand-over.ts';
import { ledger } from './wiring/ledger.ts';
import { systemClock } from './wiring/system-clock.ts';
import { tellDecision } from './wiring/tell-decision.ts';

const Event = z.object({
  table: z.string(),
  run: z.string(),
  decisionNumber: z.number(),
  execution: z.string(),
  redriveCount: z.number(),
  ...handOverFields,
});

/** Decides the next step from the checkpoints of a Map that ended. */
export const handler = nameAwsFaults(handle);

async function handle(event: unknown) {
  const ended = Event.parse(event);
  return (
    (await handOverRun(ended)) ??
    tellDecision(ended, 'passSettled', () => recordDecision(ended, { clock: systemClock, ledger, deployedStep, stepsAhead }, settlePass))
  );
}
