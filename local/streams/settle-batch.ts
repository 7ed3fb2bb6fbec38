import type { Json } from '../json.ts';
import type { MappingSettings } from './mapping-settings.ts';
import type { StreamRecord } from './stream-source.ts';

/** Records that are handed to the function in one invocation. */
export interface Batch {
  records: StreamRecord[];
  /** Invocations that failed for these records as a whole. */
  failures: number;
}

/** How an invocation ended: with an answer, or with an error of the function; `notInvoked` if Lambda could not run it. */
export type Invoked = { answer: Json } | { error: string } | { notInvoked: string };

/** What follows from an invocation. */
export interface Settled {
  /** What is invoked next, in this order. */
  again: Batch[];
  /** What Lambda gives up. */
  discarded?: Batch;
  /** Whether a pause comes before the next invocation. */
  failed: boolean;
}

/**
 * Decides as Lambda does after an invocation with records of a stream: https://docs.aws.amazon.com/lambda/latest/dg/services-ddb-batchfailurereporting.html
 *
 * 1. If the function was not invoked, the same batch comes again. That is no attempt.
 * 2. If the answer names failed records, those before the lowest of their sequence numbers are done, and the others come again as one batch.
 * 3. If the function failed, or names something that is no record of the batch, all records failed. With bisecting, both halves come again, which
 *    takes no attempt; otherwise, and for a single record, the batch comes again, as often as the settings say.
 */
export function settleBatch(batch: Batch, invoked: Invoked, settings: MappingSettings): Settled {
  if ('notInvoked' in invoked) return { again: [batch], failed: true };
  const first = 'answer' in invoked ? firstFailed(batch, invoked.answer, settings) : 'all';
  if (first === undefined) return { again: [], failed: false };
  const { records } = batch;
  if (first !== 'all' && first > 0) return { again: [{ records: records.slice(first), failures: 0 }], failed: true };
  if (first === 'all' && settings.BisectBatchOnFunctionError && records.length > 1) {
    const middle = Math.ceil(records.length / 2);
    const { failures } = batch;
    return { again: [records.slice(0, middle), records.slice(middle)].map((half) => ({ records: half, failures })), failed: true };
  }
  const failed = { records, failures: batch.failures + 1 };
  const { MaximumRetryAttempts: max } = settings;
  return max !== -1 && failed.failures > max ? { again: [], discarded: failed, failed: true } : { again: [failed], failed: true };
}

/** Index of the first record that the answer says has failed; undefined if none has. */
function firstFailed({ records }: Batch, answer: Json, { FunctionResponseTypes }: MappingSettings): number | 'all' | undefined {
  if (!FunctionResponseTypes.includes('ReportBatchItemFailures') || !isObject(answer)) return undefined;
  const failures = answer['batchItemFailures'] ?? [];
  if (!Array.isArray(failures)) return 'all';
  const indexes = failures.map((failure) => {
    const identifier = isObject(failure) ? failure['itemIdentifier'] : undefined;
    return records.findIndex(({ dynamodb }) => dynamodb.SequenceNumber === identifier);
  });
  if (indexes.includes(-1)) return 'all';
  return indexes.length === 0 ? undefined : Math.min(...indexes);
}

function isObject(value: Json | undefined): value is { [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
