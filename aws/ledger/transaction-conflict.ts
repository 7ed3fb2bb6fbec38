import { TransactionCanceledException, TransactionConflictException } from '@aws-sdk/client-dynamodb';

/** The SDK does not send these again: nothing was written, as another request was writing the same record. */
const conflicts = new Set(['TransactionConflict', 'ThrottlingError', 'ProvisionedThroughputExceeded']);
/** How often a request is sent that the ledger refuses because it is busy with others. */
export const maxTries = 20;
const pauseMs = { base: 25, cap: 1000 };

/** Sends a request until it does not meet a transaction on the same record: each try is a new request. */
export async function pastConflicts<Answer>(send: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    try {
      return await send();
    } catch (error) {
      if (!isConflict(error) || tries === maxTries) throw error;
      await pauseAfter(tries);
    }
  }
}

/** Waits before a request is sent again: up to a second, longer after each try. @param tries from 1 */
export async function pauseAfter(tries: number): Promise<void> {
  const milliseconds = Math.random() * Math.min(pauseMs.cap, pauseMs.base * 2 ** tries);
  await new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function isConflict(error: unknown): boolean {
  if (error instanceof TransactionConflictException) return true;
  if (!(error instanceof TransactionCanceledException)) return false;
  const codes = (error.CancellationReasons ?? []).map(({ Code }) => Code ?? 'None').filter((code) => code !== 'None');
  return codes.length > 0 && codes.every((code) => conflicts.has(code));
}
