import type { TextStream } from './output.ts';

const linesApart = 5000;
const widthElsewhere = 200;

/** The state of what is under way: one line redrawn in place on a terminal, a plain line every few seconds elsewhere. */
export class LiveLine {
  readonly #stream: TextStream;
  readonly #now: () => number;
  #isDrawn = false;
  #printedAt = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds */
  constructor(stream: TextStream, now: () => number = () => performance.now()) {
    this.#stream = stream;
    this.#now = now;
  }

  show(line: (width: number) => string): void {
    if (this.#stream.isTTY) {
      // One column less than there are: a full line would wrap, and could not be redrawn.
      this.#stream.write(`\r\x1b[2K${line((this.#stream.columns || 80) - 1)}`);
      this.#isDrawn = true;
    } else if (this.#now() - this.#printedAt >= linesApart) {
      this.#stream.write(`${line(widthElsewhere)}\n`);
      this.#printedAt = this.#now();
    }
  }

  clear(): void {
    if (this.#isDrawn) this.#stream.write('\r\x1b[2K');
    this.#isDrawn = false;
  }
}
