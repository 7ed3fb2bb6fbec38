import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';

/** True where a transaction was not done because somebody else was faster: read again and decide again. */
export function isTransactionLost(error: unknown): boolean {
  return (
    error instanceof TransactionCanceledException &&
    error.CancellationReasons?.some(({ Code }) => Code === 'ConditionalCheckFailed' || Code === 'TransactionConflict') === true
  );
}
