import * as z from 'zod';

const moment = z.union([z.string(), z.number()]).transform((value) => new Date(value).getTime());
const Run = z.object({ startedAt: moment, endedAt: moment, counters: z.object({ changed: z.number(), writeUnits: z.number() }) });
const History = z.object({ runs: z.array(z.unknown()) });

/** Figures of a run, from `dynamodt history --json`. */
export interface RunFigures {
  /** From start to end. */
  readonly seconds: number;
  /** Items it wrote; an item changed by two versions counts twice. */
  readonly changed: number;
  readonly writeUnits: number;
}

/** The figures of the run that began last. */
export function latestRun(history: unknown): RunFigures {
  const runs = History.parse(history).runs.map((run) => Run.parse(run));
  const latest = runs.sort((a, b) => b.startedAt - a.startedAt)[0];
  if (!latest) throw new Error('The ledger knows no run.');
  const { changed, writeUnits } = latest.counters;
  return { seconds: (latest.endedAt - latest.startedAt) / 1000, changed, writeUnits };
}
