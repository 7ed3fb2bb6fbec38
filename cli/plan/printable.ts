/** Control characters, and those that reorder text: names and values of items may hold them, and a terminal obeys. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is them that must not be printed
const unprintable = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u2028-\u202e\u2066-\u2069]/g;

/** Text that comes from a table or a file, safe to print on a terminal. */
export function printable(text: string): string {
  return text.replace(unprintable, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
