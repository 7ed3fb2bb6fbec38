import type { Json } from '../../json.ts';
import type { Engine } from '../engine.ts';
import type { Execution } from '../execution.ts';
import type { HistoryEvent } from '../history.ts';
import type { MapRun } from '../map-run.ts';
import type { Position } from './asl.ts';
import type { ContextObject } from './interpret-state.ts';

export interface FrameOptions {
  engine: Engine;
  execution: Execution;
  signal: AbortSignal;
  place: Place;
  /** The id of the event before the first event of the frame. */
  lastEvent: number;
  /** Only in an inline Map: the item, `$$.Map.Item`. */
  item?: ContextObject | undefined;
}

/** One thread of one attempt of an execution: the sequence of its states, or of the states for one item of an inline Map. */
export class Frame {
  readonly engine: Engine;
  readonly execution: Execution;
  readonly signal: AbortSignal;
  readonly item: ContextObject | undefined;
  readonly place: Place;
  #lastEvent: number;
  #earlierMap: MapProgress | undefined;

  constructor({ engine, execution, signal, place, lastEvent, item }: FrameOptions) {
    this.engine = engine;
    this.execution = execution;
    this.signal = signal;
    this.place = place;
    this.item = item;
    this.#lastEvent = lastEvent;
  }

  /** The thread of a redrive, which continues where this one ended. Late results in this thread are ignored in both. */
  again(signal: AbortSignal): Frame {
    const { engine, execution, place, item } = this;
    const frame = new Frame({ engine, execution, signal, item, place: { ...place }, lastEvent: place.resumeAfter ?? this.#lastEvent });
    frame.#earlierMap = place.map;
    return frame;
  }

  /** Adds an event after the last one of this frame. After the end of the execution it adds nothing. */
  record(type: string, details?: HistoryEvent['details']): void {
    if (!this.signal.aborted) this.#lastEvent = this.execution.history.add(type, details, this.#lastEvent);
  }

  /** Enters the frame's state. A redrive continues in a state that was entered before, so it adds no event. */
  enter(type: string, details: HistoryEvent['details']): void {
    this.signal.throwIfAborted();
    if (this.place.entered) return;
    this.record(type, details);
    this.place.entered = { event: this.#lastEvent, time: new Date().toISOString() };
    this.markResume();
  }

  /** Leaves the state, and moves to the next one unless it was the last. */
  leave(type: string, details: HistoryEvent['details'], next: Position | undefined): void {
    this.signal.throwIfAborted();
    this.record(type, details);
    if (!next) return;
    this.place.position = next;
    delete this.place.entered;
    delete this.place.resumeAfter;
    delete this.place.map;
  }

  /** Prepares a redrive of the state, which continues after the last event. */
  markResume(): void {
    this.place.resumeAfter = this.#lastEvent;
  }

  /** The progress of an earlier attempt in the frame's Map; only for the first try of a redrive. */
  takeEarlierMap(): MapProgress | undefined {
    const earlier = this.#earlierMap;
    this.#earlierMap = undefined;
    return earlier;
  }

  get lastEvent(): number {
    return this.#lastEvent;
  }

  /** The context object in a try of the frame's state. */
  context(tries: number): ContextObject {
    return {
      Execution: this.execution.context(),
      StateMachine: { Id: this.execution.machine.arn, Name: this.execution.machine.name },
      State: { Name: this.place.position.state, EnteredTime: this.place.entered?.time, RetryCount: tries },
      ...(this.item && { Map: { Item: this.item } }),
    };
  }
}

/** The position of a thread of an execution, now or at its end. A redrive continues from it. */
export interface Place {
  position: Position;
  /** Set when the state was entered: the id of that event, and its time (ISO 8601). */
  entered?: { event: number; time: string };
  /** The id of the event before the first event of a redrive. */
  resumeAfter?: number;
  /** Set while the state is a Map that works on its items. */
  map?: MapProgress | undefined;
}

/** The progress of a Map: a distributed one, or an inline one. */
export type MapProgress = { run: MapRun } | { iterations: Iteration[] };

/** An item of an inline Map; `output` is set when it has succeeded. */
export interface Iteration {
  frame: Frame;
  output?: Json;
}

/** One try of a Task or Map: its input, and the frame that records its progress. */
export interface Try {
  frame: Frame;
  context: ContextObject;
  input: Json;
}
