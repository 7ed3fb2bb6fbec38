import { RunError } from '../core/errors.ts';

/** The command was called in a way that means nothing; nothing was asked of the service. */
export class UsageError extends RunError {
  constructor(message: string) {
    super('InvalidInput', message);
  }
}
