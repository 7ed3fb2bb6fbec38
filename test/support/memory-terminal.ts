/** A terminal as far as the command needs one: keeps the content of its screen. If it becomes narrower, it wraps lines again. */
export class MemoryTerminal {
  readonly isTTY = true;
  columns: number;
  rows = 24;
  /** Everything that was written, one entry per write. */
  readonly writes: string[] = [];
  #lines: string[] = [''];
  #row = 0;
  #column = 0;

  constructor(columns: number) {
    this.columns = columns;
  }

  /** The visible text, without blanks at the ends of lines and without blank lines at the end. */
  get screen(): string[] {
    const lines = this.#lines.map((line) => line.trimEnd());
    while (lines.at(-1) === '') lines.pop();
    return lines;
  }

  write(text: string): boolean {
    this.writes.push(text);
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what a terminal obeys
    for (const [token] of text.matchAll(/\x1b\[[\d;]*[A-Za-z]|[\s\S]/gu)) this.#take(token);
    return true;
  }

  resize(columns: number): void {
    const before = this.#lines.slice(0, this.#row).reduce((sum, line) => sum + Math.max(1, Math.ceil(line.trimEnd().length / columns)), 0);
    this.#lines = this.#lines.flatMap((line) => {
      const kept = line.trimEnd();
      return kept === '' ? [''] : (kept.match(new RegExp(`.{1,${columns}}`, 'gu')) ?? []);
    });
    this.#row = before + Math.floor(Math.max(0, this.#column - 1) / columns);
    this.#column = Math.min(this.#column, columns);
    this.columns = columns;
  }

  #take(token: string): void {
    const line = this.#lines[this.#row] ?? '';
    if (token === '\r') this.#column = 0;
    else if (token === '\n') {
      this.#row++;
      this.#column = 0;
      this.#lines[this.#row] ??= '';
    } else if (token.endsWith('A') && token.length > 1) this.#row = Math.max(0, this.#row - Number(token.slice(2, -1)));
    else if (token === '\x1b[K') this.#lines[this.#row] = line.slice(0, this.#column);
    else if (token === '\x1b[J') {
      this.#lines.length = this.#row + 1;
      this.#lines[this.#row] = line.slice(0, this.#column);
    } else if (token.length === 1) {
      if (this.#column >= this.columns) throw new Error('a line is wider than the terminal');
      this.#lines[this.#row] = line.slice(0, this.#column).padEnd(this.#column) + token + line.slice(this.#column + 1);
      this.#column++;
    }
  }
}
