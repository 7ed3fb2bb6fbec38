import type { Json } from '../json.ts';
import type { Position } from './asl.ts';
import type { Execution } from './execution.ts';
import type { HistoryEvent } from './history.ts';
import type { ContextObject } from './interpret-state.ts';

/** One thread of an execution: its states one after the other, or those of one item of an inline Map. */
export class Frame {
  readonly execution: Execution;
  readonly signal: AbortSignal;
  /** The item, in an inline Map: `$$.Map.Item`. */
  readonly item: ContextObject | undefined;
  /** The state it is in, or ended in. */
  position: Position | undefined;
  #lastEvent: number;

  constructor(execution: Execution, signal: AbortSignal, lastEvent: number, item?: ContextObject) {
    this.execution = execution;
    this.signal = signal;
    this.item = item;
    this.#lastEvent = lastEvent;
  }

  /** Adds an event after the last one of this frame. What ends late, after the execution, leaves no trace. */
  record(type: string, details?: HistoryEvent['details']): void {
    if (!this.signal.aborted) this.#lastEvent = this.execution.history.add(type, details, this.#lastEvent);
  }

  get lastEvent(): number {
    return this.#lastEvent;
  }

  /** The context object in a state; `attempt` counts the tries so far. */
  context(state: string, attempt: () => number): ContextObject {
    return {
      Execution: this.execution.context(),
      StateMachine: { Id: this.execution.machine.arn, Name: this.execution.machine.name },
      State: {
        Name: state,
        EnteredTime: new Date().toISOString(),
        get RetryCount() {
          return attempt();
        },
      },
      ...(this.item && { Map: { Item: this.item } }),
    };
  }
}

/** One try of a Task or Map: what it is given, and where it tells of its progress. */
export interface Try {
  frame: Frame;
  context: ContextObject;
  input: Json;
}
