import type { State } from './asl.ts';
import { type StateFailure, TerminalFailure } from './state-failure.ts';

/** Counts the retries of a state, separately for each retrier. */
export class Retries {
  readonly #state: State;
  readonly #used: number[] = [];

  constructor(state: State) {
    this.#state = state;
  }

  /** Milliseconds to wait before the next try; `undefined` if no retry is left. The first retrier that matches decides. */
  waitAfter(failure: StateFailure): number | undefined {
    const retriers = this.#state.Retry ?? [];
    const index = retriers.findIndex(({ ErrorEquals: names }) => matchesFailure(names, failure, this.#state));
    const retrier = retriers[index];
    const used = this.#used[index] ?? 0;
    if (!retrier || used >= (retrier.MaxAttempts ?? 3)) return undefined;
    this.#used[index] = used + 1;
    const { IntervalSeconds: interval = 1, BackoffRate: rate = 2, MaxDelaySeconds: maxDelay = Number.POSITIVE_INFINITY } = retrier;
    const milliseconds = Math.min(interval * rate ** used, maxDelay) * 1000;
    return retrier.JitterStrategy === 'FULL' ? Math.random() * milliseconds : milliseconds;
  }
}

/** True if the ErrorEquals of a retrier or catcher matches a failure of the state. */
export function matchesFailure(names: string[], failure: StateFailure, { Type: type }: State): boolean {
  if (failure instanceof TerminalFailure || failure.name === 'States.Runtime') return false;
  const wildcards = type === 'Task' && failure.name !== 'States.Timeout' ? ['States.ALL', 'States.TaskFailed'] : ['States.ALL'];
  return names.some((name) => name === failure.name || name === failure.alias || wildcards.includes(name));
}
