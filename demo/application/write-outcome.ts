import { DynamoDBServiceException } from '@aws-sdk/client-dynamodb';

/** The effect of a failed write on the table. */
export type WriteFailure =
  /** The condition did not hold: nothing was written. */
  | 'refused'
  /** Nothing was written, and the same write may be sent again. */
  | 'throttled'
  /** Connection lost or server error: it may have been written. */
  | 'unknown'
  /** The request is wrong: a fault of the application itself. */
  | 'invalid';

const throttling = new Set([
  'ThrottlingException',
  'ProvisionedThroughputExceededException',
  'RequestLimitExceeded',
  'TransactionConflictException',
  'ReplicatedWriteConflictException',
]);

/** Reads the failure of a write that was sent exactly once (`maxAttempts: 1`). */
export function writeFailure(error: unknown): WriteFailure {
  if (!(error instanceof Error)) return 'invalid';
  if (error.name === 'ConditionalCheckFailedException') return 'refused';
  if (throttling.has(error.name)) return 'throttled';
  return error instanceof DynamoDBServiceException && error.$fault === 'client' ? 'invalid' : 'unknown';
}
