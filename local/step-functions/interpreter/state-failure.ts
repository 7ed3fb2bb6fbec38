/** A state failed with a name that Retry and Catch match and a cause for people. */
export class StateFailure extends Error {
  /** A second name that Retry and Catch match too. */
  readonly alias: string | undefined;

  constructor(error: string, cause = '', alias?: string) {
    super(cause);
    this.name = error;
    this.alias = alias;
  }
}

/** A failure that neither Retry nor Catch sees, not even through States.ALL. */
export class TerminalFailure extends StateFailure {}

/** What is written for a timeout, in AWS without a cause. */
export function timeoutFailure(): StateFailure {
  return new StateFailure('States.Timeout');
}

/** AWS writes a missed heartbeat as a timeout as well; only Retry and Catch can tell them apart. */
export function heartbeatFailure(): StateFailure {
  return new StateFailure('States.Timeout', '', 'States.HeartbeatTimeout');
}

/** `error` and `cause` of an event; those that are empty are left out. */
export function failureDetails({ name, message }: StateFailure): { error?: string; cause?: string } {
  return {
    ...(name && { error: name }),
    ...(message && { cause: message }),
  };
}
