import type { Json } from '../json.ts';

/** One state of the Amazon States Language, with the fields that are read here; the interpreter reads the rest. */
export interface State {
  Type: string;
  Next?: string;
  End?: boolean;
  Resource?: string;
  TimeoutSeconds?: number;
  Choices?: { Next: string; [rule: string]: Json }[];
  Default?: string;
  Retry?: { ErrorEquals: string[]; [field: string]: Json }[];
  Catch?: { ErrorEquals: string[]; Next: string; [field: string]: Json }[];
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

/** Where an execution is: the state it has entered, or is about to, and with what. A redrive begins here. */
export interface Position {
  state: string;
  input: Json;
}
