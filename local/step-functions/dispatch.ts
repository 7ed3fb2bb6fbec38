export interface Dispatch<Result> {
  /** The results, in the order of the jobs. Rejects with the first failure; after that no further job begins. */
  results: Promise<Result[]>;
  /** Starts more jobs after the limit was raised. */
  refill(): void;
  /** Stops beginning jobs. `results` then never settles. */
  stop(): void;
}

/** Runs jobs 0 … count - 1 in order, up to `limit()` at the same time. */
export function dispatch<Result>(count: number, limit: () => number, job: (index: number) => Promise<Result>): Dispatch<Result> {
  const { promise, resolve, reject } = Promise.withResolvers<Result[]>();
  const results: Result[] = new Array(count);
  let next = 0;
  let running = 0;
  let finished = 0;
  let stopped = false;

  const begin = (index: number): void => {
    running += 1;
    job(index).then(
      (result) => {
        results[index] = result;
        running -= 1;
        finished += 1;
        if (stopped) return;
        if (finished === count) resolve(results);
        refill();
      },
      (error) => {
        if (stopped) return;
        stopped = true;
        reject(error);
      },
    );
  };
  const refill = (): void => {
    while (!stopped && next < count && running < limit()) begin(next++);
  };
  if (count === 0) resolve(results);
  refill();
  return {
    results: promise,
    refill,
    stop: () => {
      stopped = true;
    },
  };
}
