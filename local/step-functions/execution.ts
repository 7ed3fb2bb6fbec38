import type { History } from './history.ts';
import type { ContextObject } from './interpreter/interpret-state.ts';
import type { Machine } from './machine.ts';

export type ExecutionStatus = 'RUNNING' | 'SUCCEEDED' | 'FAILED' | 'TIMED_OUT' | 'ABORTED' | 'PENDING_REDRIVE';

/** What an execution is from its start. `input` is JSON. */
export interface ExecutionStart {
  arn: string;
  name: string;
  machine: Machine;
  input: string;
  /** Of a child of a Distributed Map. */
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
  /** The client tokens of its redrives and when each came, newest last. */
  clientTokens: { token: string; date: number }[];
  /** Continues in the state in which it ended, as a further attempt of the same execution; returns at once. */
  redrive(): void;
  /** Waits for its turn to be redriven. */
  queueRedrive(): void;
  /** Will not be redriven after all. */
  leaveQueue(): void;
  /** Resolves when it has ended, with any status. */
  ended(): Promise<void>;
  /** Aborts it, if it runs. Functions that run continue: only their results are no longer wanted. */
  stop(error?: string, cause?: string): void;
  /** `$$.Execution`. */
  context(): ContextObject;
}
