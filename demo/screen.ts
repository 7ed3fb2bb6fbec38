import { styleText } from 'node:util';

const count = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** `25,000` */
export const whole = (value: number): string => count.format(value);

/** `0.8 ms`, `24 ms` */
export const milliseconds = (value: number): string => `${value < 10 ? value.toFixed(1) : whole(value)} ms`;

/** `3.2 s` */
export const seconds = (value: number): string => `${value.toFixed(1)} s`;

export const bold = (text: string): string => styleText('bold', text);
export const dim = (text: string): string => styleText('dim', text);
export const good = (text: string): string => styleText('green', text);
export const bad = (text: string): string => styleText(['red', 'bold'], text);

/** What the demo prints: numbered steps, explained in a few words, with facts under them. */
export class Screen {
  #steps = 0;

  title(text: string, explanation: string): void {
    this.#print('', bold(text), dim(explanation));
  }

  /** Begins a step: what is done now, and why. */
  step(text: string, explanation = ''): void {
    this.#steps += 1;
    this.#print('', `${styleText(['cyan', 'bold'], String(this.#steps))}  ${bold(text)}${explanation && dim(`  ${explanation}`)}`);
  }

  fact(text: string): void {
    this.#print(`   ${text}`);
  }

  /** A fact that was checked. */
  verdict(holds: boolean, text: string): void {
    this.fact(`${holds ? good('✓') : bad('✗')} ${holds ? text : bad(text)}`);
  }

  /** A command, as one would type it; its output follows. */
  command(text: string): void {
    this.#print(`   ${dim('$')} ${styleText('cyan', text)}`);
  }

  /** Rows of cells: the first column to the left, the others to the right. */
  table(rows: readonly (readonly string[])[]): void {
    const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
    for (const [n, row] of rows.entries()) {
      const [first = '', ...others] = row.map((cell, column) => {
        const width = widths[column] ?? 0;
        return column === 0 ? cell.padEnd(width) : cell.padStart(width);
      });
      this.fact(n === 0 ? dim([first, ...others].join('   ')) : [first, ...others].join('   '));
    }
  }

  line(text = ''): void {
    this.#print(text);
  }

  #print(...lines: string[]): void {
    for (const line of lines) process.stdout.write(`${line}\n`);
  }
}
