import { ApiError } from '../http/api-error.ts';
import type { Json } from '../json.ts';
import { StateFailure } from './interpreter/state-failure.ts';

interface OpenTask {
  succeed(output: Json): void;
  fail(failure: StateFailure): void;
  heartbeat(): void;
}

/** The tasks that wait for an answer to their token. Waiting costs nothing: no process, no polling. */
export class OpenTasks {
  readonly #open = new Map<string, OpenTask>();

  /**
   * The answer to a token.
   *
   * @throws StateFailure: when the answer is a failure.
   */
  open(token: string, heartbeat: () => void): Promise<Json> {
    const { promise, resolve, reject } = Promise.withResolvers<Json>();
    this.#open.set(token, { succeed: resolve, fail: reject, heartbeat });
    return promise;
  }

  isOpen(token: string): boolean {
    return this.#open.has(token);
  }

  /** Forgets a token whose answer is no longer waited for. */
  close(token: string): void {
    this.#open.delete(token);
  }

  /**
   * Answers a token; `fail` and `heartbeat` throw the same.
   *
   * @throws ApiError TaskTimedOut: when no task waits for the token any more.
   */
  succeed(token: string, output: Json): void {
    this.#take(token).succeed(output);
  }

  fail(token: string, error: string, cause: string): void {
    this.#take(token).fail(new StateFailure(error, cause));
  }

  heartbeat(token: string): void {
    this.#find(token).heartbeat();
  }

  /** A token is answered once. */
  #take(token: string): OpenTask {
    const task = this.#find(token);
    this.#open.delete(token);
    return task;
  }

  #find(token: string): OpenTask {
    const task = this.#open.get(token);
    if (!task) throw new ApiError('TaskTimedOut', "Task Timed Out: 'Provided task does not exist anymore'");
    return task;
  }
}
