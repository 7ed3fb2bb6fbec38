import { RunError } from '../../errors.ts';
import { ControlRequest } from './control-run.ts';
import { ControlAllRequest } from './control-runs.ts';

/** @throws RunError InvalidInput: names the field and what is allowed */
export function parseControlInput(input: unknown): ControlRequest | ControlAllRequest {
  const isOfAll = typeof input === 'object' && input !== null && 'allTables' in input;
  const result = (isOfAll ? ControlAllRequest : ControlRequest).safeParse(input);
  if (result.success) return result.data;
  const problems = result.error.issues.map((issue) => `${issue.path.join('.') || 'input'}: ${issue.message}`);
  throw new RunError(
    'InvalidInput',
    `The input is not what control-run takes (${problems.join('; ')}). It takes {"table", "action": "pause" | "resume" | "stop" | "throttle", "by"}, or "allTables": true in place of "table"; writeUnits or readUnits with throttle; and pauseAfter (a whole number of items, 1 or more) or maxCost (an amount above 0) with resume.`,
  );
}
