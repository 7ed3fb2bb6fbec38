/**
 * A value, or a promise of it if a function of the team is async. Most are not, and a worker that makes promises for each item spends more
 * time on them than on the items.
 */
export type MaybePromise<T> = T | Promise<T>;

/** Calls `next` with the value: at once if it is no promise. */
export function andThen<T, R>(value: MaybePromise<T>, next: (value: T) => MaybePromise<R>): MaybePromise<R> {
  return value instanceof Promise ? value.then(next) : next(value);
}

/** Calls `run`, and hands what it throws, or rejects with, to `recover`. */
export function orElse<T, R>(run: () => MaybePromise<T>, recover: (error: unknown) => MaybePromise<R>): MaybePromise<T | R> {
  try {
    const value = run();
    return value instanceof Promise ? value.catch(recover) : value;
  } catch (error) {
    return recover(error);
  }
}

/** Calls `run`, and `last` once it has returned, or once its promise is settled. */
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
