import type { Json } from '../../json.ts';

/** Which failures of a state are retried, and when: https://states-language.net/spec.html#errors */
export interface Retrier {
  ErrorEquals: string[];
  IntervalSeconds?: number;
  MaxAttempts?: number;
  BackoffRate?: number;
  MaxDelaySeconds?: number;
  JitterStrategy?: 'FULL' | 'NONE';
}

/** Which failures of a state are caught, and the state that follows. */
export interface Catcher {
  ErrorEquals: string[];
  Next: string;
  ResultPath?: string | null;
}

/** One state of the Amazon States Language, with the fields that this code reads; the interpreter package reads the others. */
export interface State {
  Type: string;
  Next?: string;
  End?: boolean;
  Resource?: string;
  TimeoutSeconds?: number;
  TimeoutSecondsPath?: string;
  HeartbeatSeconds?: number;
  Choices?: { Next: string; [rule: string]: Json }[];
  Default?: string;
  Retry?: Retrier[];
  Catch?: Catcher[];
  Parameters?: Json;
  ItemSelector?: Json;
  ItemsPath?: string;
  ItemProcessor?: States & { ProcessorConfig?: { Mode?: string } };
  Iterator?: States;
  MaxConcurrency?: number;
  MaxConcurrencyPath?: string;
  ToleratedFailureCount?: number;
  ToleratedFailureCountPath?: string;
  ToleratedFailurePercentage?: number;
  ToleratedFailurePercentagePath?: string;
  Label?: string;
  Error?: string;
  [field: string]: unknown;
}

/** A state machine, or the processor of a Map. */
export interface States {
  StartAt: string;
  States: Record<string, State>;
  TimeoutSeconds?: number;
}

/** A state and its input. */
export interface Position {
  state: string;
  input: Json;
}
