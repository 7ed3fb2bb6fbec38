import { serviceOf } from '../../../aws/naming-service.ts';
import { codeOf, isTransient } from '../../../aws/table/statement-error.ts';
import { RunError } from '../../../core/errors.ts';

/**
 * The error under which the state machines wait for AWS: a service answered 5xx, throttled, or not at all. Any other error stays as it is:
 * permissions, names and the team's code are not mended by waiting.
 */
export function asAwsUnavailable(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof RunError) return error;
  const service = serviceOf(error);
  const code = codeOf(error);
  if (service === undefined || !(isTransient(code) || throttling.test(error.name)) || conflict.test(code)) return error;
  return new RunError(
    'AwsUnavailable',
    `${service} answered with a fault, throttled, or did not answer (${code === 'ServiceUnavailable' ? error.name : code}). Nothing is lost: the state is tried again every few minutes for about a day. If that lasts, look at the AWS Health Dashboard, at the quotas of ${service}, and whether the functions can reach it.`,
    { fields: { service }, cause: error },
  );
}

/** Names of throttling that DynamoDB does not use: of S3, KMS, STS and Step Functions. */
const throttling = /^(SlowDown|RequestThrottled|TooManyRequests|Throttl|ThrottledException|PriorRequestNotComplete|EC2ThrottledException)/;
/** Other requests were in the way: that says nothing of AWS. */
const conflict = /^(Transaction|ReplicatedWrite)/;
