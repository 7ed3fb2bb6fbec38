/**
 * A value now, or later where a function of the team is async. Most are not, and a pass that makes promises for each item spends more
 * on them than on the items.
 */
export type MaybePromise<T> = T | Promise<T>;

/** Goes on with a value, in the same tick where it is there. */
export function andThen<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Runs it, and hands what it throws, now or later, to `recover`. */
export function orElse<T, R>(run: () => MaybePromise<T>, recover: (error: unknown) => MaybePromise<R>): MaybePromise<T | R> {
  try {
    const value = run();
    return value instanceof Promise ? value.catch(recover) : value;
  } catch (error) {
    return recover(error);
  }
}

/** Runs it, and `last` when it is over, now or later. */
export function andFinally<T>(run: () => MaybePromise<T>, last: () => void): MaybePromise<T> {
  let value: MaybePromise<T>;
  try {
    value = run();
  } catch (error) {
    last();
    throw error;
  }
  if (value instanceof Promise) return value.finally(last);
  last();
  return value;
}
