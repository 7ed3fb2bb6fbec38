/** The longest that one timer of Node waits, in ms; beyond, it would fire at once. */
const longest = 2_147_483_647;

/** Calls back after a time that may be as long as Step Functions allows (99,999,999 s); returns how to cancel that. */
export function startTimer(milliseconds: number, callback: () => void): () => void {
  let timer: NodeJS.Timeout;
  const wait = (left: number): void => {
    timer = left > longest ? setTimeout(() => wait(left - longest), longest) : setTimeout(callback, left);
  };
  wait(milliseconds);
  return () => clearTimeout(timer);
}

/** Waits, unless the signal aborts: then rejects with its reason. */
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
