import { jsonText } from './json-text.ts';
import { type Frame, LiveDisplay } from './live-display.ts';
import { coloured, type Style, terminalLine } from './terminal-text.ts';
import type { TextStream } from './text-stream.ts';

/**
 * The output of the command: with `--json`, stdout gets only one document, and text goes to stderr. Names, keys and messages
 * come from tables and files, so their control characters are escaped.
 */
export class Output {
  readonly json: boolean;
  readonly #stdout: TextStream;
  readonly #stderr: TextStream;
  readonly #live: LiveDisplay;

  constructor({ stdout, stderr, json }: { stdout: TextStream; stderr: TextStream; json: boolean }) {
    this.json = json;
    this.#stdout = stdout;
    this.#stderr = stderr;
    this.#live = new LiveDisplay(this.#forPeople);
  }

  /** Prints the result as JSON; nothing without `--json`. */
  document(value: unknown): void {
    if (this.json) this.#stdout.write(`${jsonText(value, 2)}\n`);
  }

  /** Prints the result as text, in one line or several; nothing with `--json`. */
  text(lines: string | readonly string[]): void {
    if (!this.json) write(this.#stdout, lines);
  }

  /** Prints a line about what happens before the result. */
  say(line: string): void {
    this.#live.clear();
    write(this.#forPeople, line);
  }

  /** Shows the state of a run while it is under way: redrawn in place on a terminal, a line every few seconds elsewhere. */
  progress(frame: Frame): void {
    this.#live.show(frame);
  }

  /** True if {@link progress} can show more than one line. */
  get isRedrawn(): boolean {
    return this.#live.isRedrawn;
  }

  /** Columns of the terminal to which text goes; undefined if it goes elsewhere. */
  get width(): number | undefined {
    const { isTTY, columns } = this.#forPeople;
    return isTTY ? columns || 80 : undefined;
  }

  /** Removes the lines of {@link progress}, before anything else is printed. */
  endProgress(): void {
    this.#live.clear();
  }

  fail(name: string, message: string): void {
    this.#live.clear();
    write(this.#stderr, `${this.#styled(['red', 'bold'], name, this.#stderr)}: ${message}`);
  }

  /** @param text several lines, the last one with its end */
  help(text: string): void {
    this.#stdout.write(text.split('\n').map(terminalLine).join('\n'));
  }

  /** Text for {@link text}, {@link say} and {@link progress} in a colour, if the stream is a terminal and colours are wanted. */
  styled = (style: Style, text: string): string => this.#styled([style], text, this.#forPeople);

  get #forPeople(): TextStream {
    return this.json ? this.#stderr : this.#stdout;
  }

  #styled(styles: Style[], text: string, stream: TextStream): string {
    return stream.isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb' ? coloured(styles, text) : text;
  }
}

function write(stream: TextStream, lines: string | readonly string[]): void {
  for (const line of typeof lines === 'string' ? [lines] : lines) stream.write(`${terminalLine(line)}\n`);
}
