import type { Json } from '../../json.ts';

/** When a state that failed is tried again: https://states-language.net/spec.html#errors */
export interface Retrier {
  ErrorEquals: string[];
  IntervalSeconds?: number;
  MaxAttempts?: number;
  BackoffRate?: number;
  MaxDelaySeconds?: number;
  JitterStrategy?: 'FULL' | 'NONE';
}

/** The state that follows when a state failed. */
export interface Catcher {
  ErrorEquals: string[];
  Next: string;
  ResultPath?: string | null;
}

/** One state of the Amazon States Language, with the fields that are read here; the interpreter reads the rest. */
export interface State {
  Type: string;
  Next?: string;
  End?: boolean;
  Resource?: string;
  TimeoutSeconds?: number;
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

/** A state machine, or what a Map runs for each item. */
export interface States {
  StartAt: string;
  States: Record<string, State>;
  TimeoutSeconds?: number;
}

/** A state, and with what it is entered. */
export interface Position {
  state: string;
  input: Json;
}
