import type { FinalizeRequestMiddleware, Pluggable } from '@smithy/types';

/** The lease was over when the request's bytes were about to be handed over; nothing was sent. */
export class GuardClosed extends Error {
  override readonly name = 'GuardClosed';
}

/** Asks `mayWrite` after the request is signed, in the tick in which it is handed to the network. */
export function writeGuard<Input extends object, Output extends object>(mayWrite: () => boolean): Pluggable<Input, Output> {
  const guard: FinalizeRequestMiddleware<Input, Output> = (next) => (args) => {
    if (!mayWrite()) throw new GuardClosed('The permission to write ran out.');
    return next(args);
  };
  return { applyToStack: (stack) => stack.add(guard, { step: 'finalizeRequest', priority: 'low', name: 'writeGuard' }) };
}
