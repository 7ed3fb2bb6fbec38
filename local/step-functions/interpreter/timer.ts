/** The max delay of one timer of Node, in ms; a longer one would fire at once. */
const maxDelay = 2_147_483_647;

/** Calls back after up to 99,999,999 s, the max of Step Functions; returns a function that cancels it. */
export function startTimer(milliseconds: number, callback: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (left: number): void => {
    timer = left > maxDelay ? setTimeout(() => wait(left - maxDelay), maxDelay) : setTimeout(callback, left);
  };
  wait(milliseconds);
  return () => clearTimeout(timer);
}

/**
 * Waits.
 *
 * @throws the reason of the signal: when it aborts.
 */
export function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => {
      cancel();
      reject(signal.reason);
    };
    const cancel = startTimer(milliseconds, () => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
}
