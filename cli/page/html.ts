import { withoutControlCharacters } from '../terminal/control-characters.ts';

/** Markup that is safe to stand in a page: everything that was put into it was escaped. */
export class Html {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

type Part = Html | string | number | undefined | false | readonly Part[];

/** Markup around values: text is escaped, markup stays, what is undefined or false is left out. */
export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  return new Html(strings.map((text, index) => text + markupOf(parts[index])).join(''));
}

/** Markup that a constant of ours holds. */
export function verbatim(text: string): Html {
  return new Html(text);
}

function markupOf(part: Part): string {
  if (part === undefined || part === false) return '';
  if (part instanceof Html) return part.text;
  if (typeof part === 'string' || typeof part === 'number') return escaped(String(part));
  return part.map(markupOf).join('');
}

function escaped(text: string): string {
  return withoutControlCharacters(text).replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);
}
