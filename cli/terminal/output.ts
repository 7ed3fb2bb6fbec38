import { jsonText } from './json-text.ts';
import { type Frame, LiveDisplay } from './live-display.ts';
import { coloured, type Style, terminalLine } from './terminal-text.ts';
import type { TextStream } from './text-stream.ts';

/**
 * Where text goes: with `--json`, stdout takes one document and nothing else, and text for people goes to stderr. Names, keys and messages
 * come from tables and files: no control character of theirs reaches a terminal.
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

  /** The result for machines; nothing without `--json`. */
  document(value: unknown): void {
    if (this.json) this.#stdout.write(`${jsonText(value, 2)}\n`);
  }

  /** The result for people, as one line or several; nothing with `--json`. */
  text(lines: string | readonly string[]): void {
    if (!this.json) write(this.#stdout, lines);
  }

  /** A line about what happens meanwhile. */
  say(line: string): void {
    this.#live.clear();
    write(this.#forPeople, line);
  }

  /** The state of what is under way: redrawn in place on a terminal, a line every few seconds elsewhere. */
  progress(frame: Frame): void {
    this.#live.show(frame);
  }

  /** Whether there is room for more than one line of {@link progress}. */
  get isRedrawn(): boolean {
    return this.#live.isRedrawn;
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
