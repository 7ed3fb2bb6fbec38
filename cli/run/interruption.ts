/** Ctrl-C, once: a second one ends the process as usual. */
export interface Interruption {
  readonly happened: Promise<'interrupted'>;
  readonly signal: AbortSignal;
  /** No longer listens. */
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
