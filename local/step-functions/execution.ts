import type { History } from './history.ts';
import type { ContextObject } from './interpreter/interpret-state.ts';
import type { Machine } from './machine.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE';

/** The properties that an execution has from its start. `input` is JSON. */
export interface ExecutionStart {
  arn: string;
  name: string;
  machine: Machine;
  input: string;
  /** Only for a child of a Distributed Map. */
  mapRunArn?: string;
}

/** One execution of a state machine, as the API, the interpreter and Map Runs see it. Times are in ms since the epoch. */
export interface Execution {
  readonly arn: string;
  readonly name: string;
  readonly machine: Machine;
  readonly input: string;
  readonly mapRunArn: string | undefined;
  readonly history: History;
  readonly startDate: number;
  readonly status: ExecutionStatus;
  readonly stopDate: number | undefined;
  readonly output: string | undefined;
  readonly error: string | undefined;
  readonly cause: string | undefined;
  readonly redriveCount: number;
  readonly redriveDate: number | undefined;
  /** The client tokens of its redrives with their times, newest last. */
  clientTokens: { token: string; date: number }[];
  /** Redrives the execution in the state in which it ended, as a further attempt; returns immediately. */
  redrive(): void;
  /** Marks the execution as waiting for its redrive. */
  queueRedrive(): void;
  /** Cancels the waiting redrive. */
  leaveQueue(): void;
  /** Resolves when the execution has ended, with any status. */
  ended(): Promise<void>;
  /** Aborts the execution if it runs. Its functions continue, but their results are ignored. */
  stop(error?: string, cause?: string): void;
  /** `$$.Execution`. */
  context(): ContextObject;
}
