import type { Json } from '../json.ts';
import { checkHistory } from './limits.ts';

/** A stored event; `details` has the fields of AWS's `…EventDetails`. */
export interface HistoryEvent {
  id: number;
  previousEventId: number;
  timestamp: number;
  type: string;
  details?: Record<string, Json | undefined>;
}

/** The events of one execution, in order. */
export class History {
  readonly events: HistoryEvent[] = [];

  /**
   * Adds an event and returns its id. One place is reserved for the last event of an execution.
   *
   * @throws TerminalFailure States.Runtime: when the execution has reached the maximum number of events.
   */
  add(type: string, details?: HistoryEvent['details'], previousEventId = this.events.length): number {
    if (!isLast(type)) checkHistory(this.events.length);
    const id = this.events.length + 1;
    this.events.push({ id, previousEventId, timestamp: Date.now(), type, ...(details && { details }) });
    return id;
  }
}

function isLast(type: string): boolean {
  return /^Execution(Succeeded|Failed|Aborted|TimedOut)$/.test(type);
}
