import type { State } from './asl.ts';
import { heartbeatFailure, timeoutFailure } from './state-failure.ts';
import { startTimer } from './timer.ts';

/** The timeouts of one try of a Task, from the start of its work: for the whole task and between heartbeats. It also ends with its execution. */
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
    // At the timeout, no code may be awaiting this promise. Without this, Node would report an unhandled rejection.
    this.#over.promise.catch(() => {});
  }

  /** Starts the timeouts. */
  start(): void {
    if (this.#stopped) return;
    if (this.#timeout !== undefined) this.#cancelTimeout = startTimer(this.#timeout * 1000, () => this.#over.reject(timeoutFailure()));
    this.beat();
  }

  /** Restarts the heartbeat timeout. */
  beat(): void {
    this.#cancelHeartbeat();
    if (this.#stopped || this.#heartbeat === undefined) return;
    this.#cancelHeartbeat = startTimer(this.#heartbeat * 1000, () => this.#over.reject(heartbeatFailure()));
  }

  /** The result of the work, if it arrives in time. The work continues after a timeout, as in AWS. */
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
