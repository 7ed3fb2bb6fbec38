import type { Engine } from './engine.ts';
import type { Execution, ExecutionStart, ExecutionStatus } from './execution.ts';
import { History } from './history.ts';
import { Frame } from './interpreter/frame.ts';
import type { ContextObject } from './interpreter/interpret-state.ts';
import { runStates } from './interpreter/run-states.ts';
import { failureDetails, StateFailure, timeoutFailure } from './interpreter/state-failure.ts';
import { startTimer } from './interpreter/timer.ts';
import { payload } from './limits.ts';
import type { Machine } from './machine.ts';

/** The engine of an execution, which is notified of its end. */
type Owner = Engine & { onEnd(execution: Execution): void };
type EndStatus = Exclude<ExecutionStatus, 'RUNNING' | 'PENDING_REDRIVE'>;

/**
 * One execution of a state machine. Its status:
 *
 * - RUNNING → SUCCEEDED occurs when its last state ends.
 * - RUNNING → FAILED occurs when a state fails and no Catch names the failure.
 * - RUNNING → TIMED_OUT occurs at the TimeoutSeconds of the machine.
 * - RUNNING → ABORTED occurs when it is stopped, or the Map Run it belongs to ends.
 * - FAILED, TIMED_OUT, ABORTED → RUNNING occurs when it is redriven.
 * - FAILED, TIMED_OUT, ABORTED → PENDING_REDRIVE occurs when the Map Run it belongs to is redriven, until the Map Run has room for it (→ RUNNING)
 *   or ends (→ the previous status).
 */
export class LocalExecution implements Execution {
  readonly arn: string;
  readonly name: string;
  readonly machine: Machine;
  readonly input: string;
  readonly mapRunArn: string | undefined;
  readonly history = new History();
  readonly startDate = Date.now();
  status: ExecutionStatus = 'RUNNING';
  stopDate: number | undefined;
  output: string | undefined;
  error: string | undefined;
  cause: string | undefined;
  redriveCount = 0;
  redriveDate: number | undefined;
  clientTokens: { token: string; date: number }[] = [];
  readonly #engine: Owner;
  #frame: Frame;
  #abort = new AbortController();
  #ended = Promise.withResolvers<void>();
  #statusBeforeQueue: ExecutionStatus | undefined;

  constructor(engine: Owner, { arn, name, machine, input, mapRunArn }: ExecutionStart) {
    this.#engine = engine;
    this.arn = arn;
    this.name = name;
    this.machine = machine;
    this.input = input;
    this.mapRunArn = mapRunArn;
    const place = { position: { state: machine.definition.StartAt, input: JSON.parse(input) } };
    this.#frame = new Frame({ engine, execution: this, signal: this.#abort.signal, place, lastEvent: 0 });
  }

  /** Runs the execution from its first state; returns immediately. */
  run(): void {
    this.history.add('ExecutionStarted', { input: this.input, roleArn: this.#engine.roleArn }, 0);
    this.#attempt();
  }

  redrive(): void {
    this.#statusBeforeQueue = undefined;
    this.status = 'RUNNING';
    this.redriveCount += 1;
    this.redriveDate = Date.now();
    for (const field of ['stopDate', 'error', 'cause'] as const) this[field] = undefined;
    this.history.add('ExecutionRedriven', { redriveCount: this.redriveCount });
    this.#abort = new AbortController();
    this.#ended = Promise.withResolvers();
    this.#frame = this.#frame.again(this.#abort.signal);
    this.#attempt();
  }

  queueRedrive(): void {
    this.#statusBeforeQueue = this.status;
    this.status = 'PENDING_REDRIVE';
  }

  leaveQueue(): void {
    this.status = this.#statusBeforeQueue ?? this.status;
    this.#statusBeforeQueue = undefined;
  }

  #attempt(): void {
    const { definition } = this.machine;
    const { signal } = this.#abort;
    const seconds = definition.TimeoutSeconds;
    const cancel = seconds === undefined ? () => {} : startTimer(seconds * 1000, () => this.#fail('TIMED_OUT', timeoutFailure()));
    // Late results, after the end of the attempt, change nothing.
    runStates(this.#frame, definition)
      .then((output) => {
        const text = payload(output, this.name);
        if (!signal.aborted) this.#end('SUCCEEDED', { output: text });
      })
      .catch((error) => signal.aborted || this.#fail('FAILED', error))
      .finally(cancel);
  }

  ended(): Promise<void> {
    return this.#ended.promise;
  }

  stop(error?: string, cause?: string): void {
    this.#end('ABORTED', { ...(error && { error }), ...(cause && { cause }) });
  }

  context(): ContextObject {
    return {
      Id: this.arn,
      Name: this.name,
      Input: JSON.parse(this.input),
      RoleArn: this.#engine.roleArn,
      StartTime: new Date(this.startDate).toISOString(),
      RedriveCount: this.redriveCount,
      ...(this.redriveDate !== undefined && { RedriveTime: new Date(this.redriveDate).toISOString() }),
    };
  }

  #fail(status: 'FAILED' | 'TIMED_OUT', error: unknown): void {
    if (this.status !== 'RUNNING') return;
    if (!(error instanceof StateFailure)) console.error(error);
    const failure = error instanceof StateFailure ? error : new StateFailure('States.Runtime', String(error));
    this.#end(status, failureDetails(failure));
  }

  #end(status: EndStatus, details: { output?: string; error?: string; cause?: string }): void {
    if (this.status !== 'RUNNING') return;
    this.status = status;
    this.stopDate = Date.now();
    this.output = details.output;
    this.error = details.error;
    this.cause = details.cause;
    // Ends everything that still runs: other items of an inline Map, children, waits.
    this.#abort.abort(new StateFailure('States.Aborted'));
    if (status === 'ABORTED') this.#recordAbortedMap();
    // If the execution was ended from outside, its last event has no previous event.
    this.history.add(lastEvent[status], details, status === 'ABORTED' || status === 'TIMED_OUT' ? 0 : undefined);
    this.#ended.resolve();
    this.#engine.onEnd(this);
  }

  #recordAbortedMap(): void {
    const state = this.machine.definition.States[this.#frame.place.position.state];
    if (state?.ItemProcessor?.ProcessorConfig?.Mode !== 'DISTRIBUTED') return;
    this.history.add('MapRunAborted');
    this.history.add('MapStateAborted');
  }
}

const lastEvent: Record<EndStatus, string> = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  TIMED_OUT: 'ExecutionTimedOut',
  ABORTED: 'ExecutionAborted',
};
