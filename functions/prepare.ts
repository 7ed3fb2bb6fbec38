import { LedgerPreparations } from '../aws/preparations/preparation-records.ts';
import { readSample } from '../aws/table/read-sample.ts';
import { scanItems } from '../aws/table/scan-items.ts';
import { Lookups } from '../core/lookup/lookups.ts';
import { prepareRun } from '../core/run/preparing/prepare-run.ts';
import { pacedReads } from '../core/segment/pacing/lookup-budget.ts';
import { Pacing } from '../core/segment/pacing/pacing.ts';
import { nameAwsFaults } from './wiring/clients/name-aws-faults.ts';
import { retryingClient } from './wiring/clients/retrying-client.ts';
import { deployedStep, loadCode, regroup, stepsAhead } from './wiring/deployed-transformations.ts';
import { environment } from './wiring/environment.ts';
import { DecisionEvent, handOverRun } from './wiring/hand-over.ts';
import { ledger } from './wiring/ledger.ts';
import { tellMuted } from './wiring/muted-console.ts';
import { openedPreparations } from './wiring/preparations.ts';
import { openGiven } from './wiring/secrets.ts';
import { systemClock } from './wiring/system-clock.ts';
import { teamLog } from './wiring/team-log.ts';
import { documentClient, teamLookups } from './wiring/team-lookups.ts';
import { tellDecision } from './wiring/tell-decision.ts';
import { tellEvents } from './wiring/tell-events.ts';
import { contextOf, tableNamesFor } from './wiring/transform-context.ts';

/** Milliseconds reserved for encrypting and reading back the preparation, and for trying the sample. */
const shareOfTimeKeptBack = 0.1;

/** Gathers the preparation of a sequence, or takes an existing one of the same code, and freezes it for the run. */
export const handler = nameAwsFaults(handle);

async function handle(event: unknown, context: { getRemainingTimeInMillis(): number }) {
  const begun = DecisionEvent.parse(event);
  const handedOver = await handOverRun(begun);
  if (handedOver) return handedOver;
  const store = await openedPreparations();
  return tellDecision(begun, 'runPrepared', () =>
    prepareRun(begun, {
      clock: systemClock,
      ledger,
      deployedStep,
      regroup,
      stepsAhead,
      tell: tellEvents,
      store,
      records: new LedgerPreparations(retryingClient, environment.ledger),
      loadTransformation: loadCode,
      readSample: (shape, count, scope) => readSample(retryingClient, shape, count, scope),
      openGiven,
      prepareContextOf: async ({ table, shape, sequence, budget }, given, declared, count) => {
        const pacing = new Pacing(systemClock, budget.readUnits ?? Number.POSITIVE_INFINITY);
        const scan = (attributes?: readonly string[]) =>
          scanItems(retryingClient, shape, attributes, async (units) => {
            count(units);
            await pacing.pay(units);
          });
        const lookups = new Lookups({ ...teamLookups, clock: systemClock });
        lookups.paceBy(pacedReads(pacing, undefined, count));
        const look = lookups.lookFor(declared, { table, shape });
        teamLookups.noteOthers?.((units) => {
          count(units);
          pacing.charge(units);
        });
        const tableNameOf = await tableNamesFor(table, shape.name);
        return { table, tableName: shape.name, sequence, ...given, tableNameOf, look, documentClient, scan, log: teamLog };
      },
      contextOf,
      lookups: teamLookups,
      limitMs: context.getRemainingTimeInMillis() * (1 - shareOfTimeKeptBack),
      maxBytes: environment.maxPreparationBytes,
    }),
  ).finally(tellMuted);
}
