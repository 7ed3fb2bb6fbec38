import type { Declared } from '../transformation/contract.ts';

/** A budget as it is asked for: units a second, or no limit but DynamoDB's own. */
export type BudgetLimit = number | 'unlimited';

/** Where the limit of a budget comes from. */
export type BudgetSource =
  | { kind: 'input' }
  | { kind: 'throttle'; by: string; since: string }
  /** A part of what the table, or an index that is written with it, takes. */
  | { kind: 'throughput'; of: Throughput['of']; units: number; index?: string | undefined }
  /** The table does not say what it takes: only throttling slows the run down. */
  | { kind: 'unknown' };

/** The budget of a run, as its control has it: units a second, undefined for no limit. */
export interface Budget {
  writeUnits: number | undefined;
  readUnits: number | undefined;
  writeUnitsSource: BudgetSource;
  readUnitsSource: BudgetSource;
}

/** What a table, or one of its indexes, takes a second, as DescribeTable says. */
export interface Throughput {
  /** Warm: what it takes at once; provisioned: what was bought; maximum: what an on-demand table was limited to. */
  of: 'warm' | 'provisioned' | 'maximum';
  readUnits: number;
  writeUnits: number;
  /** Undefined for the table itself. */
  index?: { name: string; attributes: 'all' | readonly string[] } | undefined;
}

/** The part of a table's throughput that a run uses if its input gives no budget. */
const defaultPart = 0.25;

/**
 * The budget of a run: what is asked for; otherwise a quarter of the least throughput that its requests draw on. An index that is
 * throttled throttles the writes to its table, the application's too, so those count which a change of these attributes can reach.
 */
export function budgetFor(
  asked: { writeUnits?: BudgetLimit | undefined; readUnits?: BudgetLimit | undefined },
  throughputs: readonly Throughput[],
  changes: readonly Declared[],
): Budget {
  const written = throughputs.filter(({ index }) => !index || changes.some((declared) => reaches(declared, index.attributes)));
  const [writeUnits, writeUnitsSource] = limitFor(asked.writeUnits, written, 'writeUnits');
  const [readUnits, readUnitsSource] = limitFor(
    asked.readUnits,
    throughputs.filter(({ index }) => !index),
    'readUnits',
  );
  return { writeUnits, readUnits, writeUnitsSource, readUnitsSource };
}

function limitFor(
  asked: BudgetLimit | undefined,
  throughputs: readonly Throughput[],
  units: 'writeUnits' | 'readUnits',
): [number | undefined, BudgetSource] {
  if (asked !== undefined) return [asked === 'unlimited' ? undefined : asked, { kind: 'input' }];
  const known = throughputs.filter((throughput) => throughput[units] > 0);
  const [least] = known.toSorted((a, b) => a[units] - b[units]);
  if (!least) return [undefined, { kind: 'unknown' }];
  return [defaultPart * least[units], { kind: 'throughput', of: least.of, units: least[units], index: least.index?.name }];
}

function reaches({ adds, overwrites, removes, inserts, deletes }: Declared, attributes: 'all' | readonly string[]): boolean {
  return attributes === 'all' || inserts || deletes || [...adds, ...overwrites, ...removes].some((name) => attributes.includes(name));
}
