import type { Json } from '../../json.ts';
import type { MapRun } from '../map-run.ts';
import type { Position } from './asl.ts';
import type { Frame } from './frame.ts';

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
