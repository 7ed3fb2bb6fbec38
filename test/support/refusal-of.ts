import { ItemError, RunError } from '../../core/errors.ts';

/** The error with which a run, a version or an input is refused. Fails if it is not refused, and throws any other error on. */
export function runErrorOf(act: () => unknown): RunError {
  return errorOf(act, RunError);
}

/** The error with which an item is refused. Fails if it is not refused, and throws any other error on. */
export function itemErrorOf(act: () => unknown): ItemError {
  return errorOf(act, ItemError);
}

function errorOf<Refusal>(act: () => unknown, kind: abstract new (...args: never[]) => Refusal): Refusal {
  try {
    act();
  } catch (error) {
    if (error instanceof kind) return error;
    throw error;
  }
  throw new Error('It was not refused.');
}
