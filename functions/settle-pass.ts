import { recordDecision } from '../core/run/record-decision.ts';
import { settlePass } from '../core/run/settle-pass.ts';
import { nameAwsFaults } from './wiring/clients/name-aws-faults.ts';
import { deployedStep, regroup, stepsAhead } from './wiring/deployed-transformations.ts';
import { DecisionEvent, handOverRun } from './wiring/hand-over.ts';
import { ledger } from './wiring/ledger.ts';
import { tellMuted } from './wiring/muted-console.ts';
import { systemClock } from './wiring/system-clock.ts';
import { tellDecision } from './wiring/tell-decision.ts';
import { tellEvents } from './wiring/tell-events.ts';

/** Decides the next step from the checkpoints of a Map that ended. */
export const handler = nameAwsFaults(handle);

async function handle(event: unknown) {
  const ended = DecisionEvent.parse(event);
  return (
    (await handOverRun(ended)) ??
    tellDecision(ended, 'passSettled', () =>
      recordDecision(ended, { clock: systemClock, ledger, deployedStep, regroup, stepsAhead, tell: tellEvents }, settlePass),
    ).finally(tellMuted)
  );
}
