/** Aborts a signal on the first Ctrl-C; a second Ctrl-C ends the process as usual. */
export interface Interruption {
  readonly happened: Promise<'interrupted'>;
  readonly signal: AbortSignal;
  /** Stops listening for Ctrl-C. */
  end(): void;
}

export function listenForInterruption(): Interruption {
  const controller = new AbortController();
  const abort = (): void => controller.abort();
  process.once('SIGINT', abort);
  const happened = new Promise<'interrupted'>((resolve) => {
    controller.signal.addEventListener('abort', () => resolve('interrupted'), { once: true });
  });
  return { happened, signal: controller.signal, end: () => process.off('SIGINT', abort) };
}
