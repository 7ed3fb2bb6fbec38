/** The failure of a state: a name for Retry and Catch, and a cause to read. */
export class StateFailure extends Error {
  /** A second name that Retry and Catch also match. */
  readonly alias: string | undefined;

  constructor(error: string, cause = '', alias?: string) {
    super(cause);
    this.name = error;
    this.alias = alias;
  }
}

/** A failure that Retry and Catch never match, not even by States.ALL. */
export class TerminalFailure extends StateFailure {}

/** The failure of a timeout, without a cause as in AWS. */
export function timeoutFailure(): StateFailure {
  return new StateFailure('States.Timeout');
}

/** The failure of a missed heartbeat. The history shows it as a timeout, as in AWS; only Retry and Catch can match it separately. */
export function heartbeatFailure(): StateFailure {
  return new StateFailure('States.Timeout', '', 'States.HeartbeatTimeout');
}

/** `error` and `cause` of an event, if they are not empty. */
export function failureDetails({ name, message }: StateFailure): { error?: string; cause?: string } {
  return {
    ...(name && { error: name }),
    ...(message && { cause: message }),
  };
}
