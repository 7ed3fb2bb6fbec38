import { createHash } from 'node:crypto';
import * as z from 'zod';
import { describeExecution } from '../aws/step-functions.ts';
import { fitsOnePage } from '../aws/table/fits-one-page.ts';
import { readPredecessorItems } from '../aws/table/read-predecessor-items.ts';
import { readSample } from '../aws/table/read-sample.ts';
import { readTableDetails } from '../aws/table/table-details.ts';
import { parseRunInput, type RunInput } from '../core/run/run-input.ts';
import { startRun } from '../core/run/start-run.ts';
import type { Start } from '../core/run/starting/start-ports.ts';
import { executedByPredecessor } from '../core/values/predecessor-item.ts';
import { CarefulStart, serveCarefulStart } from './wiring/careful/careful-start.ts';
import { startWatchdog } from './wiring/careful/watchdog.ts';
import { nameAwsFaults } from './wiring/clients/name-aws-faults.ts';
import { retryingClient } from './wiring/clients/retrying-client.ts';
import { describeTable } from './wiring/describe-table.ts';
import { environment } from './wiring/environment.ts';
import { sfnClient } from './wiring/executions.ts';
import { handOver, handOverFields, withoutStarter } from './wiring/hand-over.ts';
import { loadKept } from './wiring/kept-code.ts';
import { ledger } from './wiring/ledger.ts';
import { log } from './wiring/log.ts';
import { measureRun } from './wiring/metrics.ts';
import { tellMuted } from './wiring/muted-console.ts';
import { pauseAlarmPorts } from './wiring/pause-alarm.ts';
import { publishedTables } from './wiring/published-tables.ts';
import { secrets } from './wiring/secrets.ts';
import { systemClock } from './wiring/system-clock.ts';
import { teamLookups } from './wiring/team-lookups.ts';
import { tellEvents } from './wiring/tell-events.ts';
import { contextOf, physicalName } from './wiring/transform-context.ts';

const Event = z.object({
  ...handOverFields,
  execution: z.string(),
  startedAt: z.string(),
  redriveCount: z.number().default(0),
  retryCount: z.number().default(0),
});

/** Starts a run, or continues the one that ended before it was complete. */
export const handler = nameAwsFaults(handle);

serveCarefulStart();

async function handle(event: unknown) {
  startWatchdog();
  const begun = Event.parse(event);
  const handedOver = await handOver(begun);
  if (handedOver) return handedOver;
  const { retryCount, redriveCount, startedAt, execution } = begun;
  const { input, startedBy } = withoutStarter(begun.input);
  const asked = parseRunInput(input);
  // The process of the try before may have been ended by the team's code.
  const careful = retryCount > 0 ? new CarefulStart(import.meta.url, asked) : undefined;
  try {
    await careful?.refuseBlockingFiles();
    return await start(asked, { execution, startedAt, redriveCount, startedBy }, careful);
  } finally {
    await careful?.close();
    tellMuted();
  }
}

async function start(asked: RunInput, execution: Omit<Start, 'input'>, careful: CarefulStart | undefined) {
  const { leaseMs, controlIntervalMs } = environment;
  const published = await publishedTables();
  const parsed = { ...asked, acceptLastWriterWins: asked.acceptLastWriterWins || published.acceptsLastWriterWins(asked.table) };
  const next = await startRun(
    { input: parsed, ...execution },
    {
      clock: systemClock,
      ledger,
      describeTable: (table, mayHaveNoFiles) => describeTable(table, published, mayHaveNoFiles),
      describeOther: (table) => readTableDetails(retryingClient, physicalName(table, published)),
      loadKept,
      readSample: (shape, count, scope) => readSample(retryingClient, shape, count, scope),
      fitsOnePage: (shape, maxItems) => fitsOnePage(retryingClient, shape, maxItems),
      executedByPredecessor: async (shape) => executedByPredecessor(await readPredecessorItems(retryingClient, shape)),
      tryApart: careful?.tryApart,
      lookups: teamLookups,
      describeExecution: (arn) => describeExecution(sfnClient, arn),
      secrets,
      contextOf: ({ sequence }, { input: { table, direction } }, shape, given) =>
        contextOf({ table, shape, direction, dryRun: true }, sequence, undefined, given),
      runId: (start) =>
        `${start.startedAt.replace(/[-:.]/g, '')}-${createHash('sha256').update(start.execution).digest('hex').slice(0, 6)}`,
      pauseAlarm: pauseAlarmPorts(),
      tell: tellEvents,
      onlyBetween: environment.onlyBetween,
      leaseMs,
      controlIntervalMs,
      reservedConcurrency: environment.reservedConcurrency,
      followLeaseMs: environment.followLeaseMs,
      journalRetentionDays: environment.journalRetentionDays,
    },
  );
  log('runStarted', { table: parsed.table, decision: next.decision, ...('run' in next ? { run: next.run } : {}) });
  if (next.decision === 'transform' || next.decision === 'quiet' || next.decision === 'wait') measureRun(parsed.table, 'RunsStarted');
  return next;
}
