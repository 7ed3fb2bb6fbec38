/** What was started and has to be ended, in the opposite order. */
export class Closers {
  readonly #closers: (() => unknown)[] = [];
  #closed = false;

  /** Ends it at the close, or at once if the close has already begun. */
  add(close: () => unknown): void {
    if (this.#closed) void close();
    else this.#closers.push(close);
  }

  /** Waits for something that starts, and ends it at the close. */
  async started<Started extends { close(): unknown }>(starting: Promise<Started>): Promise<Started> {
    const started = await starting;
    this.add(() => started.close());
    return started;
  }

  async close(): Promise<void> {
    this.#closed = true;
    for (const close of this.#closers.splice(0).reverse()) await close();
  }
}
