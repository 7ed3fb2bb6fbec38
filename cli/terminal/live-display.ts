import { stripVTControlCharacters } from 'node:util';
import { terminalLine, visible } from './terminal-text.ts';
import type { TextStream } from './text-stream.ts';

const linesApart = 5000;
const widthElsewhere = 200;

/** The lines to show now, for a number of columns. The first line is the most important one, the others give more detail. */
export type Frame = (width: number) => readonly string[];

/**
 * Shows the state of a run while it is under way: a few lines redrawn in place on a terminal; elsewhere only the first line, every few seconds.
 *
 * Each frame is one write over the previous frame, without erasing it first, so nothing flickers. The cursor stays visible, at the end
 * of the last line: there is nothing to restore if the process is killed.
 */
export class LiveDisplay {
  readonly #stream: TextStream;
  readonly isRedrawn: boolean;
  readonly #now: () => number;
  /** Widths of the lines that are on the screen now. */
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
      // One column and one line less than the terminal has: a full line would wrap, a full screen would scroll, and then the frame could not be redrawn.
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

  /** The escape sequence that moves the cursor to the start of the frame. A terminal that became narrower has wrapped its lines. */
  #toStart(): string {
    const rows = this.#drawn.reduce((sum, width) => sum + Math.max(1, Math.ceil(width / this.#columns)), 0);
    return rows > 1 ? `\r\x1b[${rows - 1}A` : '\r';
  }

  get #columns(): number {
    return Math.max(2, this.#stream.columns || 80);
  }
}

/** Cuts a line to the width. Control characters shown as escapes make a line longer than planned; then it also loses its colours. */
function fitted(line: string, width: number): string {
  return widthOf(line) <= width ? line : stripVTControlCharacters(line).slice(0, width);
}

function widthOf(line: string): number {
  return stripVTControlCharacters(line).length;
}
