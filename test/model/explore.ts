import type { Defect } from './defects.ts';
import { type Result, runSchedule } from './run-schedule.ts';
import type { Schedule } from './schedule.ts';

/** `MODEL_SCHEDULES=100000 MODEL_SEED=7` looks further; `MODEL_PATH` with the seed of a failure repeats it. */
const { MODEL_SCHEDULES = '3000', MODEL_SEED = '1' } = process.env;

/**
 * How much a property explores.
 *
 * @param part of the schedules that the main property tries
 * @returns `timeoutMs`: a limit for a model that hangs, which a busy machine does not reach. The numbers of schedules, and of the steps of each, limit
 * what is explored
 */
export function exploration(part = 1): { numRuns: number; seed: number; timeoutMs: number } {
  const numRuns = Math.ceil(Number(MODEL_SCHEDULES) * part);
  return { numRuns, seed: Number(MODEL_SEED), timeoutMs: 15 * 60_000 + 100 * numRuns };
}

/** Runs a schedule. @throws Error: when a promise is broken; with the trace */
export async function explore(schedule: Schedule, defect?: Defect): Promise<Result> {
  const result = await runSchedule(schedule, defect);
  if (result.violation !== undefined) throw new Error(`${result.violation}\n\n${result.trace.join('\n')}\n`);
  return result;
}
