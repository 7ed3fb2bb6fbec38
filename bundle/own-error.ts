import { RunError } from '../core/errors.ts';
import { sourceLocation } from '../core/transformation/thrown-error.ts';

const maxCauses = 3;

/**
 * Adds what the team's code itself threw: message, place and causes. Only for code that runs on the operator's own machine and has no item in
 * hand, as the message of an error can hold item data.
 */
export function withOwnError({ name, message, fields }: RunError, thrown: unknown, file: string): RunError {
  const texts: string[] = [];
  // What dynamodt itself says of the file is the message already.
  for (let error = thrown; error instanceof Error && !(error instanceof RunError) && texts.length < maxCauses; error = error.cause) {
    const place = sourceLocation(error, file) ?? frameOf(error);
    texts.push(`${error.name}: ${error.message}${place ? ` (${place})` : ''}`);
  }
  return new RunError(name, texts.length === 0 ? message : `${message} It says: ${texts.join('; caused by ')}`, { fields, cause: thrown });
}

/** The first frame of the stack in a file of the team, if the error arose in what its file imports. */
function frameOf({ stack = '' }: Error): string | undefined {
  const frame = stack.split('\n').find((line) => line.trimStart().startsWith('at ') && !line.includes('node:') && line.length < 500);
  return frame?.trim().replace(/^at /, '');
}
