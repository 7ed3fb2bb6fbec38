import { budgetFor } from '../../ledger/budget.ts';
import { controlTimes, type UndoPart } from '../../ledger/control.ts';
import { always } from '../../ledger/limits/hours.ts';
import { takesTable } from '../../ledger/run.ts';
import { resetRun } from '../../ledger/versions/version.ts';
import { carriedOver } from '../../ledger/versions/version-counters.ts';
import { defaultMaxConcurrency } from '../../ledger/workers.ts';
import { noDeclarations } from '../../transformation/declarations.ts';
import { totalSegmentsFor } from '../map-size.ts';
import type { RunRequest } from '../taking/run-request.ts';
import { undoPartsOf } from '../undo-by-journal.ts';
import { maxCostFor } from './max-cost-for.ts';
import { type Steps, transformationsOf, undone } from './planned-steps.ts';
import type { Start, StartedTable, StartRunPorts } from './start-ports.ts';

/** What a start asks of the ledger: the run with its size and its budget. */
export function requestOf(start: Start, id: string, { steps, versions }: Steps, table: StartedTable, ports: StartRunPorts): RunRequest {
  const { shape, tableId, bytes, items, throughputs, deployed, otherBudgets, isSmall = false } = table;
  const totalSegments = start.input.totalSegments ?? totalSegmentsFor(bytes, isSmall);
  // What a journal takes back can reach every index.
  const byJournal = steps.some(({ by }) => by === 'journal') ? [{ ...noDeclarations, inserts: true }] : [];
  const changes = [...transformationsOf(steps, deployed).map(({ declared }) => declared), ...byJournal];
  const budget = budgetFor(start.input, throughputs, changes);
  const { maxConcurrency: asked } = start.input;
  const maxConcurrency = Math.max(
    1,
    Math.min(totalSegments, asked ?? defaultMaxConcurrency, ports.reservedConcurrency ?? Number.POSITIVE_INFINITY),
  );
  return {
    id,
    execution: start.execution,
    redriveCount: start.redriveCount,
    goesOnFor: start.startedBy,
    now: new Date(ports.clock.wall()).toISOString(),
    input: start.input,
    shape,
    tableId,
    steps: [...steps],
    workOf: (sequence) =>
      takesTable(start.input)
        ? carriedOver(
            versions.find((version) => version.sequence === sequence),
            start.input.direction,
          )
        : undefined,
    wasReset: versions.some(({ sequence, run }) => sequence === steps[0]?.sequence && run === resetRun),
    totalSegments,
    maxConcurrency,
    budget: { ...budget, others: otherBudgets },
    onlyBetween: hoursFor(start.input.onlyBetween ?? ports.onlyBetween),
    maxCost: maxCostFor(start.input, start.execution, table.tableClass),
    itemUnits: Math.max(1, Math.ceil(bytes / Math.max(1, items) / 1024)),
    ...controlTimes(maxConcurrency, ports),
    ...(ports.journalRetentionDays === undefined ? {} : { journalDays: ports.journalRetentionDays }),
  };
}

function hoursFor(asked: string | undefined): string | undefined {
  return asked === always ? undefined : asked;
}

/** The part of a journal with which the run begins; undefined if its first step is made by code. */
export async function firstUndo({ steps, versions }: Steps, { ledger, clock }: StartRunPorts): Promise<UndoPart | undefined> {
  const [version] = undone({ steps: steps.slice(0, 1), versions });
  if (!version) return undefined;
  const [newest] = await undoPartsOf(version, ledger, clock.wall());
  return newest;
}
