import type { BudgetLimit } from '../../core/ledger/budget.ts';
import type { ControlEvent } from '../../core/ledger/control-event.ts';
import type { Run } from '../../core/ledger/run.ts';
import { numberOf, type RunPart } from '../../core/ledger/run-part.ts';
import { whole } from '../terminal/in-words.ts';

/** Something that was done to a run, or that happened to it, with its place on the time axis. */
export interface RunEvent {
  /** Milliseconds since 1970. */
  at: number;
  /** One or two words, for the mark. */
  name: string;
  /** What it means, and by whom it was done. */
  detail: string;
}

/** All events of a run that the ledger keeps, the earliest first. @param before its earlier parts, the earliest first */
export function eventsOfRun(run: Run, events: readonly ControlEvent[], before: readonly RunPart[]): RunEvent[] {
  const parts = [...before.filter((part) => numberOf(part) < numberOf(run)), run];
  const isMarked = events.some(({ kind }) => kind === 'stopped');
  const all = [
    ...events.map(ofControl),
    ...parts.flatMap((part, index) => [...beginning(part, parts[index - 1]), ...ending(part, isMarked)]),
  ];
  return all.filter(({ at }) => Number.isFinite(at)).sort((a, b) => a.at - b.at);
}

function ofControl({ kind, at, by, budget }: ControlEvent): RunEvent {
  const limits = [
    budget?.writeUnits && `${inUnits(budget.writeUnits.from)} → ${inUnits(budget.writeUnits.to)} write units/s`,
    budget?.readUnits && `${inUnits(budget.readUnits.from)} → ${inUnits(budget.readUnits.to)} read units/s`,
  ].filter((text) => text !== undefined);
  return { at: Date.parse(at), name: kind, detail: [...limits, `by ${by}`].join(', ') };
}

function inUnits(limit: BudgetLimit): string {
  return limit === 'unlimited' ? 'unlimited' : whole(limit);
}

function beginning(part: Run, before: Run | undefined): RunEvent[] {
  if (!before || part.partStartedAt === undefined) return [];
  const at = Date.parse(part.partStartedAt);
  const isRedrive = part.execution === before.execution;
  const changed = part.steps.flatMap((step) => {
    const earlier = before.steps.find(({ sequence }) => sequence === step.sequence);
    return earlier && earlier.checksum !== step.checksum ? [`v${step.sequence}`] : [];
  });
  return [
    {
      at,
      name: isRedrive ? 'redrive' : 'continued',
      detail: isRedrive ? 'the execution was redriven' : `by ${part.startedBy ?? `execution ${part.execution.split(':').at(-1)}`}`,
    },
    ...(changed.length > 0 ? [{ at, name: 'new code', detail: `of ${changed.join(', ')}: the whole table is read with it` }] : []),
  ];
}

const endings: Partial<Record<Run['status'], string>> = { failed: 'failed', stopped: 'stopped', aborted: 'aborted', timedOut: 'timed out' };

function ending({ status, endedAt, error }: Run, isStopMarked: boolean): RunEvent[] {
  const name = endings[status];
  if (!name || endedAt === undefined || (isStopMarked && error?.name === 'Stopped')) return [];
  const detail = status === 'aborted' ? 'the execution was stopped in Step Functions' : (error?.name ?? name);
  return [{ at: Date.parse(endedAt), name, detail }];
}

/** A limit of the budget from a moment on; undefined for none. */
export interface BudgetStep {
  /** Milliseconds since 1970. */
  from: number;
  rate: number | undefined;
}

/** How a limit of the budget changed over the run. @param now the limit at the end */
export function budgetSteps(
  limit: 'writeUnits' | 'readUnits',
  now: number | undefined,
  startedAt: string,
  events: readonly ControlEvent[],
): BudgetStep[] {
  const changes = events.flatMap(({ at, budget }) => {
    const change = budget?.[limit];
    return change ? [{ at: Date.parse(at), ...change }] : [];
  });
  const rateOf = (units: BudgetLimit | undefined): number | undefined => (units === 'unlimited' ? undefined : units);
  const [first] = changes;
  return [
    { from: Date.parse(startedAt), rate: first ? rateOf(first.from) : now },
    ...changes.map(({ at, to }) => ({ from: at, rate: rateOf(to) })),
  ];
}
