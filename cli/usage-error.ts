import { RunError } from '../core/errors.ts';

/** Thrown if the command was called with wrong arguments. No request was sent. */
export class UsageError extends RunError {
  constructor(message: string) {
    super('InvalidInput', message);
  }
}
