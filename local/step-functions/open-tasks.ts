import { ApiError } from '../http/api-error.ts';
import type { Json } from '../json.ts';
import { StateFailure } from './interpreter/state-failure.ts';

interface OpenTask {
  succeed(output: Json): void;
  fail(failure: StateFailure): void;
  heartbeat(): void;
}

/** The tasks that wait for an answer to their token. Waiting needs no process and no polling. */
export class OpenTasks {
  readonly #open = new Map<string, OpenTask>();

  /**
   * Waits for the answer to a token.
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

  /** Removes a token, if its task no longer waits for the answer. */
  close(token: string): void {
    this.#open.delete(token);
  }

  /**
   * Answers a token; `fail` and `heartbeat` throw the same errors.
   *
   * @throws ApiError TaskTimedOut: when no task waits for the token.
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

  /** Removes the token, since it can be answered only once. */
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
