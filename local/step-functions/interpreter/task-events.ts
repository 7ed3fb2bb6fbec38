import type { Json } from '../../json.ts';
import type { HistoryEvent } from '../history.ts';
import { payload } from '../limits.ts';
import type { State } from './asl.ts';
import type { Frame } from './frame.ts';
import { failureDetails, type StateFailure } from './state-failure.ts';

/** The events of a Task: their prefix, the fields of all of them, and the fields of only the first. */
export interface TaskEventsOptions {
  prefix: 'Task' | 'LambdaFunction';
  common?: HistoryEvent['details'];
  scheduled: HistoryEvent['details'];
}

/** Records one try of a Task in the history. */
export class TaskEvents {
  readonly #frame: Frame;
  readonly #options: TaskEventsOptions;

  constructor(frame: Frame, options: TaskEventsOptions) {
    this.#frame = frame;
    this.#options = options;
  }

  scheduled({ TimeoutSeconds: timeout, HeartbeatSeconds: heartbeat }: State): void {
    const bounds = {
      ...(timeout !== undefined && { timeoutInSeconds: timeout }),
      ...(heartbeat !== undefined && { heartbeatInSeconds: heartbeat }),
    };
    this.#record('Scheduled', { ...this.#options.scheduled, ...bounds });
  }

  started(): void {
    this.#record('Started');
  }

  /** The called service has answered; the task continues until it has its result. */
  submitted(response: Json): void {
    this.#record('Submitted', { output: this.#payload(response) });
  }

  succeeded(output: Json): void {
    this.#record('Succeeded', { output: this.#payload(output) });
  }

  failed(failure: StateFailure): void {
    this.#record(failure.name === 'States.Timeout' ? 'TimedOut' : 'Failed', failureDetails(failure));
  }

  #payload(value: Json): string {
    return payload(value, this.#frame.place.position.state);
  }

  #record(kind: string, details?: HistoryEvent['details']): void {
    const all = { ...this.#options.common, ...details };
    this.#frame.record(`${this.#options.prefix}${kind}`, Object.keys(all).length > 0 ? all : undefined);
  }
}
