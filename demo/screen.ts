import { styleText } from 'node:util';

const count = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });

/** `25,000` */
export function whole(value: number): string {
  return count.format(value);
}

/** `0.8 ms`, `24 ms` */
export function milliseconds(value: number): string {
  return `${value < 10 ? value.toFixed(1) : whole(value)} ms`;
}

/** `3.2 s` */
export function seconds(value: number): string {
  return `${value.toFixed(1)} s`;
}

function bold(text: string): string {
  return styleText('bold', text);
}

export function dim(text: string): string {
  return styleText('dim', text);
}

export function good(text: string): string {
  return styleText('green', text);
}

export function bad(text: string): string {
  return styleText(['red', 'bold'], text);
}

/** The output of the demo: numbered steps with a short explanation, and facts under them. */
export class Screen {
  #steps = 0;

  title(text: string, explanation: string): void {
    this.#print('', bold(text), dim(explanation));
  }

  /** Begins a step, with a short explanation. */
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
