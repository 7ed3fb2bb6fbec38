import type { FunctionPool } from '../functions/function-pool.ts';
import type { Names } from '../names.ts';
import type { Execution } from '../step-functions/execution.ts';
import { type FailureEvent, failureEvent } from './failure-event.ts';

/** How an event is delivered: after `delayMs`, `times` times. */
export type FailureDelivery = 'deliver' | 'drop' | { delayMs: number } | { times: number };

export interface FailureEventsOptions {
  names: Names;
  functions: FunctionPool;
  decide(event: FailureEvent): FailureDelivery;
  log(line: string): void;
}

/** The state machine and the function of the construct's rule: failures of the machine's executions invoke the function. */
const source = 'transform-table';
const target = 'record-failure';

/** Invokes `record-failure`, if it exists, for executions that failed, timed out or were aborted. Replaces EventBridge. */
export class FailureEvents {
  readonly #options: FailureEventsOptions;
  readonly #timers = new Set<NodeJS.Timeout>();

  constructor(options: FailureEventsOptions) {
    this.#options = options;
  }

  /** Must be called when an execution has ended. Returns without waiting for the delivery. */
  ended(execution: Execution): void {
    const { names, functions, decide } = this.#options;
    const event = failureEvent(execution, names.region);
    if (!event || execution.machine.arn !== names.stateMachineArn(source) || !functions.has(target)) return;
    const delivery = decide(event);
    if (delivery === 'drop') return;
    if (delivery === 'deliver') this.#deliver(event);
    else if ('times' in delivery) for (let time = 0; time < delivery.times; time += 1) this.#deliver(event);
    else this.#deliverLater(event, delivery.delayMs);
  }

  close(): void {
    for (const timer of this.#timers) clearTimeout(timer);
  }

  #deliverLater(event: FailureEvent, milliseconds: number): void {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      this.#deliver(event);
    }, milliseconds);
    this.#timers.add(timer);
  }

  #deliver(event: FailureEvent): void {
    const { functions, log } = this.#options;
    functions.invoke(target, event).catch((error) => log(`${target} failed: ${error.name}: ${error.message}`));
  }
}
