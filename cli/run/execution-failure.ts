import * as z from 'zod';
import type { ExecutionState } from '../../aws/step-functions.ts';
import { errorMeanings, isRunErrorName } from '../../core/errors.ts';
import { faultInWords, type SegmentFault } from '../progress/segment-faults.ts';

/** The cause that Lambda gives for an error that a function threw. */
const Thrown = z.object({ errorType: z.string(), errorMessage: z.string() });

/** Errors with a text of AWS itself. Other texts may contain item data, and the terminal may be the log of a pipeline. */
const platformError = /^(States|Lambda|Sandbox|Runtime)\./;

/**
 * Why an execution ended without success; with our message if it was our error.
 *
 * @param next how to go on, as a sentence
 * @param faults what ended its segments, if too many failed
 */
export function executionFailure(
  { status, error, cause }: ExecutionState,
  next: string,
  faults: readonly SegmentFault[] = [],
): { name: string; message: string } {
  const thrown = parseThrown(cause);
  if (isRunErrorName(error)) return { name: error, message: thrown?.errorMessage ?? cause ?? errorMeanings[error] };
  if (status === 'aborted') return { name: 'Aborted', message: `The execution was stopped in Step Functions${inBrackets(cause)}. ${next}` };
  const name = error ?? (status === 'timedOut' ? 'States.Timeout' : 'Failed');
  if (faults.length > 0)
    return { name, message: `Too many segments failed: ${faults.map(faultInWords).join(' ')} Correct the cause. ${next}` };
  const text = !thrown && platformError.test(name) ? inBrackets(cause) : '';
  return { name, message: `The execution failed${text}. Its history in Step Functions says more; correct the cause. ${next}` };
}

function inBrackets(text: string | undefined): string {
  return text ? ` (${text.replace(/\s+/g, ' ').slice(0, 500)})` : '';
}

function parseThrown(cause: string | undefined): z.infer<typeof Thrown> | undefined {
  try {
    return Thrown.safeParse(JSON.parse(cause ?? '')).data;
  } catch {
    return undefined;
  }
}
