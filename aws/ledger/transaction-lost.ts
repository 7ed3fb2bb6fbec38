import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';

/** True if a transaction was not made because another one was faster: read again and decide again. */
export function isTransactionLost(error: unknown): boolean {
  return (
    error instanceof TransactionCanceledException &&
    error.CancellationReasons?.some(({ Code }) => Code === 'ConditionalCheckFailed' || Code === 'TransactionConflict') === true
  );
}
