import type { DeployClients } from '../../aws/deploy/deploy-clients.ts';
import type { Output } from '../terminal/output.ts';

/** What a deploy meets. */
export interface DeployPorts {
  clients: DeployClients;
  output: Output;
  /** Asks a person; undefined if there is none, as in a pipeline. */
  ask: ((question: string) => Promise<boolean>) | undefined;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
  /** Ends early if the signal is aborted. */
  sleep(milliseconds: number): Promise<void>;
  /** Milliseconds of a clock that never goes back. */
  now(): number;
  /** An error of AWS, explained to an operator. */
  explain(error: unknown): Promise<unknown>;
}

/** Ctrl-C. The message says what goes on in AWS, and how to look at it. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
}

const firstPause = 250;
const maxPause = 4000;

/** A ledger may be taken in already, or a failed stack deleted. */
export const nothingMore = 'Nothing more is changed in AWS; the next `npx dynamodt deploy` goes on from there.';

/**
 * Pauses between questions to CloudFormation, which limits how many it answers: short at first, then up to four seconds.
 *
 * @param interrupted what to say after Ctrl-C
 */
export function pauses({ signal, sleep }: Pick<DeployPorts, 'signal' | 'sleep'>, interrupted: string): () => Promise<void> {
  let next = firstPause;
  return async () => {
    const length = next;
    next = Math.min(maxPause, next * 1.5);
    await sleep(length);
    if (signal.aborted) throw new Interrupted(interrupted);
  };
}
