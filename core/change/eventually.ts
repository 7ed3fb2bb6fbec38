/**
 * A value now, or later where a function of the team is async. Most are not, and a pass that makes promises for each item spends more
 * on them than on the items.
 */
export type Eventually<T> = T | Promise<T>;

/** Goes on with a value, in the same tick where it is there. */
export function afterwards<T, R>(value: Eventually<T>, next: (value: T) => Eventually<R>): Eventually<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Runs it, and hands what it throws, now or later, to `recover`. */
export function attempt<T, R>(run: () => Eventually<T>, recover: (error: unknown) => Eventually<R>): Eventually<T | R> {
  try {
    const value = run();
    return value instanceof Promise ? value.catch(recover) : value;
  } catch (error) {
    return recover(error);
  }
}

/** Runs it, and `last` when it is over, now or later. */
export function lastly<T>(run: () => Eventually<T>, last: () => void): Eventually<T> {
  let value: Eventually<T>;
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
