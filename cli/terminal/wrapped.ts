import type { Output } from '../terminal/output.ts';

/** A word, or a command in backticks, with the space before it. */
const piece = /(\s*)((?:`[^`]*`|[^\s`]|`)+)/g;

/**
 * Text in lines of up to `width` characters, each but the first behind an indent. A longer word, or a command in backticks, stays in one line, so that
 * it can be copied.
 */
export function wrapped(text: string, indent: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const [, space = '', word = ''] of text.matchAll(piece)) {
    if (line.trim() !== '' && line.length + space.length + word.length > width) {
      lines.push(line);
      line = indent + word;
    } else line += space + word;
  }
  return [...lines, line];
}

/** Prints a sentence that can be longer than a line. */
export function sayWrapped(output: Pick<Output, 'say'>, text: string): void {
  for (const line of wrapped(text, '  ', 80)) output.say(line);
}
