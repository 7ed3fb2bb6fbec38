import type { Json } from '../json.ts';
import { TerminalFailure } from './interpreter/state-failure.ts';

/** Bytes that input and output of states and executions may have: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
export const maxPayloadBytes = 262_144;

/** Events of one execution. The last one says why it ended. */
export const maxEvents = 25_000;

/** Redrives of one Map Run: https://docs.aws.amazon.com/step-functions/latest/dg/redrive-map-run.html */
export const maxRedrives = 1_000;

/** Children of a Distributed Map at the same time. */
export const maxChildren = 10_000;

/**
 * Serialises a payload; `source` is the state or resource that it comes from.
 *
 * @throws TerminalFailure States.DataLimitExceeded: when it is larger than 256 KiB.
 */
export function payload(value: Json, source: string): string {
  const text = JSON.stringify(value);
  if (Buffer.byteLength(text) <= maxPayloadBytes) return text;
  const cause = `The state/task '${source}' returned a result with a size exceeding the maximum number of bytes service limit.`;
  throw new TerminalFailure('States.DataLimitExceeded', cause);
}

/**
 * Checks that an execution has room for another event before its last one.
 *
 * @throws TerminalFailure States.Runtime: when it has none.
 */
export function checkHistory(events: number): void {
  if (events < maxEvents - 1) return;
  throw new TerminalFailure('States.Runtime', `The execution reached the maximum number of history events (${maxEvents}).`);
}
