import { randomUUID } from 'node:crypto';
import * as z from 'zod';
import { ChangeClaims } from '../aws/ledger/change-claims.ts';
import { Checkpoints } from '../aws/ledger/checkpoints.ts';
import { Shares } from '../aws/ledger/shares.ts';
import { Seeds } from '../aws/table/seeds.ts';
import { Table } from '../aws/table/table.ts';
import { andThen } from '../core/change/maybe-promise.ts';
import { withoutFunctions } from '../core/change/other-items.ts';
import { type Control, requestTimeoutMs } from '../core/ledger/control.ts';
import { unlimitedBudget } from '../core/lookup/lookup-port.ts';
import { Lookups } from '../core/lookup/lookups.ts';
import { type BindPorts, bindSequences } from '../core/segment/bind-sequences.ts';
import { bindTogether, loadTogether } from '../core/segment/bind-together.ts';
import { type AskedImage, isAskedAgain } from '../core/segment/segment-ports.ts';
import { transformSegment } from '../core/segment/transform-segment.ts';
import { attributesRead } from '../core/transformation/attributes-read.ts';
import { openDecidingProcess } from './wiring/careful/deciding-process.ts';
import { serveDecisions } from './wiring/careful/serve-decisions.ts';
import { startWatchdog } from './wiring/careful/watchdog.ts';
import { nameAwsFaults } from './wiring/clients/name-aws-faults.ts';
import { retryingClient } from './wiring/clients/retrying-client.ts';
import { tableClient, tableWire } from './wiring/clients/table-client.ts';
import { loadCode } from './wiring/deployed-transformations.ts';
import { environment } from './wiring/environment.ts';
import { journals } from './wiring/journals.ts';
import { ledger } from './wiring/ledger.ts';
import { log } from './wiring/log.ts';
import { measureSegment } from './wiring/metrics.ts';
import { tellMuted } from './wiring/muted-console.ts';
import { readPreparation } from './wiring/preparations.ts';
import { openGiven } from './wiring/secrets.ts';
import { systemClock } from './wiring/system-clock.ts';
import { teamLookups } from './wiring/team-lookups.ts';
import { contextOf } from './wiring/transform-context.ts';

const Event = z.object({ run: z.string(), pass: z.number(), segment: z.number(), decisionNumber: z.number().optional() });

/** Share of the remaining time that is reserved for settling items in flight, and the same share again for saving the checkpoint. */
const shareOfTimeKeptBack = 0.1;
const maxKeptBackMs = 30_000;
/** Of a request that is sent at the last moment. */
const minPatienceMs = requestTimeoutMs - 1000;

const codePorts: BindPorts = {
  loadTransformation: loadCode,
  readPreparation,
  openSeeds: ({ table, sequence, shape }) => new Seeds(tableClient, environment.ledger, table, sequence, shape),
  openGiven,
  contextOf,
};
let readUnits = 0;
serveDecisions(
  async (control: Control) => {
    const codes = await loadTogether(control, codePorts);
    const [code] = codes ?? [];
    if (!codes || !code) throw new Error(`${control.table} v${control.sequence} is not deployed.`);
    const noteReads = (units: number): void => {
      readUnits += units;
    };
    const lookups = new Lookups({ ...teamLookups, clock: systemClock });
    // The worker pays for what the process reports.
    lookups.paceBy({ ...unlimitedBudget, consumed: (_, units) => noteReads(units) });
    teamLookups.noteOthers?.(noteReads);
    const { decide } =
      codes.length > 1
        ? (await bindTogether(control, codes, codePorts, lookups)).decider
        : await bindSequences(control, code, codePorts, lookups);
    return (asked: AskedImage, place) =>
      andThen(isAskedAgain(asked) ? decide(asked[0], place, asked[1]) : decide(asked, place), withoutFunctions);
  },
  () => {
    const taken = readUnits;
    readUnits = 0;
    return taken;
  },
);

/** Transforms one segment from its checkpoint until it is done or little time is left. */
export const handler = nameAwsFaults(handle);

async function handle(event: unknown, context: { getRemainingTimeInMillis(): number }) {
  startWatchdog();
  const remaining = context.getRemainingTimeInMillis();
  const now = systemClock.monotonic();
  const keptBack = Math.min(maxKeptBackMs, remaining * shareOfTimeKeptBack);
  const { decisionNumber, ...assignment } = Event.parse(event);
  const deadline = { read: now + remaining - 2 * keptBack, write: now + remaining - keptBack };
  const msLeft = (): number => Math.max(minPatienceMs, deadline.write - systemClock.monotonic());
  return transformSegment(assignment, {
    worker: randomUUID(),
    decisionNumber,
    clock: systemClock,
    readControl: (run) => ledger.control(run),
    checkpoints: new Checkpoints(retryingClient, environment.ledger, systemClock.wall, environment.journalRetentionDays),
    ...codePorts,
    lookups: teamLookups,
    openProcess: (control) => openDecidingProcess(import.meta.url, control),
    openTable: ({ shape, direction, earlier }, transformation, scope) =>
      // In a dry run the sequences before this one may read more.
      new Table(
        tableWire,
        shape,
        earlier.length > 0 || !transformation ? undefined : attributesRead(transformation, direction),
        msLeft,
        scope,
      ),
    journal: journals,
    deadline,
    memoryGigabytes: environment.memoryGigabytes,
    tokens: new ChangeClaims(retryingClient, tableClient, environment.ledger),
    shares: new Shares(retryingClient, environment.ledger),
    signatureLifetimeMs: environment.signatureLifetimeMs,
    maxWriteUnitsPerWorker: environment.maxWriteUnitsPerWorker,
    log,
    measure: measureSegment,
  }).finally(tellMuted);
}
