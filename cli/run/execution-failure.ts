import { z } from 'zod';
import type { ExecutionState } from '../../aws/step-functions.ts';
import { errorMeanings, isRunErrorName } from '../../core/errors.ts';

/** What Lambda gives as the cause of an error that a function threw. */
const Thrown = z.object({ errorType: z.string(), errorMessage: z.string() });

/** Errors whose text is the platform's own. That of any other might hold item data, and a terminal may be a pipeline's log. */
const platformError = /^(States|Lambda|Sandbox|Runtime)\./;

/** Why an execution ended without success, in our words where it was our error. @param goOn the command that goes on with the run */
export function executionFailure({ status, error, cause }: ExecutionState, goOn: string): { name: string; message: string } {
  const thrown = parseThrown(cause);
  if (isRunErrorName(error)) return { name: error, message: thrown?.errorMessage ?? cause ?? errorMeanings[error] };
  const next = `What is done stays done: \`${goOn}\` goes on where it stopped.`;
  if (status === 'aborted') return { name: 'Aborted', message: `The execution was stopped from outside${inBrackets(cause)}. ${next}` };
  const name = error ?? (status === 'timedOut' ? 'States.Timeout' : 'Failed');
  const text = !thrown && platformError.test(name) ? inBrackets(cause) : '';
  return { name, message: `The execution failed${text}. Its history in Step Functions says more; mend the cause. ${next}` };
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
