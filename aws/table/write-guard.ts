import type { FinalizeRequestMiddleware, Pluggable } from '@smithy/types';

/** The worker had no permission to write when the request was about to be handed to the network. Nothing was sent. */
export class GuardClosed extends Error {
  override readonly name = 'GuardClosed';
}

/** SDK middleware that calls `mayWrite` after the request is signed, in the tick in which it is handed to the network. */
export function writeGuard<Input extends object, Output extends object>(mayWrite: () => boolean): Pluggable<Input, Output> {
  const guard: FinalizeRequestMiddleware<Input, Output> = (next) => (args) => {
    if (!mayWrite()) throw new GuardClosed('The permission to write ran out.');
    return next(args);
  };
  return { applyToStack: (stack) => stack.add(guard, { step: 'finalizeRequest', priority: 'low', name: 'writeGuard' }) };
}
