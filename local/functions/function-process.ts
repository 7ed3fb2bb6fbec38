import { type ChildProcess, fork } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Json } from '../json.ts';
import { siblingScript } from '../sibling-script.ts';
import { FunctionFailure } from './function-failure.ts';

/** The message to the process; `event` is JSON, `deadline` in ms since the epoch. */
export interface FunctionCall {
  event: string;
  requestId: string;
  functionArn: string;
  deadline: number;
}

/** The answer of the process; `result` is JSON. */
export type FunctionAnswer = { result: string } | { failed: { errorType: string; errorMessage: string; trace: string[] } };

/** Lambda's limit for the result of a call, in bytes. */
const maxResultBytes = 6 * 1024 * 1024;

/** One process of one function: serves one call at a time, and is killed at the timeout of a call. */
export class FunctionProcess {
  readonly function: string;
  readonly #child: ChildProcess;
  #event: Json | undefined;
  #settle: ((answer: FunctionAnswer | FunctionFailure) => void) | undefined;
  #requestId = '';
  ended = false;

  /** `onExit` is called when the process has ended. */
  constructor(name: string, file: string, environment: Record<string, string>, log: (line: string) => void, onExit: () => void) {
    this.function = name;
    this.#child = fork(siblingScript('function-host', import.meta.url), [file], {
      execArgv: [],
      env: environment,
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      if (stream) createInterface({ input: stream }).on('line', (line) => log(`${name} ${this.pid}: ${line}`));
    }
    this.#child.on('message', (answer: FunctionAnswer) => this.#settle?.(answer));
    this.#child.on('error', (error) => log(`${name} ${this.pid}: ${error.message}`));
    this.#child.on('exit', (code, signal) => {
      this.ended = true;
      onExit();
      const how = signal ? `signal: ${signalNames[signal] ?? signal}` : `exit status ${code}`;
      this.#settle?.(this.#failure('Runtime.ExitError', `Runtime exited with error: ${how}`));
    });
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** The event that the process works on; `undefined` while idle. */
  get event(): Json | undefined {
    return this.#event;
  }

  /**
   * Calls the function.
   *
   * @throws FunctionFailure: when the function fails, its process dies, or it takes longer than `timeout` seconds.
   */
  async call(event: Json, call: { requestId: string; functionArn: string; timeout: number }): Promise<Json> {
    const { promise, resolve } = Promise.withResolvers<FunctionAnswer | FunctionFailure>();
    this.#settle = resolve;
    this.#event = event;
    this.#requestId = call.requestId;
    const timer = setTimeout(() => {
      this.kill();
      resolve(this.#failure('Sandbox.Timedout', `Task timed out after ${call.timeout.toFixed(2)} seconds`));
    }, call.timeout * 1000);
    const { requestId, functionArn } = call;
    const message: FunctionCall = { event: JSON.stringify(event), requestId, functionArn, deadline: Date.now() + call.timeout * 1000 };
    if (this.ended) resolve(this.#failure('Runtime.ExitError', 'Runtime exited without providing a reason'));
    // If sending fails, the process has ended, which its exit event reports.
    else this.#child.send(message, () => {});
    const answer = await promise;
    clearTimeout(timer);
    this.#settle = undefined;
    this.#event = undefined;
    return resultOf(answer);
  }

  kill(): void {
    this.#child.kill('SIGKILL');
    // A killed process never gets another call, even before its exit event.
    this.ended = true;
  }

  #failure(type: string, text: string): FunctionFailure {
    return new FunctionFailure(type, `RequestId: ${this.#requestId} Error: ${text}`);
  }
}

function resultOf(answer: FunctionAnswer | FunctionFailure): Json {
  if (answer instanceof FunctionFailure) throw answer;
  if ('failed' in answer) throw new FunctionFailure(answer.failed.errorType, answer.failed.errorMessage, answer.failed.trace);
  if (Buffer.byteLength(answer.result) <= maxResultBytes) return JSON.parse(answer.result);
  const size = Buffer.byteLength(answer.result);
  throw new FunctionFailure(
    'Function.ResponseSizeTooLarge',
    `Response payload size (${size} bytes) exceeded maximum allowed payload size (${maxResultBytes} bytes).`,
  );
}

/** Messages in the words of Lambda. */
const signalNames: Partial<Record<NodeJS.Signals, string>> = {
  SIGKILL: 'killed',
  SIGTERM: 'terminated',
  SIGSEGV: 'segmentation fault',
  SIGABRT: 'aborted',
};
