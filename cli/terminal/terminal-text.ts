import { randomInt } from 'node:crypto';
import { styleText } from 'node:util';
import { controlCharacter, escapeSequence } from './control-characters.ts';

export type Style = 'dim' | 'bold' | 'red' | 'green' | 'yellow';

/**
 * Random parameters that mark the colour codes of this process until they are printed. Attribute names, keys and error texts may contain colour codes too,
 * but the author of such a text cannot know these numbers.
 */
const mark = Array.from({ length: 3 }, () => randomInt(1000, 10_000)).join(';');

const esc = String.fromCharCode(27);
const colourCode = new RegExp(`${esc}\\[(\\d+)m`, 'g');
const ownColourCode = `${esc}\\[(\\d+);${mark}m`;
const ownOrControl = new RegExp(`${ownColourCode}|${controlCharacter}`, 'gu');

/** Text in our colours. Control characters in the text itself become visible escapes. */
export function coloured(styles: Style[], text: string): string {
  return styleText(styles, visible(text), { validateStream: false }).replace(colourCode, `${esc}[$1;${mark}m`);
}

/** One line of text with its control characters shown as `\u001b`; only our colours stay. Idempotent. */
export function visible(line: string): string {
  return line.replace(ownOrControl, (match, colour: string | undefined) => (colour === undefined ? escapeSequence(match) : match));
}

/** One line as it is sent to a terminal. Everything that the command prints for people goes through here. */
export function terminalLine(line: string): string {
  return visible(line).replace(new RegExp(ownColourCode, 'g'), `${esc}[$1m`);
}
