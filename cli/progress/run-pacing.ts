import { countOf } from '../../core/count-of.ts';
import type { BudgetSource } from '../../core/ledger/budget.ts';
import type { Checkpoint } from '../../core/ledger/checkpoint.ts';
import type { Control } from '../../core/ledger/control.ts';
import { type Pace, paceLimits } from '../../core/ledger/pace.ts';
import { whole } from '../terminal/in-words.ts';

/** The budget of a run, the capacity that it consumes, and what limits it. */
export interface RunPacing {
  /** Units a second for the whole run; null for no limit. */
  budget: { writeUnits: number | null; readUnits: number | null; writeUnitsSource?: BudgetSource; readUnitsSource?: BudgetSource };
  /** Units a second that its workers consume at present. */
  use: { writeUnits: number; readUnits: number };
  /** Workers that are under way. */
  workers: number;
  /** The limit that most workers report; undefined if no worker has reported yet. */
  limitedBy?: 'paused' | Pace['limit'];
}

/** Max milliseconds between two reports of a worker, also if there are thousands of workers. */
const freshMs = 60_000;

export function pacingOf(control: Control, checkpoints: readonly Checkpoint[], now: number): RunPacing {
  const { writeUnits, readUnits, writeUnitsSource, readUnitsSource } = control.budget;
  const paces = checkpoints.flatMap(({ pace, signedOff }) => (pace && !signedOff && now - pace.at < freshMs ? [pace] : []));
  const sum = (name: 'writeUnits' | 'readUnits') => Math.round(paces.reduce((total, pace) => total + pace[name], 0));
  const limitedBy = control.marks.paused ? 'paused' : mostFrequent(paces);
  return {
    budget: {
      writeUnits: writeUnits ?? null,
      readUnits: readUnits ?? null,
      ...(writeUnitsSource ? { writeUnitsSource } : {}),
      ...(readUnitsSource ? { readUnitsSource } : {}),
    },
    use: { writeUnits: sum('writeUnits'), readUnits: sum('readUnits') },
    workers: paces.length,
    ...(limitedBy ? { limitedBy } : {}),
  };
}

/** The limit that most workers report. Of several that are equally frequent, the first in this order, as it is the most specific. */
function mostFrequent(paces: readonly Pace[]): Pace['limit'] | undefined {
  const count = (limit: Pace['limit']): number => paces.filter((pace) => pace.limit === limit).length;
  return paces.length === 0 ? undefined : paceLimits.toSorted((a, b) => count(b) - count(a))[0];
}

/** What limits the run in a few words, for one line of progress. */
export function limitText(pacing: RunPacing): string {
  const { limitedBy } = pacing;
  if (!limitedBy) return '';
  return isOfShares(pacing) ? `workers ${limitInWords[limitedBy].replace('its', 'their share of the')}` : limitInWords[limitedBy];
}

/** A run that uses less than this part of its budget is not at it: some of its workers are at their share, and others use less than theirs. */
const partAtBudget = 0.8;

function isOfShares({ budget, use, limitedBy }: RunPacing): boolean {
  if (limitedBy !== 'writeBudget' && limitedBy !== 'readBudget') return false;
  const name = limitedBy === 'writeBudget' ? 'writeUnits' : 'readUnits';
  return use[name] < partAtBudget * (budget[name] ?? 0);
}

const limitInWords: Record<NonNullable<RunPacing['limitedBy']>, string> = {
  paused: 'paused',
  writeBudget: 'at its write budget',
  readBudget: 'at its read budget',
  throttling: 'slowed by throttling',
  partition: 'at the write limit of a worker',
  none: '',
};

/** Two lines: what the run uses of its budget, and what limits it. None once the workers of a paused run have left. */
export function pacingText(pacing: RunPacing, table: string): string[] {
  const { budget, use, workers, limitedBy } = pacing;
  const rateOf = (used: number, units: number | null, what: string): string =>
    units === null ? `${whole(used)} ${what} units/s (no budget)` : `${whole(used)} of ${whole(units)} ${what} units/s`;
  const uses = `uses ${rateOf(use.writeUnits, budget.writeUnits, 'write')} and ${rateOf(use.readUnits, budget.readUnits, 'read')}, by ${countOf(workers, 'worker')}`;
  // Another line says who paused the run, and when.
  if (limitedBy === 'paused') return workers > 0 ? [uses] : [];
  if (!limitedBy) return [uses];
  const raise = (flag: string): string => `Raise it with \`dynamodt throttle ${table} --${flag} <n>\`, or \`unlimited\`.`;
  const of = isOfShares(pacing) ? 'the share of each worker in its' : 'its';
  const reasons: Record<typeof limitedBy, string> = {
    writeBudget: `limited by ${of} write budget, ${sourceText(budget.writeUnitsSource)}. ${raise('write-units')}`,
    readBudget: `limited by ${of} read budget, ${sourceText(budget.readUnitsSource)}. ${raise('read-units')}`,
    throttling: 'limited by the table: it throttled requests lately, and the workers slowed down',
    partition: `limited by what one worker may write: half of what a partition can take, and up to all of it in a large item collection. More workers write faster: \`dynamodt stop ${table}\`, then the command that it names goes on with as many as the budget needs, or with \`--max-concurrency\``,
    none: 'not limited: as fast as the function, the CPU and the network allow',
  };
  return [uses, reasons[limitedBy]];
}

function sourceText(source: BudgetSource | undefined): string {
  switch (source?.kind) {
    case 'throughput':
      return `a quarter of ${throughputInWords[source.of]} of ${source.index ? `its index ${source.index}` : 'the table'} (${whole(source.units)}/s)`;
    case 'throttle':
      return `set by ${source.by}`;
    default:
      return 'given at the start';
  }
}

const throughputInWords = { warm: 'the warm throughput', provisioned: 'the provisioned throughput', maximum: 'the maximum throughput' };
