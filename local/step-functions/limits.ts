import type { Json } from '../json.ts';
import { TerminalFailure } from './interpreter/state-failure.ts';

/** Max bytes of the input and output of states and executions: https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html */
export const maxPayloadBytes = 262_144;

/** Max number of events of one execution. The last one says why it ended. */
export const maxEvents = 25_000;

/** Max number of redrives of one Map Run: https://docs.aws.amazon.com/step-functions/latest/dg/redrive-map-run.html */
export const maxRedrives = 1_000;

/** Max number of concurrent children of a Distributed Map. */
export const maxChildren = 10_000;

/**
 * Serialises a payload; `source` is the state or resource that produced it.
 *
 * @throws TerminalFailure States.DataLimitExceeded: when the payload is larger than 256 KiB.
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
 * @throws TerminalFailure States.Runtime: when the execution has no room.
 */
export function checkHistory(events: number): void {
  if (events < maxEvents - 1) return;
  throw new TerminalFailure('States.Runtime', `The execution reached the maximum number of history events (${maxEvents}).`);
}
