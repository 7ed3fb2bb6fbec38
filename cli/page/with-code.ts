import { type Html, html } from './html.ts';

/** Sets the parts of a text that are in backticks (commands) as code. */
export function withCode(text: string): (Html | string)[] {
  return text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part));
}
