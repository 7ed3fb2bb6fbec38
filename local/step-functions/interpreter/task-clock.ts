import type { State } from './asl.ts';
import { heartbeatFailure, timeoutFailure } from './state-failure.ts';
import { startTimer } from './timer.ts';

/** The timeouts of one try of a Task, as a whole and between heartbeats, counted from the begin of its work. It also ends with its execution. */
export class TaskClock {
  readonly #timeout: number | undefined;
  readonly #heartbeat: number | undefined;
  readonly #signal: AbortSignal;
  readonly #over = Promise.withResolvers<never>();
  #cancelTimeout = (): void => {};
  #cancelHeartbeat = (): void => {};
  #stopped = false;

  constructor({ TimeoutSeconds: timeout, HeartbeatSeconds: heartbeat }: State, signal: AbortSignal) {
    this.#timeout = timeout;
    this.#heartbeat = heartbeat;
    this.#signal = signal;
    signal.addEventListener('abort', this.#abort);
    // When the time is over, nothing may be awaiting this promise: that is no unhandled rejection.
    this.#over.promise.catch(() => {});
  }

  /** Begins to count. */
  start(): void {
    if (this.#stopped) return;
    if (this.#timeout !== undefined) this.#cancelTimeout = startTimer(this.#timeout * 1000, () => this.#over.reject(timeoutFailure()));
    this.beat();
  }

  /** Begins the time between heartbeats anew. */
  beat(): void {
    this.#cancelHeartbeat();
    if (this.#stopped || this.#heartbeat === undefined) return;
    this.#cancelHeartbeat = startTimer(this.#heartbeat * 1000, () => this.#over.reject(heartbeatFailure()));
  }

  /** The result of the work, if it comes in time. The work goes on after a timeout, as in AWS. */
  race<Result>(work: Promise<Result>): Promise<Result> {
    return Promise.race([work, this.#over.promise]);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancelTimeout();
    this.#cancelHeartbeat();
    this.#signal.removeEventListener('abort', this.#abort);
  }

  #abort = (): void => this.#over.reject(this.#signal.reason);
}
