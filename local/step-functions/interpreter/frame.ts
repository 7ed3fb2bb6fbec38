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
  /** The event that its first one follows. */
  lastEvent: number;
  /** The item, in an inline Map: `$$.Map.Item`. */
  item?: ContextObject | undefined;
}

/** One thread of one attempt of an execution: its states one after the other, or those of one item of an inline Map. */
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

  /** The thread of a redrive, which goes on where this one ended. What still ends late in this one reaches neither. */
  again(signal: AbortSignal): Frame {
    const { engine, execution, place, item } = this;
    const frame = new Frame({ engine, execution, signal, item, place: { ...place }, lastEvent: place.resumeAfter ?? this.#lastEvent });
    frame.#earlierMap = place.map;
    return frame;
  }

  /** Adds an event after the last one of this frame. What ends late, after the execution, leaves no trace. */
  record(type: string, details?: HistoryEvent['details']): void {
    if (!this.signal.aborted) this.#lastEvent = this.execution.history.add(type, details, this.#lastEvent);
  }

  /** Enters the state it is at. A redrive goes on in a state that was entered before, without a further event. */
  enter(type: string, details: HistoryEvent['details']): void {
    this.signal.throwIfAborted();
    if (this.place.entered) return;
    this.record(type, details);
    this.place.entered = { event: this.#lastEvent, time: new Date().toISOString() };
    this.markResume();
  }

  /** Leaves the state; goes on to the next one unless it was the last. */
  leave(type: string, details: HistoryEvent['details'], next: Position | undefined): void {
    this.signal.throwIfAborted();
    this.record(type, details);
    if (!next) return;
    this.place.position = next;
    delete this.place.entered;
    delete this.place.resumeAfter;
    delete this.place.map;
  }

  /** A redrive of the state goes on after the last event. */
  markResume(): void {
    this.place.resumeAfter = this.#lastEvent;
  }

  /** What an earlier attempt did of the Map it is in, for the first try of a redrive only. */
  takeEarlierMap(): MapProgress | undefined {
    const earlier = this.#earlierMap;
    this.#earlierMap = undefined;
    return earlier;
  }

  get lastEvent(): number {
    return this.#lastEvent;
  }

  /** The context object in a try of the state it is at. */
  context(tries: number): ContextObject {
    return {
      Execution: this.execution.context(),
      StateMachine: { Id: this.execution.machine.arn, Name: this.execution.machine.name },
      State: { Name: this.place.position.state, EnteredTime: this.place.entered?.time, RetryCount: tries },
      ...(this.item && { Map: { Item: this.item } }),
    };
  }
}

/** Where a thread of an execution is, or ended: what a redrive goes on from. */
export interface Place {
  position: Position;
  /** Once the state was entered: which event that was, and when (ISO 8601). */
  entered?: { event: number; time: string };
  /** The event that the first event of a redrive follows. */
  resumeAfter?: number;
  /** Once the state is a Map that works on its items. */
  map?: MapProgress | undefined;
}

/** How far a Map is: a distributed one, or one within the execution. */
export type MapProgress = { run: MapRun } | { iterations: Iteration[] };

/** An item of a Map within the execution; `output` once it succeeded. */
export interface Iteration {
  frame: Frame;
  output?: Json;
}

/** One try of a Task or Map: its input, and the frame in which it records its progress. */
export interface Try {
  frame: Frame;
  context: ContextObject;
  input: Json;
}
