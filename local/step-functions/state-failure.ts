/** A state failed with a name that Retry and Catch match and a cause for people. */
export class StateFailure extends Error {
  constructor(error: string, cause = '') {
    super(cause);
    this.name = error;
  }
}

/** A failure that neither Retry nor Catch sees, not even through States.ALL. */
export class TerminalFailure extends StateFailure {
  // The interpreter looks at these two.
  readonly isRetryable = false;
  readonly isCatchable = false;
}

/** What is written for a timeout, in AWS without a cause. */
export const timeoutFailure = (): StateFailure => new StateFailure('States.Timeout');
