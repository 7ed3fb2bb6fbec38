import { RunError } from '../../../core/errors.ts';
import { log } from '../log.ts';
import { measureAwsFault } from '../metrics.ts';
import { asAwsUnavailable } from './as-aws-unavailable.ts';

/** Lets a function of a Task state fail as AwsUnavailable if AWS is at fault: the state machine waits for that much longer than for others. */
export function nameAwsFaults<Asked extends unknown[], Answer>(
  handle: (...asked: Asked) => Promise<Answer>,
): (...asked: Asked) => Promise<Answer> {
  return async (...asked) => {
    try {
      return await handle(...asked);
    } catch (error) {
      const named = asAwsUnavailable(error);
      if (named !== error && named instanceof RunError) {
        log('awsUnavailable', { service: named.fields.service });
        measureAwsFault();
      }
      throw named;
    }
  };
}
