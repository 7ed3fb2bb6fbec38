/**
 * Characters that a terminal executes, or that reorder text, instead of being shown: C0 and C1 control characters, bidirectional controls, line and
 * paragraph separators. The source of a regular expression with the flag `u`.
 */
export const controlCharacter = '[\\p{Cc}\\p{Bidi_Control}\\u2028\\u2029]';

const controlCharacters = new RegExp(controlCharacter, 'gu');

/** `\u001b` */
export function escapeSequence(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Text with visible escapes for its control characters, except line feeds. */
export function withoutControlCharacters(text: string): string {
  return text.replace(controlCharacters, (character) => (character === '\n' ? character : escapeSequence(character)));
}
