import type { Engine } from './engine.ts';
import { Frame } from './frame.ts';
import { History } from './history.ts';
import type { ContextObject } from './interpret-state.ts';
import { payload } from './limits.ts';
import type { MapRun } from './map-run.ts';
import { runStates } from './run-states.ts';
import { StateFailure, timeoutFailure } from './state-failure.ts';
import type { Machine } from './state-machines.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED';

/** What an execution is from its start. `input` is JSON. */
export interface ExecutionStart {
  arn: string;
  name: string;
  machine: Machine;
  input: string;
  /** Of a child of a Distributed Map. */
  mapRun?: MapRun;
}

/**
 * One execution of a state machine. Its status:
 *
 * - RUNNING → SUCCEEDED occurs when its last state ends.
 * - RUNNING → FAILED occurs when a state fails and nothing catches that.
 * - RUNNING → TIMED_OUT occurs at the TimeoutSeconds of the machine.
 * - RUNNING → ABORTED occurs when it is stopped, or the Map Run it belongs to ends.
 */
export class Execution {
  readonly engine: Engine;
  readonly arn: string;
  readonly name: string;
  readonly machine: Machine;
  readonly input: string;
  readonly mapRun: MapRun | undefined;
  readonly history = new History();
  readonly startDate = Date.now();
  status: ExecutionStatus = 'RUNNING';
  stopDate: number | undefined;
  output: string | undefined;
  error: string | undefined;
  cause: string | undefined;
  redriveCount = 0;
  #frame: Frame | undefined;
  #abort = new AbortController();
  #ended = Promise.withResolvers<void>();

  constructor(engine: Engine, { arn, name, machine, input, mapRun }: ExecutionStart) {
    this.engine = engine;
    this.arn = arn;
    this.name = name;
    this.machine = machine;
    this.input = input;
    this.mapRun = mapRun;
  }

  /** Runs it from its first state; returns at once. */
  run(): void {
    this.history.add('ExecutionStarted', { input: this.input, roleArn: this.engine.roleArn }, 0);
    const { definition } = this.machine;
    this.#frame = new Frame(this, this.#abort.signal, this.history.events.length);
    const seconds = definition.TimeoutSeconds;
    const timer = seconds === undefined ? undefined : setTimeout(() => this.#fail('TIMED_OUT', timeoutFailure()), seconds * 1000);
    runStates(this.#frame, definition, { state: definition.StartAt, input: JSON.parse(this.input) })
      .then((output) => {
        this.output = payload(output, this.name);
        this.#end('SUCCEEDED', { output: this.output });
      })
      .catch((error) => this.#fail('FAILED', error))
      .finally(() => clearTimeout(timer));
  }

  /** Resolves when it has ended, in whatever way. */
  ended(): Promise<void> {
    return this.#ended.promise;
  }

  /** Aborts it, if it runs. Functions that run go on: only their results are no longer wanted. */
  stop(error?: string, cause?: string): void {
    this.#end('ABORTED', { ...(error && { error }), ...(cause && { cause }) });
  }

  /** `$$.Execution`. */
  context(): ContextObject {
    return {
      Id: this.arn,
      Name: this.name,
      Input: JSON.parse(this.input),
      RoleArn: this.engine.roleArn,
      StartTime: new Date(this.startDate).toISOString(),
      RedriveCount: this.redriveCount,
    };
  }

  #fail(status: 'FAILED' | 'TIMED_OUT', error: unknown): void {
    if (this.status !== 'RUNNING') return;
    if (!(error instanceof StateFailure)) console.error(error);
    const failure = error instanceof StateFailure ? error : new StateFailure('States.Runtime', String(error));
    const details = { error: failure.name, ...(failure.message && { cause: failure.message }) };
    this.#end(status, details);
  }

  #end(status: Exclude<ExecutionStatus, 'RUNNING'>, details: { output?: string; error?: string; cause?: string }): void {
    if (this.status !== 'RUNNING') return;
    this.status = status;
    this.stopDate = Date.now();
    this.error = details.error;
    this.cause = details.cause;
    // Ends what still runs: other items of an inline Map, children, waits.
    this.#abort.abort(new StateFailure('States.Aborted'));
    if (status === 'ABORTED') this.#recordAbortedState();
    this.history.add(lastEvent[status], details);
    this.#ended.resolve();
  }

  #recordAbortedState(): void {
    const state = this.machine.definition.States[this.#frame?.position?.state ?? ''];
    if (state?.ItemProcessor?.ProcessorConfig?.Mode === 'DISTRIBUTED') this.history.add('MapRunAborted');
    if (['Task', 'Map', 'Wait'].includes(state?.Type ?? '')) this.history.add(`${state?.Type}StateAborted`);
  }
}

const lastEvent = {
  SUCCEEDED: 'ExecutionSucceeded',
  FAILED: 'ExecutionFailed',
  TIMED_OUT: 'ExecutionTimedOut',
  ABORTED: 'ExecutionAborted',
};
