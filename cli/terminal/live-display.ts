import { stripVTControlCharacters } from 'node:util';
import { terminalLine, visible } from './terminal-text.ts';
import type { TextStream } from './text-stream.ts';

const linesApart = 5000;
const widthElsewhere = 200;

/** What is shown now, for a number of columns. The first line contains what matters most, the other lines give more detail. */
export type Frame = (width: number) => readonly string[];

/**
 * The state of what is under way: a few lines redrawn in place on a terminal, the first of them every few seconds elsewhere.
 *
 * A frame is one write over the one before: nothing is blank in between, so nothing flickers. The cursor stays visible, and at the end
 * of the last line: there is nothing to restore if the process is killed.
 */
export class LiveDisplay {
  readonly #stream: TextStream;
  readonly isRedrawn: boolean;
  readonly #now: () => number;
  /** Columns of the lines that stand there now. */
  #drawn: readonly number[] = [];
  #printedAt = Number.NEGATIVE_INFINITY;

  /** @param now milliseconds */
  constructor(stream: TextStream, now: () => number = () => performance.now()) {
    this.#stream = stream;
    this.isRedrawn = stream.isTTY && process.env['TERM'] !== 'dumb';
    this.#now = now;
  }

  show(frame: Frame): void {
    if (this.isRedrawn) {
      // One column and one line less than there are: a full line would wrap, a full screen scroll, and neither could be redrawn.
      const width = this.#columns - 1;
      const lines = frame(width)
        .slice(0, Math.max(1, (this.#stream.rows || 24) - 1))
        .map((line) => fitted(visible(line), width));
      this.#stream.write(`${this.#toStart()}${lines.map((line) => `${terminalLine(line)}\x1b[K`).join('\n')}\x1b[J`);
      this.#drawn = lines.map(widthOf);
    } else if (this.#now() - this.#printedAt >= linesApart) {
      this.#stream.write(`${stripVTControlCharacters(visible(frame(widthElsewhere)[0] ?? ''))}\n`);
      this.#printedAt = this.#now();
    }
  }

  clear(): void {
    if (this.#drawn.length > 0) this.#stream.write(`${this.#toStart()}\x1b[J`);
    this.#drawn = [];
  }

  /** To where the frame begins. A terminal that became narrower since has wrapped its lines. */
  #toStart(): string {
    const rows = this.#drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / this.#columns)), 0);
    return rows > 1 ? `\r\x1b[${rows - 1}A` : '\r';
  }

  get #columns(): number {
    return Math.max(2, this.#stream.columns || 80);
  }
}

/** Characters that are shown as escape sequences make a line longer than its frame meant it; then it loses its colours. */
function fitted(line: string, width: number): string {
  return widthOf(line) <= width ? line : stripVTControlCharacters(line).slice(0, width);
}

function widthOf(line: string): number {
  return stripVTControlCharacters(line).length;
}
