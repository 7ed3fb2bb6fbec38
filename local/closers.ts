/** Collects how to end what was started, and ends it in the opposite order. */
export class Closers {
  readonly #closers: (() => unknown)[] = [];
  #closed = false;

  /** Registers something to end at the close; ends it immediately if the close has already begun. */
  add(close: () => unknown): void {
    if (this.#closed) void close();
    else this.#closers.push(close);
  }

  /** Waits for something to start, and ends it at the close. */
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
