import type { State } from './asl.ts';
import { type StateFailure, TerminalFailure } from './state-failure.ts';

/** Whether the ErrorEquals of a retrier or catcher of a state names a failure. */
export function matchesFailure(names: string[], failure: StateFailure, { Type: type }: State): boolean {
  if (failure instanceof TerminalFailure || failure.name === 'States.Runtime') return false;
  const wildcards = type === 'Task' && failure.name !== 'States.Timeout' ? ['States.ALL', 'States.TaskFailed'] : ['States.ALL'];
  return names.some((name) => name === failure.name || name === failure.alias || wildcards.includes(name));
}
