import { styleText } from 'node:util';
import { jsonText } from './json-text.ts';
import { type Frame, LiveDisplay } from './live-display.ts';
import type { TextStream } from './text-stream.ts';

type Style = 'dim' | 'bold' | 'red' | 'green' | 'yellow';

/** Where text goes: with `--json`, stdout takes one document and nothing else, and what is meant for people goes to stderr. */
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

  /** The result for people; nothing with `--json`. */
  text(text: string): void {
    if (!this.json) this.#stdout.write(`${text}\n`);
  }

  /** What happens meanwhile. */
  say(text: string): void {
    this.#live.clear();
    this.#forPeople.write(`${text}\n`);
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
    this.#stderr.write(`${this.#styled(['red', 'bold'], name, this.#stderr)}: ${message}\n`);
  }

  help(text: string): void {
    this.#stdout.write(text);
  }

  /** Text for people in a colour, where that is wanted and possible. */
  styled = (style: Style, text: string): string => this.#styled([style], text, this.#forPeople);

  get #forPeople(): TextStream {
    return this.json ? this.#stderr : this.#stdout;
  }

  #styled(style: Style[], text: string, stream: TextStream): string {
    return stream.isTTY && !process.env['NO_COLOR'] && process.env['TERM'] !== 'dumb'
      ? styleText(style, text, { validateStream: false })
      : text;
  }
}
