import type { States } from './interpreter/asl.ts';

/** A state machine; `text` is its deployed definition. */
export interface Machine {
  arn: string;
  name: string;
  definition: States;
  text: string;
  creationDate: number;
}
